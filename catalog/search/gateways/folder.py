"""The folder that holds the index: which build is current, and whose turn it is to write.

Each build is a folder of its own; a file names the current one and is replaced in one step, so a
reader sees the old index or the new one and never half of either.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.search.errors import SearchBusy, SearchUnavailable

# Part of every build's name: raised when the fields change, so that an old index is not misread.
FORMAT = "v1"
POINTER = "current"
SECONDS_BETWEEN_TRIES = 0.02


class IndexFolder:
    def __init__(self, path: Path, seconds_to_wait: float) -> None:
        self._path = path
        self._seconds_to_wait = seconds_to_wait

    def current(self) -> Path:
        """The build that readers use. Raises SearchUnavailable if none is of this format."""
        try:
            name = (self._path / POINTER).read_text("ascii").strip()
        except (OSError, ValueError) as error:
            raise SearchUnavailable from error
        if not name.startswith(f"{FORMAT}-") or os.sep in name:
            raise SearchUnavailable
        return self._path / name

    @contextmanager
    def new_build(self) -> Iterator[Path]:
        """A folder to build in; it becomes the current one if the block ends well."""
        build = self._path / f"{FORMAT}-{secrets.token_hex(8)}"
        build.mkdir()
        try:
            yield build
            pointer = self._path / f"{POINTER}.new"
            pointer.write_text(build.name, "ascii")
            previous = self._name_of_previous()
            pointer.replace(self._path / POINTER)
        except BaseException:
            shutil.rmtree(build, ignore_errors=True)
            raise
        self._forget_all_but(build.name, previous)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the only right to write, among all processes. Raises SearchBusy after the wait."""
        self._path.mkdir(parents=True, exist_ok=True)
        with (self._path / "write.lock").open("a") as lock:
            deadline = time.monotonic() + self._seconds_to_wait
            while not _locked(lock.fileno()):
                if time.monotonic() > deadline:
                    raise SearchBusy
                time.sleep(SECONDS_BETWEEN_TRIES)
            yield

    def _name_of_previous(self) -> str | None:
        try:
            return self.current().name
        except SearchUnavailable:
            return None

    def _forget_all_but(self, current: str, previous: str | None) -> None:
        """Readers may still be opening the previous build; older ones are nobody's."""
        for path in self._path.iterdir():
            if path.is_dir() and path.name not in {current, previous}:
                shutil.rmtree(path, ignore_errors=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
