"""Where people do their work: the desks of who is signed in."""

from flask import url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from shop.web.audience import Role
from shop.web.paths import own_path

_DESKS = (
    (Role.COOPERATIVE, "coop_today.show", lazy_gettext("合作社工作台")),
    (Role.PICKER, "coop_today.show", lazy_gettext("合作社工作台")),
    (Role.ACCOUNTANT, "coop_money.index", lazy_gettext("合作社工作台")),
    (Role.FORMER, "coop_money.index", lazy_gettext("合作社结算单")),
    (Role.OFFICIAL, "overview.show", lazy_gettext("销售统计")),
    (Role.FINANCE, "finance_home.show", lazy_gettext("财务")),
    (Role.KEEPER, "pickup_desk.show", lazy_gettext("自提点")),
    (Role.ADMINISTRATOR, "admin_home.show", lazy_gettext("管理")),
)


def arrive(asked: str | None) -> str:
    """Where somebody who has just signed in goes on: on the page that asked for it, else at their
    desk, else in the shop. Call it once they are in."""
    home = url_for("home.index")
    target = own_path(asked, home)
    desks = list_desks()
    return url_for(desks[0][0]) if target == home and desks else target


def list_desks() -> list[tuple[str, str]]:
    """The endpoints of a person's desks, the first one first, with their names."""
    if not current_user.is_authenticated:
        return []
    if current_user.is_held_back:
        return [("second_factor.show", gettext("打开两步验证"))]
    roles = current_user.roles
    return [(endpoint, str(label)) for role, endpoint, label in _DESKS if role in roles]
