"""What a manager confirms, and what the town answers."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from catalog.wording.forms import refuse_claims
from shop.accounts.people.forms import readable
from shop.accounts.people.rules import contact_phone
from shop.web.fields import LineField
from suppliers.applications.forms import VersionForm
from suppliers.rechecks.services import Confirmed


class RecheckForm(FlaskForm):
    name = LineField(_l("合作社全称"), max_length=80, min_length=4)
    contact = LineField(_l("联系人"), max_length=40)
    phone = LineField(
        _l("电话"),
        [readable(contact_phone, _l("请填写手机号，或带区号的座机号。"))],
        max_length=30,
    )
    village = LineField(_l("村"), [refuse_claims], max_length=40, required=False)
    licences_hold = BooleanField(_l("证照都在有效期内，和登记的一致"))
    sells_from_town = BooleanField(_l("卖的仍是本镇自产的东西"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not self.licences_hold.data:
            self.licences_hold.errors = [gettext("证照有变化，请先在“证照”里换新证，再来确认。")]
        if not self.sells_from_town.data:
            self.sells_from_town.errors = [
                gettext("不再从本镇供货，就不能继续销售，请联系驻镇工作队。")
            ]
        return valid and not self.errors

    @property
    def told(self) -> Confirmed:
        return Confirmed(
            name=self.name.data,
            contact=self.contact.data,
            phone=contact_phone(self.phone.data) or "",
            village=self.village.data,
        )


class ReturnForm(VersionForm):
    reason = LineField(_l("要修改什么"), max_length=300, min_length=2)
