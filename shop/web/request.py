"""A request that leaves no file open."""

from typing import IO, Any

import flask


class Request(flask.Request):
    """Closes the temporary files of uploads, those of a broken body too.

    Werkzeug drops what it read of a body that ends in the middle or is too large: nothing names its
    files any more, and they would stay open until they are collected.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brought: list[IO[bytes]] = []

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        self.brought.append(stream)
        return stream

    def close(self) -> None:
        super().close()
        for stream in self.brought:
            stream.close()
