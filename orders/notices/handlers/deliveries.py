"""What is on its way, waits at a pick-up point or was received."""

from orders.deliveries.queries import get_shipment
from orders.notices import queries
from orders.notices.handlers.letters import of_line, of_part, write_to_buyer, write_to_managers
from orders.pickups.events import PickupArrived
from orders.pickups.queries import get_pickup
from orders.records.events import ShipmentSent, SubOrderAccepted
from orders.records.models import AcceptedBy
from shop.events import on


@on(ShipmentSent)
def tell_dispatched(event: ShipmentSent) -> None:
    """One letter for each shipment: what is in it, and what still waits."""
    part = queries.get_part(event.sub_order_id)
    shipment = get_shipment(event.shipment_id)
    write_to_buyer(
        part.order,
        f"part_dispatched:{part.number}:{shipment.id}",
        event.at,
        **of_part(part)
        | {"lines": [of_line(each.order_line, each.quantity) for each in shipment.lines]},
        parcels=[f"{each.carrier} {each.tracking_number}" for each in shipment.parcels],
        waiting=[
            of_line(line, line.waiting_quantity) for line in part.lines if line.waiting_quantity
        ],
    )


@on(PickupArrived)
def tell_arrived(event: PickupArrived) -> None:
    """Where to fetch it, and the code to say there."""
    pickup = get_pickup(event.pickup_id)
    part, point = pickup.sub_order, pickup.point
    write_to_buyer(
        part.order,
        f"pickup_arrived:{part.number}",
        event.at,
        cooperative=part.cooperative_name,
        lines=[of_line(line, line.dispatched_quantity) for line in part.lines],
        point=point.name,
        address=f"{point.town.full_name} {point.address}",
        opening_hours=point.opening_hours,
        code=pickup.code,
    )


@on(SubOrderAccepted)
def tell_accepted(event: SubOrderAccepted) -> None:
    """The cooperative learns that it earned; the buyer only what happened without them."""
    part = queries.get_part(event.sub_order_id)
    write_to_managers(part, "part_accepted", event.at, **of_part(part))
    if part.accepted_by is AcceptedBy.SYSTEM:
        key = f"part_accepted_unasked:{part.number}"
        write_to_buyer(part.order, key, event.at, **of_part(part))
