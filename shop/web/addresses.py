"""Numbers and words in addresses."""

from typing import Any

from flask import Flask
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
