"""Addresses inside the shop, for sending a person back to where they came from."""

from urllib.parse import urlsplit

_LONGEST = 2000


def own_path(path: str | None, default: str) -> str:
    """The path if it stays inside the shop, else the default.

    Browsers read a backslash as a slash and skip tabs and line ends, so none of them may occur.
    """
    if not path or len(path) > _LONGEST or not path.isprintable() or "\\" in path:
        return default
    if not path.startswith("/") or path.startswith("//"):
        return default
    try:
        parts = urlsplit(path)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else path
