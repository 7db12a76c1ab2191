"""Where the photographs of papers and samples lie."""

from pathlib import Path

from shop.config import Settings


def papers_folder(settings: Settings) -> Path:
    """Apart from the pictures that everybody may see."""
    return settings.uploads_folder / "papers"
