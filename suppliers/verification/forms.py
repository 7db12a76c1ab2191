"""What is written down of a cooperative."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from catalog.wording.forms import refuse_claims
from shop.accounts.people.forms import readable
from shop.accounts.people.rules import contact_phone
from shop.organisations.rules import canonical_credit_code, is_credit_code
from shop.organisations.services import CooperativeEntry
from shop.places.forms import TownField
from shop.places.models import Town
from shop.places.queries import CountyTowns
from shop.web.fields import LineField, ParagraphField


class RevisionForm(FlaskForm):
    """What may change later on."""

    village = LineField(_l("村"), [refuse_claims], max_length=40, required=False)
    phone = LineField(
        _l("电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
    )
    introduction = ParagraphField(_l("介绍"), [refuse_claims], max_length=1000, required=False)

    @property
    def canonical_phone(self) -> str:
        return contact_phone(self.phone.data) or ""


class CooperativeForm(RevisionForm):
    name = LineField(_l("合作社全称"), max_length=80)
    credit_code = LineField(
        _l("统一社会信用代码"),
        [
            readable(
                lambda typed: is_credit_code(canonical_credit_code(typed)),
                _l("这不是有效的统一社会信用代码：应为 18 位，请核对每一位。"),
            )
        ],
        max_length=40,
    )
    town_code = TownField(_l("所在镇"))

    def __init__(self, towns: Iterable[Town], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        by_county = groupby(towns, key=lambda town: town.county)
        self.town_code.offer([CountyTowns(county, list(group)) for county, group in by_county])

    @property
    def entry(self) -> CooperativeEntry:
        return CooperativeEntry(
            name=self.name.data,
            credit_code=canonical_credit_code(self.credit_code.data),
            town_code=self.town_code.data,
            village=self.village.data,
            phone=self.canonical_phone,
            introduction=self.introduction.data,
        )


class ReasonForm(FlaskForm):
    reason = LineField(_l("原因"), max_length=200, min_length=2)
