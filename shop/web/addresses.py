"""Numbers and words in addresses."""

from functools import lru_cache
from typing import Any

import flask
from flask import Flask, has_request_context, request
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

# The largest key that both engines keep; asking PostgreSQL for a larger one is an error.
LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """``<int:…>`` finds nothing beyond what can be a key, instead of failing in the database."""

    regex = "[0-9]{1,10}"

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


class WordConverter(UnicodeConverter):
    """A word in an address is something that can be read: PostgreSQL fails on a NUL."""

    def to_python(self, value: str) -> str:
        if not value.isprintable():
            raise ValidationError
        return value


def init_app(app: Flask) -> None:
    converters = {"int": IdConverter, "default": WordConverter, "string": WordConverter}
    app.url_map.converters.update(converters)

    @lru_cache(maxsize=4096)
    def fixed(script_root: str, method: str, endpoint: str) -> str:
        """Called while the request has this root and method."""
        return flask.url_for(endpoint)

    def url_for(endpoint: str, **values: Any) -> str:
        """As Flask's own. Most ways of a page lead to fixed addresses: those are kept."""
        if values or not has_request_context():
            return flask.url_for(endpoint, **values)
        return fixed(request.script_root, request.method, endpoint)

    app.jinja_env.globals["url_for"] = url_for
