"""What the checkout page asks."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from orders.cart.rules import Quote
from orders.checkout.errors import OnlyUnitsTransfer
from orders.payments.models import PaymentMethod
from orders.pickups.models import PickupPoint
from shop.accounts.people.forms import AddressForm
from shop.accounts.people.models import Address
from shop.accounts.people.rules import contact_phone
from shop.accounts.people.services import Delivery
from shop.organisations.models import Organisation
from shop.web.fields import CarriedField

NEW = "new"
# What the choice of a pick-up point begins with; its id follows.
POINT = "point-"
MYSELF = "self"
UNIT = "unit"

_KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")


def _offered(message: Any) -> Any:
    """One of the choices on the page, and no other."""

    def check(form: Any, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(message)

    check.field_flags = {"required": True}  # type: ignore[attr-defined]
    return check


class CheckoutForm(AddressForm):
    """An address from the book or a new one, who buys, and what is agreed to."""

    # The same in all tabs: however often and from wherever it comes back, it becomes one order.
    checkout_key = CarriedField()
    # What the buyer was shown: its fingerprint, and its facts to say later what has changed.
    quote = CarriedField()
    seen = CarriedField()
    address = RadioField(_l("收货地址"), [_offered(_l("请选择收货地址。"))], validate_choice=False)
    buyer = RadioField(
        _l("购买方"), [_offered(_l("请选择以谁的名义购买。"))], validate_choice=False
    )
    method = RadioField(_l("付款方式"), [_offered(_l("请选择付款方式。"))], validate_choice=False)
    perishables = BooleanField(_l("我知道鲜活易腐商品不适用七天无理由退货"))

    def offer(
        self,
        addresses: Sequence[Address],
        points: Sequence[PickupPoint],
        unit: Organisation | None,
        *,
        transfers: bool,
    ) -> None:
        """Say what can be chosen. Call it before the form is validated."""
        self.book = {str(address.id): address for address in addresses}
        self.points = {f"{POINT}{point.id}": point for point in points}
        self.address.choices = [
            *(SelectChoice(key, f"{a.recipient} {a.phone}") for key, a in self.book.items()),
            SelectChoice(NEW, _l("送到新地址")),
            *(SelectChoice(key, point.name) for key, point in self.points.items()),
        ]
        if self.address.data is None:
            self.address.data = next(iter(self.book), NEW)
            self._suggest_collector()
        self.buyer.choices = [SelectChoice(MYSELF, _l("个人"))]
        if unit is not None:
            self.buyer.choices.append(SelectChoice(UNIT, unit.name))
        if self.buyer.data is None:
            self.buyer.data = UNIT if unit is not None else MYSELF
        self.method.choices = [SelectChoice(PaymentMethod.ONLINE.value, _l("在线支付"))]
        if unit is not None and transfers:
            self.method.choices.append(SelectChoice(PaymentMethod.TRANSFER.value, _l("对公转账")))
        if self.method.data is None:
            self.method.data = PaymentMethod.ONLINE.value

    def show(self, quote: Quote, fresh_key: str) -> None:
        """Put the present quote into the form; the key stays if there is one."""
        self.quote.data, self.seen.data = quote.fingerprint, quote.facts
        if not self.has_key:
            self.checkout_key.data = fresh_key

    @property
    def has_key(self) -> bool:
        return _KEY.fullmatch(self.checkout_key.data or "") is not None

    @property
    def wants_new_address(self) -> bool:
        return bool(self.address.data == NEW)

    @property
    def point(self) -> PickupPoint | None:
        """The pick-up point that was chosen instead of an address."""
        return self.points.get(self.address.data)

    @property
    def town(self) -> str:
        """The code of the town that the goods go to; empty while it is not known."""
        if self.address.data in self.book:
            return self.book[self.address.data].town_code
        offered = {choice.value for choice in self.town_code.choices}
        return self.town_code.data if self.town_code.data in offered else ""

    @property
    def by_transfer(self) -> bool:
        return bool(self.method.data == PaymentMethod.TRANSFER)

    def validate_method(self, field: Field) -> None:
        if self.by_transfer and self.buyer.data != UNIT:
            raise ValidationError(OnlyUnitsTransfer.message)

    def validate(self, extra_validators: Any = None) -> bool:
        for name in self._not_asked:
            self[name].validators = []
        if "town_code" in self._not_asked:
            self.town_code.validate_choice = False
        return super().validate(extra_validators) and self.has_key

    @property
    def delivery(self) -> Delivery:
        if self.wants_new_address:
            return super().delivery
        if self.point is not None:
            return self._collected_at(self.point)
        chosen = self.book[self.address.data]
        return Delivery(
            recipient=chosen.recipient,
            phone=chosen.phone,
            town_code=chosen.town_code,
            street=chosen.street,
        )

    @property
    def _not_asked(self) -> tuple[str, ...]:
        """The fields that mean nothing with this choice."""
        if self.wants_new_address:
            return ()
        if self.point is not None:
            return ("town_code", "street")
        return ("recipient", "phone", "town_code", "street")

    def _collected_at(self, point: PickupPoint) -> Delivery:
        return Delivery(
            recipient=self.recipient.data,
            phone=contact_phone(self.phone.data) or "",
            town_code=point.town_code,
            street=point.address,
        )

    def _suggest_collector(self) -> None:
        """Whoever received something last will probably fetch it, too."""
        latest = next(iter(self.book.values()), None)
        if latest is not None and self.points:
            self.recipient.data, self.phone.data = latest.recipient, latest.phone
