"""When a new text may take effect."""

from datetime import date, timedelta

# The e-commerce law has changes announced this long before they hold.
ANNOUNCED_AHEAD = timedelta(days=7)


def earliest_effect(today: date, is_first: bool) -> date:
    """The first day on which a text published today may hold; the first of its kind at once."""
    return today if is_first else today + ANNOUNCED_AHEAD
