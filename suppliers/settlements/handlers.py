"""What the ledger learns from orders, and the statements that are made by themselves."""

from orders.records.events import RefundGranted, SubOrderAccepted
from shop.events import on
from suppliers.settlements.services import ledger


@on(SubOrderAccepted)
def owe(event: SubOrderAccepted) -> None:
    ledger.owe_for(event.sub_order_id, at=event.at)


@on(RefundGranted)
def take_back(event: RefundGranted) -> None:
    ledger.take_back(event.refund_id, at=event.at)
