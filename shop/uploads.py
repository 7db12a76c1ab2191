"""Files that people bring, each under the hash of its content: the same file is kept once."""

import os
import tempfile
from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path

# Gives those of some hashes that rows still speak of.
Known = Callable[[Collection[str]], Collection[str]]

_BATCH = 500


def keep(content: bytes, folder: Path, suffix: str) -> str:
    """Write ``<sha256><suffix>``, all of it or nothing, and return the hash.

    One that lies there already counts as brought just now.
    """
    digest = sha256(content).hexdigest()
    file = folder / f"{digest}{suffix}"
    try:
        os.utime(file)
    except FileNotFoundError:
        _write(file, content)
    return digest


def forget_unknown(folder: Path, *, before: datetime, known: Known) -> int:
    """Delete the files last brought before a moment that no row speaks of; return how many.

    A file lies there before its row is committed: ``before`` must leave time for that.
    """
    old = [file for file in folder.glob("*.*") if _is_older(file, before)]
    forgotten = 0
    for start in range(0, len(old), _BATCH):
        batch = old[start : start + _BATCH]
        kept = known([file.stem for file in batch])
        for file in batch:
            # Somebody may have brought it again meanwhile.
            if file.stem not in kept and _is_older(file, before):
                file.unlink()
                forgotten += 1
    return forgotten


def _is_older(file: Path, moment: datetime) -> bool:
    return file.stat().st_mtime < moment.timestamp()


def _write(file: Path, content: bytes) -> None:
    """The same file may be written by two at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(content)
    written = Path(part.name)
    written.chmod(0o644)
    written.replace(file)
