"""Where the evidence of benefit reports lies."""

from pathlib import Path

from shop.config import Settings


def evidence_folder(settings: Settings) -> Path:
    return settings.uploads_folder / "benefits"
