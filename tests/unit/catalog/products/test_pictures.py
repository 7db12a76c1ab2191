"""Uploads: real pictures in every shape, and everything that only claims to be one."""

import struct
import zlib
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from catalog.products.errors import NotAPicture, PictureTooLarge, PictureTooSmall
from catalog.products.gateways import LONGEST_SIDE, store_picture
from tests.factories.catalog import picture_bytes

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F
TURNED_RIGHT = 6


def png_that_says(width: int, height: int) -> bytes:
    """A PNG whose header promises far more than its data hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def store(content: bytes, folder):
    return store_picture(BytesIO(content), folder)


def test_a_photo_becomes_a_webp_named_after_its_content(tmp_path):
    stored = store(picture_bytes(), tmp_path / "uploads")
    file = tmp_path / "uploads" / f"{stored.sha256}.webp"
    assert sha256(file.read_bytes()).hexdigest() == stored.sha256
    with Image.open(file) as image:
        assert (image.format, image.size) == ("WEBP", (640, 480))
        assert (stored.width, stored.height) == image.size


def test_where_a_photo_was_taken_is_gone_and_it_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    exif[MAKE] = "a phone"
    exif.get_ifd(GPS)[1] = "N"
    stored = store(picture_bytes(exif=exif, comment=b"at home"), tmp_path)
    assert (stored.width, stored.height) == (480, 640)
    content = (tmp_path / f"{stored.sha256}.webp").read_bytes()
    with Image.open(BytesIO(content)) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
    for secret in (b"EXIF", b"XMP ", b"a phone", b"at home"):
        assert secret not in content


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_photo_whose_exif_is_damaged_is_still_a_photo(tmp_path):
    assert store(picture_bytes(exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), tmp_path).width == 640


def test_a_large_photo_is_made_smaller(tmp_path):
    stored = store(picture_bytes(width=4000, height=3000), tmp_path)
    assert (stored.width, stored.height) == (LONGEST_SIDE, 1200)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_common_kinds_are_read(tmp_path, kind):
    assert store(picture_bytes(kind, 200, 100), tmp_path).width == 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_to_keep_colours_is_read(tmp_path, mode):
    file = BytesIO()
    Image.new(mode, (120, 120)).save(file, "PNG")
    assert store(file.getvalue(), tmp_path).height == 120


def test_print_colours_are_read(tmp_path):
    file = BytesIO()
    Image.new("CMYK", (120, 120)).save(file, "JPEG")
    assert store(file.getvalue(), tmp_path).height == 120


def test_an_animation_gives_its_first_frame(tmp_path):
    file = BytesIO()
    frames = [Image.new("RGB", (120, 120), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    stored = store(file.getvalue(), tmp_path)
    with Image.open(tmp_path / f"{stored.sha256}.webp") as image:
        assert getattr(image, "n_frames", 1) == 1
        red, _, blue = image.convert("RGB").getpixel((60, 60))
    assert red > 200 > 50 > blue


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"this is no picture",
        b"\xff\xd8\xff\xe0 says JPEG and stops",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7",
        b"GIF89a\xff\xff",
        picture_bytes()[:3000],
        picture_bytes("TIFF", 200, 200),
        picture_bytes("BMP", 200, 200),
        png_that_says(300, 300),
    ],
    ids=["empty", "text", "jpeg", "svg", "pdf", "gif", "truncated", "tiff", "bmp", "short"],
)
def test_what_is_no_picture_is_refused(tmp_path, content):
    with pytest.raises(NotAPicture):
        store(content, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "size", [(60_000, 60_000), (10_000, 9_000), (8_000, 6_251), (50_000_001, 1)]
)
def test_a_bomb_is_refused_by_its_header(tmp_path, size):
    with pytest.raises(PictureTooLarge):
        store(png_that_says(*size), tmp_path)


@pytest.mark.parametrize("size", [(1, 1), (99, 400), (400, 99)])
def test_a_picture_that_shows_nothing_is_refused(tmp_path, size):
    with pytest.raises(PictureTooSmall):
        store(picture_bytes("PNG", *size), tmp_path)
