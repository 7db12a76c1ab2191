"""Photographs: verified, stripped of everything but the picture, and kept as files."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

from catalog.products.errors import NotAPicture, PictureTooLarge, PictureTooSmall
from shop.uploads import keep

# Whatever name and type the sender declares, the content must be one of these.
READABLE = ("JPEG", "PNG", "WEBP", "GIF")
# A JPEG is scaled while it is decoded; all others are decoded whole, and cost memory accordingly.
MOST_PIXELS_OF_JPEG = 50_000_000
MOST_PIXELS = 16_000_000
SMALLEST_SIDE = 100
LONGEST_SIDE = 1600
QUALITY = 82


@dataclass(frozen=True)
class StoredPicture:
    sha256: str
    width: int
    height: int


def store_picture(upload: BinaryIO, folder: Path) -> StoredPicture:
    """Keep an uploaded photograph as ``<sha256>.webp``, upright and without metadata.

    An animated one gives its first frame. Raises NotAPicture, PictureTooLarge or PictureTooSmall.
    """
    image = _read(upload)
    encoded = BytesIO()
    image.save(encoded, "WEBP", quality=QUALITY, method=4)
    return StoredPicture(keep(encoded.getvalue(), folder, ".webp"), *image.size)


def _read(upload: BinaryIO) -> Image.Image:
    """The picture itself: upright, in sRGB, no larger than needed, and nothing beside it."""
    try:
        with Image.open(upload, formats=READABLE) as image:
            _require_fair_size(image)
            # A JPEG decoder can leave out what would be scaled away anyway.
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.load()
            return _only_pixels(image)
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge from error
    except Exception as error:
        # Decoders meet damaged files with whatever they trip over.
        raise NotAPicture from error


def _require_fair_size(image: Image.Image) -> None:
    """Judge by what the header declares, before anything is decoded."""
    width, height = image.size
    if width * height > (MOST_PIXELS_OF_JPEG if image.format == "JPEG" else MOST_PIXELS):
        raise PictureTooLarge
    if min(width, height) < SMALLEST_SIDE:
        raise PictureTooSmall


def _only_pixels(image: Image.Image) -> Image.Image:
    # Made smaller before anything that copies it.
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    coloured = _in_srgb(_upright(image))
    bare = Image.new("RGB", coloured.size, "white")
    if coloured.has_transparency_data:
        layer = coloured.convert("RGBA")
        bare.paste(layer, mask=layer.getchannel("A"))
    else:
        bare.paste(coloured.convert("RGB"))
    return bare


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; a damaged note about that is no reason to refuse a photo."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """Phones photograph in wider colours; without their profile those would look dull."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except ImageCms.PyCMSError:
        return image
    return converted or image
