"""What is settled with cooperatives, made by the real services. Call them inside an act."""

from datetime import datetime, timedelta

from catalog.products.models import Variant
from orders.records.models import Order
from orders.refunds.models import Refund
from orders.refunds.services.grants import Item, grant_items
from shop.accounts.people.models import Account
from shop.db import db
from shop.organisations.models import Organisation
from shop.secrets import fingerprint, seal
from suppliers.settlements.models import SettlementStatement
from suppliers.settlements.rules import last_period
from suppliers.settlements.services.statements import make_statement
from suppliers.verification.models import BankAccount
from tests.factories.catalog import NOW
from tests.factories.orders import accepted, dispatched, paid, place

# Early on the day after the period in which NOW is.
SETTLED = NOW + timedelta(days=8)
NUMBER = "6222020000000001234"
ARRANGEMENT = "示例持牌机构合同 001"


def sell(buyer: Account, wanted: dict[Variant, int], *, at: datetime = NOW) -> Order:
    """An order that was accepted three days later."""
    return accepted(dispatched(paid(place(buyer, wanted, at=at))))


def refund_line(
    order: Order, goods_fen: int, freight_fen: int = 0, *, at: datetime = NOW
) -> Refund:
    """Money back for an order's first line, whatever its claims are."""
    part = order.sub_orders[0]
    items = [Item(part.id, part.lines[0].id, 0, goods_fen)]
    if freight_fen:
        items.append(Item(part.id, None, 0, freight_fen))
    return grant_items(order.id, items, "质量售后", by=None, at=at)


def settle(cooperative_id: int, *, at: datetime = SETTLED) -> SettlementStatement | None:
    """The statement of the period that was over last."""
    return make_statement(cooperative_id, last_period(at), at=at)


def bank_account(
    cooperative: Organisation, by: Account, number: str = NUMBER, *, at: datetime = NOW
) -> BankAccount:
    """Where the cooperative's money goes from now on."""
    query = db.session.query(BankAccount)
    for old in query.filter_by(organisation_id=cooperative.id, replaced_at=None):
        old.replaced_at = at
    db.session.flush()
    account = BankAccount(
        organisation_id=cooperative.id,
        holder=cooperative.name,
        bank="示例农商银行石鼓支行",
        sealed_number=seal(number),
        number_fingerprint=fingerprint(number),
        last_digits=number[-4:],
        consented_by_id=by.id,
        consented_at=at,
    )
    db.session.add(account)
    db.session.flush()
    return account
