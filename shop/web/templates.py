"""Templates that find what all of them share at once."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class SharedEnvironment(Environment):
    """Everything that templates share is there before the first one is read.

    So it can be one mapping, not Jinja's chain of two that stays open for what comes later: that is
    walked for every page and for each file of macros that a page imports.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}
