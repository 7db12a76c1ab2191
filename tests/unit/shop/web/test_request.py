"""Files that a request brought are closed with it."""

import warnings

from werkzeug.test import EnvironBuilder

from shop.web.request import Request

HALF = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'


def test_a_body_that_breaks_off_leaves_no_file_open() -> None:
    body = HALF + b"\xff" * 600_000
    builder = EnvironBuilder(
        method="POST", data=body, content_type="multipart/form-data; boundary=x"
    )
    request = Request(builder.get_environ())
    builder.close()
    assert not request.files, "what is incomplete is no file"
    (stream,) = request.brought
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        request.close()
    assert stream.closed
