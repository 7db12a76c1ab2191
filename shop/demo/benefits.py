"""Whom the demo's cooperatives carry along: last quarter handed in, this quarter half filled in."""

from datetime import date, datetime, timedelta
from io import BytesIO

from flask import current_app
from PIL import Image, ImageDraw

from catalog.batches.gateways import StoredReport
from catalog.products.queries import list_product_ids_of
from orders.benefits.gateways import evidence_folder
from orders.benefits.models import DraftLine, Standing, Tie
from orders.benefits.queries import find_report, list_draft
from orders.benefits.rules import Quarter, quarter_of
from orders.benefits.services import (
    HouseholdEntry,
    Identity,
    LineEntry,
    add_evidence,
    add_household,
    copy_last,
    save_line,
    submit,
)
from orders.records.gateways import store_evidence
from shop import clock
from shop.db import transaction
from shop.demo.people import Seller

# Of the cooperative whose sign-in is shown; the others have fewer.
HOUSEHOLDS, FEW = 14, 5
# Of this quarter's lines so many are filled in by now.
FILLED_IN = 9
PAPER, INK = "#FBFAF5", "#2B2B2B"
_STANDINGS = (Standing.ORDINARY, Standing.OUT_OF_POVERTY, Standing.ORDINARY, Standing.MONITORED)
_MONTHS = (0b111, 0b011, 0b110, 0b101)


def report(sellers: list[Seller], at: datetime) -> None:
    """All but the last cooperative reported the quarter before; the live one goes on with this."""
    now = quarter_of(clock.day_of(at))
    last, earlier = now.before, now.before.before
    evidence = store_evidence(_payroll(), evidence_folder(current_app.config["SETTINGS"]))
    for seller in sellers[:-1]:
        is_live = bool(seller.entry.email)
        count = HOUSEHOLDS if is_live else FEW
        _list_households(seller, earlier, count, at)
        _hand_in(seller, earlier, evidence, _handed_in_at(earlier, at))
        _copy_and_fill(seller, last, count, _handed_in_at(last, at))
        _hand_in(seller, last, evidence, _handed_in_at(last, at))
        if is_live:
            _correct(seller, last, _handed_in_at(last, at) + timedelta(hours=3))
            _copy_and_fill(seller, now, FILLED_IN, at - timedelta(hours=2))


def _handed_in_at(quarter: Quarter, at: datetime) -> datetime:
    """In the days in which it was due, or just now."""
    return min(clock.start_of(quarter.until) + timedelta(days=6, hours=2), at - timedelta(hours=6))


def _list_households(seller: Seller, quarter: Quarter, count: int, at: datetime) -> None:
    """Made-up heads of households: one in three is known by a code alone."""
    products, by = list_product_ids_of(seller.cooperative_id), seller.manager_id
    then = _handed_in_at(quarter, at) - timedelta(days=1)
    with transaction():
        for place in range(1, count + 1):
            entry = HouseholdEntry(
                f"{seller.entry.village[-2:]}{place:03d}",
                _STANDINGS[place % len(_STANDINGS)],
                _identity(seller, place, quarter.since) if place % 3 else None,
            )
            household = add_household(seller.cooperative_id, entry, by=by, at=then)
            for tie, product_id in _ties_of(place, products):
                line = LineEntry(household.id, tie, product_id, 0b111, _amount(place, tie), 1)
                save_line(seller.cooperative_id, quarter, None, line, by=by, at=then)


def _ties_of(place: int, products: list[int]) -> list[tuple[Tie, int | None]]:
    ties: list[tuple[Tie, int | None]] = [(Tie.SOLD, products[place % len(products)])]
    if place % 2:
        ties.append((Tie.WAGES, None))
    if place % 5 == 0:
        ties.append((Tie.RENT, None))
    return ties


def _identity(seller: Seller, place: int, signed_on: date) -> Identity:
    """The numbers have DEMO in them: nobody has them."""
    return Identity(
        name=f"演示{'何黄谢林陈'[place % 5]}户",
        identity=f"0000DEMO{seller.cooperative_id:04d}{place:06d}",
        phone="",
        consented_on=signed_on,
    )


def _amount(place: int, tie: Tie, more: int = 0) -> int:
    """In fen: some hundreds of yuan of produce, some thousands of wages."""
    each = {Tie.SOLD: 83_000, Tie.WAGES: 540_000, Tie.RENT: 120_000}[tie]
    return each + place * 4_500 + more


def _copy_and_fill(seller: Seller, quarter: Quarter, households: int, at: datetime) -> None:
    """Last quarter's households in one tap, then amounts for the first of them."""
    own, by = seller.cooperative_id, seller.manager_id
    with transaction():
        copy_last(own, quarter, by=by, at=at)
        begun = find_report(own, quarter)
        assert begun is not None
        lines = list_draft(begun.id)
        some = {line.household_id for line in lines}
        filled = sorted(some)[:households]
        for place, line in enumerate(lines, start=1):
            if line.household_id in filled:
                _fill(seller, quarter, line, place, at)


def _fill(seller: Seller, quarter: Quarter, line: DraftLine, place: int, at: datetime) -> None:
    entry = LineEntry(
        household_id=line.household_id,
        tie=line.tie,
        product_id=line.product_id,
        months=_MONTHS[place % len(_MONTHS)],
        amount_fen=_amount(place, line.tie, 12_500),
        workers=line.workers + (1 if line.workers and place % 4 == 0 else 0),
    )
    save_line(seller.cooperative_id, quarter, line.id, entry, by=seller.manager_id, at=at)


def _correct(seller: Seller, quarter: Quarter, at: datetime) -> None:
    """A line that was missing comes with a second version."""
    own, by = seller.cooperative_id, seller.manager_id
    with transaction():
        begun = find_report(own, quarter)
        assert begun is not None
        first = list_draft(begun.id)[0]
        added = LineEntry(first.household_id, Tie.RENT, None, 0b100, 96_000, 1)
        save_line(own, quarter, None, added, by=by, at=at)
        submit(own, quarter, begun.draft_number, "漏报一户的土地租金", by=by, at=at)


def _hand_in(seller: Seller, quarter: Quarter, evidence: StoredReport, at: datetime) -> None:
    own, by = seller.cooperative_id, seller.manager_id
    with transaction():
        add_evidence(own, quarter, evidence, by=by, at=at)
        begun = find_report(own, quarter)
        assert begun is not None
        submit(own, quarter, begun.draft_number, "", by=by, at=at)


def _payroll() -> BytesIO:
    """A sheet of paper with lines on it: nobody's pay."""
    sheet = Image.new("RGB", (600, 800), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((120, 60, 480, 90), fill=INK)
    for row in range(12):
        pen.line((60, 160 + row * 48, 540, 160 + row * 48), fill=INK, width=2)
    for column in (60, 180, 360, 540):
        pen.line((column, 160, column, 160 + 11 * 48), fill=INK, width=2)
    file = BytesIO()
    sheet.save(file, "JPEG", quality=85)
    file.seek(0)
    return file
