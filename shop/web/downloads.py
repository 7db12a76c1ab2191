"""Files to take home, written for the one who asks."""

import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import IO
from urllib.parse import quote

from flask import Response

PART_BYTES = 64 * 1024


def send_written(write: Callable[[IO[bytes]], None], name: str, content_type: str) -> Response:
    """Have a file written, and send it under this name."""
    # A file without a name: it is gone when the answer is, whatever happens.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write(file)
    size = file.tell()
    response = Response(_parts_of(file), content_type=content_type)
    response.content_length = size
    response.call_on_close(file.close)
    # Whoever goes away before the first part neither reads it to its end nor closes it.
    weakref.finalize(response, file.close)
    return as_download(response, name)


def as_download(response: Response, name: str) -> Response:
    """Have the browser keep an answer as a file, and nobody else keep it at all."""
    # A header holds no Chinese: browsers know this form of a name.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.cache_control.no_store = True
    return response


def _parts_of(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(PART_BYTES):
            yield part
