"""Inviting, and accepting an invitation."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice, enum_choices

from shop.accounts.administration.services import Offer
from shop.accounts.people.forms import ConsentForm, NewPasswordField, readable
from shop.accounts.people.models import Body, Office
from shop.accounts.people.rules import canonical_email, scope_of_place
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.queries import cooperatives
from shop.places.queries import assistable_counties, cities_and_counties
from shop.web.fields import Filled, LineField

BUREAU = "bureau"


class InvitationForm(FlaskForm):
    """Whom to invite; by itself enough for a colleague."""

    email = LineField(
        _l("邮箱"),
        [readable(canonical_email, _l("请填写完整的邮箱地址。"))],
        max_length=254,
    )

    @property
    def address(self) -> str:
        return canonical_email(self.email.data) or ""


class OfficeForm(InvitationForm):
    """An office without a place."""

    office: Office

    @property
    def offer(self) -> Offer:
        return Offer(email=self.address, office=self.office)


class FinanceForm(OfficeForm):
    office = Office.FINANCE


class KeeperForm(OfficeForm):
    office = Office.KEEPER


class AdministratorForm(OfficeForm):
    office = Office.ADMINISTRATOR


class OfficialForm(InvitationForm):
    """An official, with the place they answer for and the body they act for."""

    place = SelectField(
        _l("负责范围"),
        [Filled(_l("请选择负责范围。"))],
        choices=[],
        invalid_choice_message=_l("请选择负责范围。"),
    )
    body = RadioField(
        _l("单位"),
        [Filled(_l("请选择单位。"))],
        choices=enum_choices(Body, label=lambda each: each.label),
        invalid_choice_message=_l("请选择单位。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cities, counties = cities_and_counties()
        self.place.choices = [
            SelectChoice("", _l("请选择")),
            SelectChoice(BUREAU, _l("全部（市局）")),
            *(SelectChoice(each.code, each.name, optgroup=_l("市")) for each in cities),
            *(SelectChoice(c.code, c.full_name, optgroup=_l("县（市、区）")) for c in counties),
        ]
        for county, towns in assistable_counties():
            group = f"{county.city.name} / {county.name}"
            self.place.choices += [SelectChoice(t.code, t.name, optgroup=group) for t in towns]

    @property
    def offer(self) -> Offer:
        code = "" if self.place.data == BUREAU else self.place.data
        return Offer(
            email=self.address,
            office=Office.OFFICIAL,
            scope=scope_of_place(code),
            body=Body(self.body.data),
        )


class ManagerForm(InvitationForm):
    """Somebody who manages a cooperative's desk."""

    organisation = SelectField(
        _l("合作社"),
        [Filled(_l("请选择合作社。"))],
        choices=[],
        invalid_choice_message=_l("请选择合作社。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = db.session.scalars(cooperatives()).all()
        self.organisation.choices = [
            SelectChoice("", _l("请选择合作社")),
            *(SelectChoice(str(each.id), each.name) for each in found),
        ]

    @property
    def offer(self) -> Offer:
        organisation = db.session.get_one(Organisation, int(self.organisation.data))
        return Offer(email=self.address, organisation=organisation)


class AcceptanceForm(ConsentForm):
    """What somebody fills in who has no account yet."""

    name = LineField(_l("姓名"), max_length=40)
    password = NewPasswordField(_l("密码"))

    def __init__(self, signs_in_with: str, **kwargs: Any) -> None:
        self.signs_in_with = signs_in_with
        super().__init__(**kwargs)
