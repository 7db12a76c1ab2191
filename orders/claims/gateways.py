"""Photographs of claims, as files: apart from the pictures that everybody may see."""

from pathlib import Path

from shop.config import Settings


def photos_folder(settings: Settings) -> Path:
    return settings.uploads_folder / "claims"
