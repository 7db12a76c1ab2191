"""What a process keeps in memory for a while: only what hardly ever changes and nobody may miss."""

from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from flask import current_app

Value = TypeVar("Value")


def kept(name: str, make: Callable[[], Value], *, seconds: int) -> Value:
    """What was made under this name at most so long ago; what is empty is made anew each time."""
    store: dict[str, tuple[float, Any]] = current_app.extensions.setdefault("kept", {})
    until, value = store.get(name, (0.0, None))
    if monotonic() > until:
        value = make()
        if value:
            store[name] = (monotonic() + seconds, value)
    answer: Value = value
    return answer


def forget() -> None:
    """Make everything anew the next time it is asked for."""
    current_app.extensions.pop("kept", None)
