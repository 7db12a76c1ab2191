"""Rules of the cooperative's desk: what was changed there, and that somebody leads it."""

from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from catalog.products.models import ChangeKind, Product, Variant, VariantChange
from shop.accounts.people.models import MemberRole, Membership
from shop.organisations.models import Organisation
from suppliers.today.models import ActKind, DeskAct


def wrong_acts() -> Select[Any]:
    """Each was done to a variant of that desk, which has come to that version; a step of the stock
    made that version itself, and a price that was the same already made none."""
    made = exists().where(
        VariantChange.variant_id == DeskAct.variant_id,
        VariantChange.version == DeskAct.version,
        VariantChange.by_id == DeskAct.account_id,
        VariantChange.kind == ChangeKind.STOCK,
    )
    return (
        select(DeskAct.id)
        .outerjoin(Variant, Variant.id == DeskAct.variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(
            DeskAct.version.is_not(None),
            or_(
                Variant.id.is_(None),
                Product.cooperative_id != DeskAct.cooperative_id,
                Variant.version < DeskAct.version,
                and_(DeskAct.kind == ActKind.STOCK, ~made),
            ),
        )
        .order_by(DeskAct.id)
    )


def disordered_acts() -> Select[Any]:
    """Of one variant, what was done later made a later version."""
    before = func.max(DeskAct.version).over(
        partition_by=DeskAct.variant_id, order_by=DeskAct.id, rows=(None, -1)
    )
    acts = select(DeskAct.id, DeskAct.kind, DeskAct.version, before.label("before")).subquery()
    step_back = and_(acts.c.kind == ActKind.STOCK, acts.c.version == acts.c.before)
    return (
        select(acts.c.id).where(or_(acts.c.version < acts.c.before, step_back)).order_by(acts.c.id)
    )


def unmanaged() -> Select[Any]:
    """Whoever registered it has not invited its first manager yet, or there is always one; years
    after a cooperative left its members are forgotten."""
    managers = exists().where(
        Membership.organisation_id == Organisation.id, Membership.role == MemberRole.MANAGER
    )
    return (
        select(Organisation.id)
        .where(
            Organisation.left_at.is_(None),
            managers,
            ~managers.where(Membership.ended_at.is_(None)),
        )
        .order_by(Organisation.id)
    )
