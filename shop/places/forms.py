"""Choosing a town."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import html_params

from shop.kept import kept
from shop.places.queries import CountyTowns, zhuhai_districts
from shop.web.fields import Filled

# Divisions change with a release of the shop, not while it runs.
_KEPT_SECONDS = 60


class TownSelect:
    """Draws the grouped list, of which only the chosen town differs from page to page."""

    def __call__(self, field: "TownField", **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        if field.flags.required:
            kwargs.setdefault("required", True)
        chosen = f'value="{escape(field.data or "")}"'
        options = field.options.replace(chosen, f"selected {chosen}", 1)
        return Markup(f"<select {html_params(name=field.name, **kwargs)}>{options}</select>")


class TownField(SelectField):
    """One of some towns, grouped by county; draw it with ``town_picker``."""

    widget = TownSelect()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        missing = _l("请选择镇或街道。")
        super().__init__(
            label, [Filled(missing)], invalid_choice_message=missing, choices=[], **kwargs
        )

    def offer(self, counties: Sequence[CountyTowns]) -> None:
        """Say which towns can be chosen, once the form is made and before it is validated."""
        self._take(_Offer(_choices(counties), _options(counties)))

    def offer_zhuhai(self) -> None:
        """Offer the towns and streets to which orders can go."""
        self._take(kept("towns of Zhuhai", _zhuhai, seconds=_KEPT_SECONDS) or _NOTHING)

    def _take(self, offer: "_Offer") -> None:
        nothing = SelectChoice("", _l("请选择镇街"))
        self.choices = [nothing, *offer.choices]
        self.options = f'<option value="">{escape(nothing.label)}</option>{offer.options}'


class _Offer(NamedTuple):
    """Towns to validate against, and the same as HTML: their names are alike in all languages."""

    choices: list[SelectChoice]
    options: str


_NOTHING = _Offer([], "")


def _zhuhai() -> _Offer | None:
    counties = zhuhai_districts()
    return _Offer(_choices(counties), _options(counties)) if counties else None


def _choices(counties: Sequence[CountyTowns]) -> list[SelectChoice]:
    return [SelectChoice(town.code, town.name) for _, towns in counties for town in towns]


def _options(counties: Sequence[CountyTowns]) -> str:
    drawn = []
    for county, towns in counties:
        drawn.append(f'<optgroup label="{escape(f"{county.city.name} / {county.name}")}">')
        drawn += [f'<option value="{town.code}">{escape(town.name)}</option>' for town in towns]
        drawn.append("</optgroup>")
    return "".join(drawn)
