"""Where files lie that were made apart from any page: under the hash of their content."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from shop.config import Settings


def exports_folder(settings: Settings) -> Path:
    """Apart from everything that is served as it is."""
    return settings.data_folder / "exports"


@contextmanager
def new_file(folder: Path) -> Iterator[IO[bytes]]:
    """A file that is gone at the end unless it was kept."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def keep(file: IO[bytes], folder: Path, sha256: str, suffix: str) -> None:
    """Have a finished file lie under its hash."""
    file.flush()
    os.fsync(file.fileno())
    Path(file.name).rename(folder / f"{sha256}.{suffix}")


def forget(folder: Path, sha256: str, suffix: str) -> None:
    (folder / f"{sha256}.{suffix}").unlink(missing_ok=True)


def forget_parts(folder: Path, *, before: datetime) -> int:
    """Delete what a worker that died left behind; return how many."""
    old = [file for file in folder.glob("*.part") if file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
