"""Why an act of the desk is not done."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class WaitedTooLong(Conflict):
    """It was decided on long ago, and nobody knows what it would do now."""

    code = "waited_too_long"
    message = _l("这项改动等网络等了 7 天以上，不再自动保存。请看过现在的数再改。")


class KeyReused(Conflict):
    """Another act came with the same key before."""

    code = "key_reused"
    message = _l("这项改动和以前的一项编号相同，没有保存。请刷新页面后再改。")


class SettledBefore(Exception):  # no refusal: the act has its outcome
    """The same act came in twice at the same moment; the other one has been settled."""
