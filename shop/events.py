"""Facts that lower rooms announce and upper rooms listen to.

A handler runs in the announcer's transaction and writes only to the database; whatever touches
the world outside becomes an outbox row.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")

_handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def on(event: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Register a handler for one kind of event. Importing the module twice registers it once."""

    def register(handler: Callable[[Event], None]) -> Callable[[Event], None]:
        if handler not in _handlers[event]:
            _handlers[event].append(handler)
        return handler

    return register


def announce(event: object) -> None:
    """Call every handler of this event, in the order in which they were registered."""
    for handler in _handlers[type(event)]:
        handler(event)
