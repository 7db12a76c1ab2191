"""Designating a town, and ending it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from shop.accounts.people.rules import Scope
from shop.places.forms import TownField
from shop.places.queries import CountyTowns, assistable_counties
from shop.web.fields import DayField, ParagraphField


class DesignationForm(FlaskForm):
    """A span of days during which a town is assisted."""

    town_code = TownField(_l("镇街"))
    since = DayField(_l("开始日期"))
    until = DayField(_l("结束日期"), required=False)
    confirmed = BooleanField(_l("已经有正式文件确认"))
    evidence = ParagraphField(_l("依据"), max_length=500)

    def __init__(self, scope: Scope, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.town_code.offer(_inside(scope))


class EndingForm(FlaskForm):
    """The last day that counts."""

    until = DayField(_l("最后一天"))


def _inside(scope: Scope) -> list[CountyTowns]:
    kept = [
        CountyTowns(county, [town for town in towns if scope.covers(town.code)])
        for county, towns in assistable_counties()
    ]
    return [group for group in kept if group.towns]
