"""Asking people into a cooperative, and what they do there."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from shop import sms
from shop.accounts.administration.services import Offer
from shop.accounts.people.forms import readable
from shop.accounts.people.models import COOPERATIVE_ROLES, MemberRole
from shop.accounts.people.rules import canonical_identifier
from shop.organisations.models import Organisation
from shop.web.fields import Filled, LineField
from suppliers.members.errors import NoMessages


class RoleForm(FlaskForm):
    """Which part somebody has."""

    role = RadioField(
        _l("分工"),
        [Filled(_l("请选择分工。"))],
        choices=[SelectChoice(role.value, role.label) for role in COOPERATIVE_ROLES],
        invalid_choice_message=_l("请选择分工。"),
    )

    @property
    def chosen(self) -> MemberRole:
        return MemberRole(self.role.data)


class MemberForm(RoleForm):
    """Whom to ask in, by e-mail or phone."""

    identifier = LineField(
        _l("邮箱或手机号"),
        [readable(canonical_identifier, _l("请填写 11 位手机号，或完整的邮箱地址。"))],
        max_length=254,
    )

    def validate_identifier(self, field: Field) -> None:
        if "@" not in self.address and not sms.is_offered():
            raise ValidationError(str(NoMessages()))

    @property
    def address(self) -> str:
        return canonical_identifier(self.identifier.data or "") or ""

    def offer(self, organisation: Organisation) -> Offer:
        kind: dict[str, Any] = {"email" if "@" in self.address else "phone": self.address}
        return Offer(organisation=organisation, member_role=self.chosen, **kind)
