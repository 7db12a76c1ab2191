"""Designating a town, and ending it."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, ValidationError

from shop.accounts.people.rules import Scope
from shop.places.forms import TownField
from shop.places.queries import CountyTowns, assistable_counties
from shop.web.fields import Filled, MayBeBlank, ParagraphField

EARLIEST, LATEST = date(2021, 1, 1), date(2099, 12, 31)


def _in_this_century(form: Any, field: Field) -> None:
    if not EARLIEST <= field.data <= LATEST:
        raise ValidationError(_l("日期要在 2021 年到 2099 年之间。"))


class DesignationForm(FlaskForm):
    """A span of days during which a town is assisted."""

    town_code = TownField(_l("镇街"))
    since = DateField(_l("开始日期"), [Filled(_l("请填写开始日期。")), _in_this_century])
    until = DateField(_l("结束日期"), [MayBeBlank(), _in_this_century])
    confirmed = BooleanField(_l("已经有正式文件确认"))
    evidence = ParagraphField(_l("依据"), max_length=500)

    def __init__(self, scope: Scope, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.town_code.offer(_inside(scope))


class EndingForm(FlaskForm):
    """The last day that counts."""

    until = DateField(_l("最后一天"), [Filled(_l("请填写最后一天。")), _in_this_century])


def _inside(scope: Scope) -> list[CountyTowns]:
    kept = [
        CountyTowns(county, [town for town in towns if scope.covers(town.code)])
        for county, towns in assistable_counties()
    ]
    return [group for group in kept if group.towns]
