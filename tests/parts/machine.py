"""What the tests need from the machine itself: a browser, Chinese fonts, a spreadsheet program.

``python -m tests.parts.machine`` installs what is missing on Debian and Ubuntu, elsewhere it says
what to install. The tests themselves fail on a missing part; they don't skip.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MACOS = sys.platform == "darwin"


@dataclass(frozen=True)
class Part:
    """One thing to have: how to see that it is there, and the packages that bring it."""

    what: str
    is_here: Callable[[], bool]
    debian: str
    elsewhere: str


class MissingPart(RuntimeError):
    """A program that the tests need isn't on this machine."""

    def __init__(self, part: Part) -> None:
        super().__init__(f"{part.what} is missing. {part.elsewhere}; `make test` says more.")


def main() -> int:
    missing = [part for part in PARTS if not part.is_here()]
    if missing and shutil.which("apt-get") and (prefix := _administrator()) is not None:
        _install(" ".join(part.debian for part in missing).split(), prefix)
        missing = [part for part in PARTS if not part.is_here()]
    for part in missing:
        print(f"{part.what} is missing. {part.elsewhere}.", file=sys.stderr)
    if missing and shutil.which("apt-get"):
        packages = " ".join(part.debian for part in missing)
        print(f"  sudo apt-get install --no-install-recommends {packages}", file=sys.stderr)
    return 1 if missing else 0


def find_chromium() -> str:
    """Where a Chromium is, newer names first. Raises MissingPart."""
    return _find(CHROMIUM, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_libreoffice() -> str:
    """Where LibreOffice's command is. Raises MissingPart."""
    return _find(LIBREOFFICE, "soffice", "libreoffice")


def find_pdftotext() -> str:
    """Where poppler's pdftotext is. Raises MissingPart."""
    return _find(POPPLER, "pdftotext")


def _find(part: Part, *names: str) -> str:
    applications = {
        "chromium": "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "google-chrome": "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "soffice": "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    }
    for name in names:
        if found := shutil.which(name):
            return found
        if MACOS and Path(applications.get(name, "")).is_file():
            return applications[name]
    raise MissingPart(part)


def _found(find: Callable[[], str]) -> bool:
    try:
        return bool(find())
    except MissingPart:
        return False


def _has_chinese_fonts() -> bool:
    if MACOS:
        return True
    if not shutil.which("fc-list"):
        return False
    listing = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(listing.stdout.strip())


def _has_calc() -> bool:
    if not _found(find_libreoffice):
        return False
    # Debian splits the program: the command can be there without the spreadsheet part.
    return MACOS or any(
        Path(folder).exists()
        for folder in (
            "/usr/lib/libreoffice/program/libsclo.so",
            "/usr/lib64/libreoffice/program/libsclo.so",
            Path(find_libreoffice()).resolve().parent / "libsclo.so",
        )
    )


def _administrator() -> list[str] | None:
    """How to run a command as root without a question; None where that can't be."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _install(packages: list[str], prefix: list[str]) -> None:
    print(f"Installing {' '.join(packages)} (this can take some minutes) …", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    apt += ["-o", "DPkg::Lock::Timeout=120"]
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *words], check=False)
        if done.returncode != 0:
            print(f"apt-get {words[0]} did not succeed.", file=sys.stderr)


CHROMIUM = Part(
    "Chromium", lambda: _found(find_chromium), "chromium", "Install Chromium or Google Chrome"
)
FONTS = Part(
    "A Chinese font", _has_chinese_fonts, "fonts-noto-cjk fontconfig", "Install Noto Sans CJK"
)
LIBREOFFICE = Part(
    "LibreOffice Calc", _has_calc, "libreoffice-calc-nogui", "Install LibreOffice with Calc"
)
POPPLER = Part(
    "pdftotext", lambda: _found(find_pdftotext), "poppler-utils", "Install poppler (poppler-utils)"
)
PARTS = (CHROMIUM, FONTS, LIBREOFFICE, POPPLER)

if __name__ == "__main__":
    sys.exit(main())
