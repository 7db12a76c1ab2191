"""Households and benefit reports, made by the real services. Call them inside an act."""

from datetime import date, datetime
from itertools import count

from catalog.batches.gateways import StoredReport
from catalog.batches.models import ReportForm
from orders.benefits.models import BenefitVersion, Household, Standing, Tie
from orders.benefits.queries import find_report
from orders.benefits.rules import Quarter
from orders.benefits.services import (
    HouseholdEntry,
    Identity,
    LineEntry,
    add_evidence,
    add_household,
    save_line,
    submit,
)
from shop.organisations.models import Organisation

_numbers = count(1)


def make_identity(number: int) -> str:
    """A citizen's number with a right check character that nobody has: there is no such area."""
    first = f"990101199001{number:05d}"
    weighed = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first))
    return first + "10X98765432"[weighed % 11]


def make_household(
    cooperative: Organisation,
    *,
    by: int,
    at: datetime,
    code: str | None = None,
    standing: Standing = Standing.ORDINARY,
    identity: str = "",
    phone: str = "",
) -> Household:
    """A household; with a number it is one whose head agreed to be named."""
    given = None
    if identity or phone:
        given = Identity("何水生", identity, phone, date(2026, 1, 5))
    entry = HouseholdEntry(code or f"H{next(_numbers):03d}", standing, given)
    return add_household(cooperative.id, entry, by=by, at=at)


def add_line(
    household: Household,
    quarter: Quarter,
    tie: Tie = Tie.SOLD,
    amount_fen: int | None = 10_000,
    *,
    by: int,
    at: datetime,
    months: int = 1,
    workers: int = 1,
    product_id: int | None = None,
) -> int:
    """A line in the draft of the household's cooperative."""
    entry = LineEntry(household.id, tie, product_id, months, amount_fen, workers)
    return save_line(household.cooperative_id, quarter, None, entry, by=by, at=at)


def hand_in(
    cooperative: Organisation, quarter: Quarter, reason: str = "", *, by: int, at: datetime
) -> BenefitVersion:
    """Hand the draft in as it is, with a file that supports it."""
    stored = StoredReport(ReportForm.PICTURE, "0" * 64, 100)
    add_evidence(cooperative.id, quarter, stored, by=by, at=at)
    report = find_report(cooperative.id, quarter)
    seen = report.draft_number if report else 1
    return submit(cooperative.id, quarter, seen, reason, by=by, at=at)
