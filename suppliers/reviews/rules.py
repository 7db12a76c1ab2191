"""How it is said that a change waits."""

from flask_babel import gettext


def sent_to_review(percent: int) -> str:
    """To the cooperative that asked for it."""
    return str(
        gettext(
            "和 7 天前比，价格变动超过 %(percent)s%%，等平台看过才生效；在那之前按原来的价格卖。",
            percent=percent,
        )
    )
