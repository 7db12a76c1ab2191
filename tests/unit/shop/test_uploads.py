import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shop.uploads import forget_unknown, keep

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LONG_AGO = (NOW - timedelta(days=30)).timestamp()


def test_the_same_file_is_kept_once(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    assert keep(b"one", folder, ".pdf") == keep(b"one", folder, ".pdf")
    assert [file.read_bytes() for file in folder.iterdir()] == [b"one"]


def test_only_old_files_that_no_row_speaks_of_are_thrown_away(tmp_path: Path) -> None:
    known, unknown, new = (keep(content, tmp_path, ".pdf") for content in (b"a", b"b", b"c"))
    for name in (known, unknown):
        os.utime(tmp_path / f"{name}.pdf", (LONG_AGO, LONG_AGO))
    assert forget_unknown(tmp_path, before=NOW - timedelta(days=7), known=lambda _: [known]) == 1
    assert {file.stem for file in tmp_path.iterdir()} == {known, new}


def test_a_file_brought_again_counts_as_new(tmp_path: Path) -> None:
    name = keep(b"a", tmp_path, ".pdf")
    os.utime(tmp_path / f"{name}.pdf", (LONG_AGO, LONG_AGO))
    keep(b"a", tmp_path, ".pdf")
    assert forget_unknown(tmp_path, before=NOW - timedelta(days=7), known=lambda _: []) == 0


def test_a_folder_that_is_not_there_yet_has_nothing_to_throw_away(tmp_path: Path) -> None:
    assert forget_unknown(tmp_path / "none", before=NOW, known=lambda _: []) == 0
