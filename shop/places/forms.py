"""Choosing a town."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from shop.places.queries import CountyTowns
from shop.web.fields import Filled


class TownField(SelectField):
    """One of some towns, grouped by county; draw it with ``town_picker``."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        missing = _l("请选择镇或街道。")
        super().__init__(
            label, [Filled(missing)], invalid_choice_message=missing, choices=[], **kwargs
        )

    def offer(self, counties: Sequence[CountyTowns]) -> None:
        """Say which towns can be chosen, once the form is made and before it is validated."""
        self.choices = [SelectChoice("", _l("请选择镇街"))]
        for county, towns in counties:
            group = f"{county.city.name} / {county.name}"
            self.choices += [SelectChoice(town.code, town.name, optgroup=group) for town in towns]
