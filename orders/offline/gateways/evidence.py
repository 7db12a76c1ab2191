"""Where the evidence of sales that were not made online lies."""

from pathlib import Path

from shop.config import Settings


def evidence_folder(settings: Settings) -> Path:
    return settings.uploads_folder / "offline"
