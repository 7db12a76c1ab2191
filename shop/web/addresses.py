"""Numbers in addresses."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

# The largest key that both engines keep; asking PostgreSQL for a larger one is an error.
LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """``<int:…>`` finds nothing beyond what can be a key, instead of failing in the database."""

    regex = "[0-9]{1,10}"

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
