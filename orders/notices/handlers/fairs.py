"""A fair that a cooperative takes goods to, and what is withdrawn from its stalls."""

from orders.fairs.events import CalledOff, Dropped, Moved, TakenUp, Withdrawn
from orders.fairs.queries.activities import get_public, list_staff
from orders.notices import queries
from orders.notices.handlers.letters import write
from orders.recalls.queries import get_called_back
from shop import clock
from shop.accounts.notices.rules import contact_of
from shop.events import on


@on(TakenUp)
def tell_taken_up(event: TakenUp) -> None:
    """Goods have to be set aside, and somebody has to go there."""
    _write_of_activity(event, f"fair_taken_up:{event.at.isoformat()}")


@on(Dropped)
def tell_dropped(event: Dropped) -> None:
    """Nobody prepares for it in vain."""
    _write_of_activity(event, f"fair_dropped:{event.at.isoformat()}", "/cooperative/fairs")


@on(Moved)
def tell_moved(event: Moved) -> None:
    _write_of_activity(event, f"fair_moved:{event.at.isoformat()}")


@on(CalledOff)
def tell_called_off(event: CalledOff) -> None:
    _write_of_activity(event, "fair_called_off")


@on(Withdrawn)
def tell_withdrawn(event: Withdrawn) -> None:
    """Who runs the cooperative, and everybody who stands at the till: what is there goes back."""
    activity, batch = get_public(event.activity_id), get_called_back(event.batch_id)
    assert batch.recall is not None
    told = {
        "activity": activity.name,
        "product": batch.product.name,
        "code": batch.code,
        "reason": batch.recall.reason,
    }
    owner = batch.product.cooperative_id
    sellers = [
        contact_of(each.account)
        for each in list_staff(activity.id)
        if each.cooperative_id in (None, owner)
    ]
    desk, till = f"/cooperative/fairs/{activity.id}", f"/till/{activity.id}"
    for path, contacts in ((desk, queries.list_managers(owner)), (till, sellers)):
        for contact in contacts:
            key = f"activity:{activity.id}:fair_recalled:{batch.id}:{path[1]}:{contact.account_id}"
            write(contact, "fair_recalled", key, event.at, path=path, **told)


def _write_of_activity(
    event: TakenUp | Dropped | Moved | CalledOff, step: str, path: str = ""
) -> None:
    """Who runs the cooperatives is told, unless it is over by now; the letter leads to the
    activity unless it names another page."""
    activity = get_public(event.activity_id)
    if activity.until_on < clock.day_of(event.at):
        return
    told = {
        "activity": activity.name,
        "place": activity.place,
        "from_on": activity.from_on.isoformat(),
        "until_on": activity.until_on.isoformat(),
        "reason": activity.cancel_reason,
    }
    path = path or f"/cooperative/fairs/{activity.id}"
    for cooperative_id in event.cooperative_ids:
        for manager in queries.list_managers(cooperative_id):
            key = f"activity:{activity.id}:{step}:{cooperative_id}:{manager.account_id}"
            write(manager, step, key, event.at, path=path, **told)
