"""What the rules of flags are asked of, and the flags that an official sees."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from typing import cast as as_type

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from catalog.batches.models import Batch
from catalog.products.models import Product
from orders.flags.models import Flag, FlagClearance, FlagKind, FlagLine, FlagLook
from orders.flags.rules.findings import USUAL_DAYS, Crop, Proof, Sold, Taken, Tie
from orders.offline.models import EvidenceKind, EvidenceLink, OfflineEvidence, OfflineSale
from orders.records.models import Order, OrderLine, SubOrder
from orders.rollups.queries import through_id
from orders.sales.models import EntryKind, SalesEntry
from shop import clock
from shop.accounts.people.models import Account, Membership
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.places.models import Town
from shop.web.paging import Page, paginate

PER_PAGE = 50
# A median of prices is taken from so many days.
PRICES_OF_DAYS = 365
# So many lines of a flag are kept with it: its numbers say how many there were.
MOST_LINES = 500

IS_SALE = SalesEntry.kind == EntryKind.SALE
IS_CLEARED = select(FlagClearance.id).where(FlagClearance.flag_id == Flag.id).exists()


class Listed(NamedTuple):
    """A flag with its town, and who cleared it if somebody did."""

    flag: Flag
    town: Town
    clearance: FlagClearance | None
    cleared_by: str | None


class Looked(NamedTuple):
    """How far the ledger was looked over, and on which day."""

    through_id: int
    day: date | None


def list_flags(
    scope: Scope, number: int, *, kind: FlagKind | None, cleared: bool | None
) -> Page[Listed]:
    """The flags of a scope, the newest first; ``cleared`` None is all of them."""
    wanted = [scope.contains(Flag.town_code)]
    if kind is not None:
        wanted.append(Flag.kind == kind)
    if cleared is not None:
        wanted.append(IS_CLEARED if cleared else ~IS_CLEARED)
    page = paginate(select(Flag.id).where(*wanted).order_by(Flag.id.desc()), number, PER_PAGE)
    rows = db.session.execute(
        _listed().where(Flag.id.in_(page.items)).order_by(Flag.id.desc())
    ).all()
    return Page([Listed(*row) for row in rows], page.number, page.per_page, page.total)


def get_flag(scope: Scope, flag_id: int) -> Listed:
    """Raises NotFound outside the scope."""
    row = db.session.execute(
        _listed().where(Flag.id == flag_id, scope.contains(Flag.town_code))
    ).one_or_none()
    if row is None:
        raise NotFound
    return Listed(*row)


def count_open(scope: Scope) -> int:
    """How many flags of a scope nobody has cleared."""
    query = select(func.count()).select_from(Flag).where(scope.contains(Flag.town_code))
    return db.session.scalar(query.where(~IS_CLEARED)) or 0


def list_lines(flag: Flag, number: int) -> Page[SalesEntry]:
    """The lines that a flag is about, in their order; all are of its town."""
    query = (
        select(SalesEntry)
        .join(FlagLine, FlagLine.entry_id == SalesEntry.id)
        .where(FlagLine.flag_id == flag.id, SalesEntry.town_code == flag.town_code)
        .order_by(SalesEntry.counted_on, SalesEntry.id)
    )
    return paginate(query, number, PER_PAGE)


def last_look() -> Looked:
    query = select(FlagLook.through_id, FlagLook.at).order_by(FlagLook.id.desc()).limit(1)
    row = db.session.execute(query).one_or_none()
    return Looked(row.through_id, clock.day_of(row.at)) if row else Looked(0, None)


def settled_through() -> int:
    """Up to which line nobody's unfinished act can add another: where the sums reach."""
    return through_id()


def list_sold(after: int, through: int) -> list[Sold]:
    """The sales among the lines after one and up to another."""
    query = select(
        SalesEntry.id,
        SalesEntry.town_code,
        SalesEntry.category_id,
        SalesEntry.category_name,
        SalesEntry.product_name,
        SalesEntry.unit,
        SalesEntry.unit_price_fen,
        SalesEntry.amount_fen,
        SalesEntry.net_weight_g,
    ).where(_between(after, through), IS_SALE)
    return [Sold(*row) for row in db.session.execute(query)]


def prices_by_weight(today: date) -> dict[tuple[str, str], dict[int, int]]:
    """How often each price a kilogram was paid in each category in the last 12 months, in fen."""
    per_kg = (SalesEntry.amount_fen * 1000) // SalesEntry.net_weight_g
    query = (
        select(SalesEntry.category_id, per_kg, func.count())
        .where(IS_SALE, _recent(today), SalesEntry.net_weight_g > 0)
        .group_by(SalesEntry.category_id, per_kg)
    )
    usual: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for category_id, price, count in db.session.execute(query):
        usual[str(category_id), "kg"][price] = count
    return usual


def prices_by_unit(lines: Sequence[Sold], today: date) -> dict[tuple[str, str], dict[int, int]]:
    """How often each price of a unit was paid for the products of which some line has no weight."""
    names = {line.product for line in lines if not line.weight_g}
    usual: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    if names:
        what = (SalesEntry.product_name, SalesEntry.unit, SalesEntry.unit_price_fen)
        query = (
            select(*what, func.count())
            .where(IS_SALE, _recent(today), SalesEntry.product_name.in_(names))
            .group_by(*what)
        )
        for product, unit, price, count in db.session.execute(query):
            usual[product, unit][price] = count
    return usual


def refunded_sales(after: int, through: int) -> dict[str, list[Taken]]:
    """Every line of the orders of which something among the new lines went back.

    A sale that was not online stands alone; one that is entered anew was a slip, and is left out.
    """
    back = select(SalesEntry).where(_between(after, through), ~IS_SALE).subquery()
    again = aliased(SalesEntry)
    corrected = (
        select(again.id)
        .where(again.corrects_id == SalesEntry.id, again.kind == EntryKind.SALE)
        .exists()
    )
    of_orders = SalesEntry.order_number.in_(
        select(back.c.order_number).where(back.c.order_number != "")
    )
    offline = select(back.c.corrects_id).where(back.c.order_number == "")
    alone = and_(
        SalesEntry.order_number == "",
        or_(
            and_(SalesEntry.id.in_(offline), ~corrected),
            and_(SalesEntry.corrects_id.in_(offline), ~IS_SALE),
        ),
    )
    query = (
        select(
            SalesEntry.order_number,
            SalesEntry.corrects_id,
            SalesEntry.kind,
            SalesEntry.id,
            SalesEntry.town_code,
            SalesEntry.counted_on,
            SalesEntry.amount_fen,
            SalesEntry.refund_fen,
        )
        .where(or_(of_orders, alone))
        .order_by(SalesEntry.id)
    )
    found: dict[str, list[Taken]] = defaultdict(list)
    for row in db.session.execute(query):
        stands_for = row.id if row.kind is EntryKind.SALE else row.corrects_id
        found[row.order_number or f"entry:{stands_for}"].append(Taken(*row[3:]))
    return found


def related_lines(after: int, through: int) -> list[Tie]:
    """The new sales whose buyer and cooperative are tied by a person, a phone or a name."""
    at_the_time = and_(
        Membership.organisation_id == SalesEntry.cooperative_id,
        Membership.since <= Order.placed_at,
        or_(Membership.ended_at.is_(None), Membership.ended_at > Order.placed_at),
    )
    of_buyer = aliased(Membership)
    member, buyer, seller = aliased(Account), aliased(Account), aliased(Organisation)
    unit = aliased(Organisation)
    numbers = [Order.phone, buyer.phone, unit.phone]
    phones = or_(
        and_(seller.phone != "", seller.phone.in_(numbers)),
        and_(member.phone != "", member.phone.in_(numbers)),
    )
    both = (
        select(of_buyer.id)
        .where(
            of_buyer.organisation_id == Order.organisation_id,
            of_buyer.account_id == Membership.account_id,
            of_buyer.since <= Order.placed_at,
            or_(of_buyer.ended_at.is_(None), of_buyer.ended_at > Order.placed_at),
        )
        .exists()
    )
    online = (
        _ties(SalesEntry.order_number)
        .join(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .join(buyer, buyer.id == Order.account_id)
        .join(seller, seller.id == SalesEntry.cooperative_id)
        .outerjoin(unit, unit.id == Order.organisation_id)
        .outerjoin(Membership, at_the_time)
        .outerjoin(member, member.id == Membership.account_id)
        .where(_between(after, through), IS_SALE)
    )
    same_person = Membership.account_id == Order.account_id
    asked = {
        "same_person": online.where(same_person),
        "shared_member": online.where(both, Membership.account_id != Order.account_id),
        # Somebody's own number says nothing that the person doesn't.
        "same_phone": online.where(phones, or_(Membership.id.is_(None), ~same_person)),
        "same_name": _ties(
            func.coalesce(
                func.nullif(SalesEntry.order_number, ""),
                literal("entry:").concat(cast(SalesEntry.id, String)),
            ),
        ).where(
            _between(after, through), IS_SALE, SalesEntry.buyer_unit == SalesEntry.cooperative_name
        ),
    }
    found: list[Tie] = []
    for reason, query in asked.items():
        rows = db.session.execute(query.distinct().order_by(SalesEntry.id))
        found += [Tie(row[0], row[1], row[2], row[3], row[4], reason, row[5]) for row in rows]
    return found


def months_of(after: int, through: int) -> set[str]:
    """The months in which the new lines count."""
    query = select(SalesEntry.month).where(_between(after, through)).distinct()
    return set(db.session.scalars(query))


def daily_sums(last_day: date, spike_days: int) -> dict[str, dict[date, int]]:
    """What each town sold in fen on each day up to a month's last, and its usual days before."""
    since = last_day - timedelta(days=spike_days + USUAL_DAYS)
    query = (
        select(SalesEntry.town_code, SalesEntry.counted_on, total(SalesEntry.amount_fen))
        .where(SalesEntry.counted_on.between(since, last_day))
        .group_by(SalesEntry.town_code, SalesEntry.counted_on)
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for town, day, fen in db.session.execute(query):
        found[town][day] = fen
    return found


def ids_between(town_code: str, since: date, until: date) -> Sequence[int]:
    """The largest sales of a town within some days."""
    query = (
        select(SalesEntry.id)
        .where(
            SalesEntry.town_code == town_code,
            SalesEntry.counted_on.between(since, until),
            IS_SALE,
        )
        .order_by(SalesEntry.amount_fen.desc(), SalesEntry.id)
        .limit(MOST_LINES)
    )
    return db.session.scalars(query).all()


def list_shared_photos() -> list[Proof]:
    """Where each photo is used that proves more than one sale, the first use first.

    A sheet's evidence proves all its rows in one go; so does a photo of one form.
    """
    occasion = func.coalesce(
        literal("import:").concat(cast(OfflineSale.import_id, String)),
        literal("sale:").concat(cast(OfflineSale.id, String)),
    )
    uses = (
        select(
            OfflineEvidence.sha256.label("sha256"),
            occasion.label("occasion"),
            OfflineSale.entry_id.label("entry_id"),
            EvidenceLink.id.label("link_id"),
        )
        .join(EvidenceLink, EvidenceLink.evidence_id == OfflineEvidence.id)
        .join(
            OfflineSale,
            or_(
                OfflineSale.id == EvidenceLink.sale_id,
                OfflineSale.import_id == EvidenceLink.import_id,
            ),
        )
        .where(OfflineEvidence.kind == EvidenceKind.PHOTO)
        .cte("uses")
    )
    shared = (
        select(uses.c.sha256)
        .group_by(uses.c.sha256)
        .having(func.count(uses.c.occasion.distinct()) > 1)
    )
    query = (
        select(uses.c.sha256, uses.c.occasion, uses.c.entry_id, SalesEntry.town_code)
        .join(SalesEntry, SalesEntry.id == uses.c.entry_id)
        .where(uses.c.sha256.in_(shared))
        .order_by(uses.c.link_id, uses.c.entry_id)
    )
    return [Proof(*row) for row in db.session.execute(query)]


def list_crops(product_ids: Collection[int]) -> list[Crop]:
    """Of each product with batches: all that was harvested, and what was sold since the first.

    What was ordered before the first batch was recorded may be from one that nobody recorded.
    """
    batches = (
        select(
            Batch.product_id.label("of"),
            func.min(Batch.harvested_on).label("since"),
            total(Batch.quantity_g).label("grams"),
        )
        .where(Batch.product_id.in_(product_ids))
        .group_by(Batch.product_id)
        .cte("harvested")
    )
    query = (
        select(
            Product.id,
            Product.name,
            batches.c.since,
            batches.c.grams,
            total(SalesEntry.net_weight_g),
        )
        .join(batches, batches.c.of == Product.id)
        .join(SalesEntry, SalesEntry.product_id == Product.id)
        .where(func.coalesce(SalesEntry.ordered_on, SalesEntry.sold_on) >= batches.c.since)
        .group_by(Product.id, Product.name, batches.c.since, batches.c.grams)
    )
    return [Crop(*row) for row in db.session.execute(query)]


def product_lines(after: int, through: int) -> Mapping[int, dict[tuple[str, str], list[int]]]:
    """The new sales by weight of each product, by town and month."""
    query = select(
        SalesEntry.product_id, SalesEntry.town_code, SalesEntry.month, SalesEntry.id
    ).where(
        _between(after, through),
        IS_SALE,
        SalesEntry.product_id.is_not(None),
        SalesEntry.net_weight_g > 0,
    )
    found: dict[int, dict[tuple[str, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    for product_id, town, month, entry_id in db.session.execute(query.order_by(SalesEntry.id)):
        if product_id is not None:
            found[product_id][town, month].append(entry_id)
    return found


def _listed() -> Select[Any]:
    query: Any = (
        select(Flag, Town, FlagClearance, Account.name)
        .join(Town, Town.code == Flag.town_code)
        .outerjoin(FlagClearance, FlagClearance.flag_id == Flag.id)
        .outerjoin(Account, Account.id == FlagClearance.by_id)
    )
    return as_type(Select[Any], query)


def _ties(bought_as: Any) -> Select[Any]:
    return select(
        SalesEntry.id,
        SalesEntry.town_code,
        SalesEntry.cooperative_id,
        SalesEntry.cooperative_name,
        bought_as,
        SalesEntry.amount_fen,
    )


def _recent(today: date) -> ColumnElement[bool]:
    return SalesEntry.counted_on.between(today - timedelta(days=PRICES_OF_DAYS), today)


def _between(after: int, through: int) -> ColumnElement[bool]:
    return and_(SalesEntry.id > after, SalesEntry.id <= through)
