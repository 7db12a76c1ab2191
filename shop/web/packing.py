"""Answers made small for a weak network. Nothing secret stands in a page beside what somebody else
can put there, so its size gives nothing away."""

import gzip

from flask import Response, request

# Below it, packing saves nothing.
SMALLEST = 1024


def pack(response: Response) -> Response:
    """The same answer, gzipped for browsers that can read that."""
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if "gzip" in request.accept_encodings and len(body) >= SMALLEST:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
