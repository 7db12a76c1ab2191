"""The gateway through which every photo of the shop comes, and what people try to get through it.

Listings, claims, licences and samples share it, so that these tests speak for all of them.
"""

import gzip
import json
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from struct import pack
from zipfile import ZipFile

import pytest
from PIL import Image

from catalog.products.errors import NotAPicture, PictureTooLarge
from catalog.products.gateways import store_picture
from shop.config import ROOT
from tests.factories.catalog import picture_bytes

SCRIPT = b"<script>alert(1)</script>"
PHP = b"<?php system($_GET['c']); ?>"
# What one upload may cost beside the program itself.
MOST_MEMORY_MB = 300

# Stores each of some files, and says what became of it and of the memory.
STORE = """
import json, sys, threading, time
from pathlib import Path
import psutil
from catalog.products.gateways import store_picture

process, peak, done = psutil.Process(), 0, threading.Event()

def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, process.memory_info().rss)

before = process.memory_info().rss
threading.Thread(target=watch, daemon=True).start()
found = {}
for name in sys.argv[2:]:
    try:
        with open(name, "rb") as file:
            store_picture(file, Path(sys.argv[1]))
        found[Path(name).name] = "stored"
    except Exception as error:
        found[Path(name).name] = type(error).__name__
done.set()
print(json.dumps({"found": found, "megabytes": (peak - before) / 1024**2}))
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, pixels: bytes = b"\0" * 99) -> bytes:
    """A PNG put together by hand, with chunks of one's own before its pixels."""
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [
        chunk(b"IHDR", header),
        *more,
        chunk(b"IDAT", zlib.compress(pixels)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def riff(kind: bytes, data: bytes) -> bytes:
    body = b"WEBP" + kind + pack("<I", len(data)) + data
    return b"RIFF" + pack("<I", len(body)) + body


def zipped() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("run.sh", "rm -rf /")
    return file.getvalue()


def large(kind: str, mode: str, width: int, height: int, **options: object) -> bytes:
    file = BytesIO()
    Image.new(mode, (width, height)).save(file, kind, **options)
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
FAR_TOO_MUCH_TEXT = zlib.compress(b"x" * 200_000_000)
NO_PICTURES = {
    "an SVG with a script": SVG,
    "an SVG with a prologue": b'<?xml version="1.0"?>' + SVG,
    "a compressed SVG": gzip.compress(SVG),
    "a page": b"<!doctype html>" + SCRIPT,
    "a page that begins as a GIF": b"GIF89a" + SCRIPT,
    "a GIF that is a script": b"GIF89a/*\x01\x00*/=1;alert(1)//" + b"\0" * 200,
    "a program": b"\x7fELF\x02\x01\x01" + b"\0" * 300,
    "an archive": zipped(),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 300\n(x) run\n",
    "a TIFF": picture_bytes("TIFF", 200, 200),
    "an icon": large("ICO", "RGBA", 128, 128),
    "a JPEG of one byte more than its mark": b"\xff\xd8\xff\xe0\x00",
    "a PNG whose text unpacks to 200 MB": png(
        300, 300, chunk(b"zTXt", b"Comment\0\0" + FAR_TOO_MUCH_TEXT)
    ),
    "a PNG whose pixels are missing": png(300, 300),
    "a PNG with a false sum": png(300, 300)[:-5] + b"\0" * 5,
    "a WebP that ends in its header": riff(b"VP8X", pack("<I", 0) + b"\xff\xff\xff" * 2),
    "a WebP of nothing": riff(b"VP8 ", b""),
}


@pytest.mark.parametrize("content", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_only_claims_to_be_a_picture_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(NotAPicture):
        store_picture(BytesIO(content), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        picture_bytes() + SCRIPT,
        picture_bytes() + PHP,
        picture_bytes() + zipped(),
        picture_bytes(comment=SCRIPT + PHP),
        picture_bytes("PNG", 200, 200) + PHP,
        picture_bytes("GIF", 200, 200) + SCRIPT,
        png(200, 200, chunk(b"tEXt", b"Comment\0" + PHP), pixels=(b"\0" + b"\x7f" * 600) * 200),
    ],
    ids=["script", "PHP", "archive", "comment", "PNG", "GIF", "PNG's text"],
)
def test_of_a_picture_that_is_something_else_too_only_the_picture_is_kept(
    tmp_path: Path, content: bytes
) -> None:
    stored = store_picture(BytesIO(content), tmp_path)
    kept = (tmp_path / f"{stored.sha256}.webp").read_bytes()
    assert kept.startswith(b"RIFF")
    for smuggled in (SCRIPT, PHP, b"PK\x03\x04", b"run.sh"):
        assert smuggled not in kept


@pytest.mark.parametrize("size", [(10_000, 1_601), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_more_than_can_be_decoded_whole_is_refused_by_its_header(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with pytest.raises(PictureTooLarge):
        store_picture(BytesIO(png(*size)), tmp_path)


def test_memory_stays_bounded_whatever_comes(tmp_path: Path) -> None:
    """The dearest pictures that are accepted, and bombs that are not, one after another."""
    files = {
        "a JPEG of 100 megapixels": (large("JPEG", "L", 10_000, 10_000), "PictureTooLarge"),
        "a WebP of a few pixels more than 16 million": (
            large("WEBP", "RGB", 4_001, 4_000, method=0),
            "PictureTooLarge",
        ),
        "a GIF of as many": (large("GIF", "P", 4_001, 4_000), "PictureTooLarge"),
        "a PNG that unpacks to 2 GB": (png(30_000, 30_000), "PictureTooLarge"),
        "text of 200 MB": (NO_PICTURES["a PNG whose text unpacks to 200 MB"], "NotAPicture"),
        "a progressive JPEG of 50 megapixels": (
            large("JPEG", "L", 8_000, 6_250, progressive=True),
            "stored",
        ),
        "a WebP of 16 megapixels": (large("WEBP", "RGB", 4_000, 4_000, method=0), "stored"),
        "a transparent PNG of 16 megapixels": (
            large("PNG", "RGBA", 4_000, 4_000, compress_level=1),
            "stored",
        ),
    }
    for name, (content, _) in files.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in files]
    done = subprocess.run(
        [sys.executable, "-c", STORE, str(tmp_path / "kept"), *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["found"] == {name: expected for name, (_, expected) in files.items()}
    assert said["megabytes"] < MOST_MEMORY_MB


def test_ten_thousand_frames_cost_as_much_as_one(tmp_path: Path) -> None:
    frame = Image.new("P", (120, 120))
    file = BytesIO()
    frame.save(file, "GIF", save_all=True, append_images=[frame] * 20)
    head, _, rest = file.getvalue().partition(b"\x21\xf9")
    assert (
        store_picture(BytesIO(head + (b"\x21\xf9" + rest[:-1]) * 500 + b";"), tmp_path).width == 120
    )
