"""Whenever an official, finance or an administrator sees other people's data, the log says so."""

import pytest
from flask import Flask
from sqlalchemy import select

from orders.invoices.models import Invoice
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from shop.web.audience import personal_of
from tests.integration.guards.submissions import _ask_for_an_invoice
from tests.integration.guards.test_every_route_and_role import ROUTES, Outcome
from tests.integration.guards.world import Who, World, account_of, one_released_batch

pytestmark = pytest.mark.sqlite_only

OVERSEERS = {
    *(Who.BUREAU, Who.CITY, Who.COUNTY, Who.TOWN, Who.ELSEWHERE, Who.DELEGATE),
    *(Who.FINANCE, Who.ADMINISTRATOR),
}
# Pages that show names, phones, addresses, households, bank accounts or evidence.
PAGES = set(
    """
    application_desk.show application_photos.show recheck_desk.show cooperative_register.show
    licence_renewals.show account_changes.index account_changes.show payout_batches.show
    payouts.index receipt_matches.index bank_receipts.index bank_receipts.show bank_statements.show
    finance_orders.show invoice_desk.index invoice_desk.show invoice_files.show claim_desk.show
    claim_photos.show recalls.show outgoing.show outgoing.index offices.index pickup_points.edit
    review_hidings.show benefit_overview.show ledger.index ledger.show fulfilment.index
    fulfilment.show packing_slips.index packing_slips.show scanned_parcels.show
    tracking_files.to_send cooperative_claims.show batch_recalls.show second_factor_resets.new
    offline_sales.index offline_sales.show offline_sales.new offline_corrections.new_reversal
    offline_corrections.new_correction offline_imports.show offline_imports.rejected
    activities.show activities.list_sales activities.list_lines flags.show export_jobs.fetch
    """.split()
)
# Files that leave the shop, and by which act the log calls it.
FILES = {
    "recalls.buyers": "recall.export",
    "batch_recalls.buyers": "recall.export",
    "settlements.download": "download_settlement",
    "payout_batches.download": "download_payout",
    "exports.detail": "export_detail",
    "exports.pivot": "export_pivot",
    "exports.supply": "export_supply",
    "exports.summary": "export_summary",
    "offline_evidence.show": "view_sale_evidence",
}
PERIOD = "?from=2026-01&to=2026-10&week=2026-W40"


def test_the_table_names_every_page_that_is_marked(app: Flask) -> None:
    marked = {name for name, view in app.view_functions.items() if personal_of(view)}
    assert marked == PAGES


def test_each_look_is_one_entry_that_says_whose(world: World) -> None:
    wrong = []
    world.act(one_released_batch, world)
    for endpoint in sorted(PAGES | set(FILES)):
        for who in sorted(OVERSEERS):
            if ROUTES[endpoint][who] is Outcome.OK:
                wrong += complaints(world, endpoint, who)
    assert wrong == [], "\n".join(wrong)


def complaints(world: World, endpoint: str, who: Who) -> list[str]:
    client, before = world.client(who), last_id(world)
    path = addresses(world, endpoint) + (PERIOD if endpoint.startswith("exports") else "")
    if endpoint == "offline_sales.new":
        path += f"?like={world.things['offline_entry_id']}"
    answer = client.get(path)
    answer.close()
    found = entries(world, before)
    act = FILES.get(endpoint, "view_personal")
    by = world.act(lambda: account_of(world, who).id)
    said = [(entry.act, entry.account_id) for entry in found]
    if answer.status_code != 200 or said != [(act, by)]:
        return [f"{endpoint}: {who}: {answer.status} {said} instead of one {act}"]
    if act == "view_personal" and found[0].detail["page"] != endpoint:
        return [f"{endpoint}: the entry names {found[0].detail}"]
    return []


def addresses(world: World, endpoint: str) -> str:
    (rule,) = world.app.url_map.iter_rules(endpoint)
    return world.address(rule)


def last_id(world: World) -> int:
    query = select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)
    return world.act(lambda: db.session.scalar(query)) or 0


def entries(world: World, after: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)
    found: list[AuditEntry] = world.act(lambda: list(db.session.scalars(query)))
    return found


def test_buyers_and_cooperatives_looking_at_what_is_theirs_write_nothing(world: World) -> None:
    before = last_id(world)
    for who, endpoint in (
        (Who.OWNER, "claim_photos.show"),
        (Who.OWNER, "invoice_files.show"),
        (Who.MANAGER, "fulfilment.show"),
        (Who.MANAGER, "invoice_desk.show"),
    ):
        assert look(world, who, endpoint) == 200
    assert entries(world, before) == []


def test_a_new_sale_shows_the_buyer_of_another_only_when_asked_to_and_inside_the_scope(
    world: World,
) -> None:
    path, other = addresses(world, "offline_sales.new"), world.things["offline_entry_id"]
    before = last_id(world)
    assert world.client(Who.TOWN).get(path).status_code == 200
    assert world.client(Who.ELSEWHERE).get(f"{path}?like={other}").status_code == 404
    assert entries(world, before) == []
    assert world.client(Who.TOWN).get(f"{path}?like={other}").status_code == 200
    (entry,) = entries(world, before)
    assert (entry.subject, entry.subject_id) == ("offline_sale", str(other))


def test_pictures_of_a_page_are_part_of_its_entry(world: World) -> None:
    before = last_id(world)
    assert look(world, Who.FINANCE, "claim_photos.show", "image") == 200
    assert entries(world, before) == []
    assert look(world, Who.FINANCE, "claim_photos.show", "document") == 200
    assert len(entries(world, before)) == 1


def look(world: World, who: Who, endpoint: str, wanted_as: str = "document") -> int:
    headers = {"Sec-Fetch-Dest": wanted_as}
    answer = world.client(who).get(addresses(world, endpoint), headers=headers)
    answer.close()
    return answer.status_code


def test_numbers_are_masked_until_somebody_asks_and_that_is_written_down(world: World) -> None:
    _ask_for_an_invoice(world)
    number = world.act(lambda: db.session.scalars(select(Invoice.id).order_by(Invoice.id)).all())[
        -1
    ]
    path, whole = f"/invoices/{number}", "hexiaoman@shop.example"
    finance, manager = world.client(Who.FINANCE), world.client(Who.MANAGER)
    assert whole in manager.get(path).text
    masked = finance.get(path).text
    assert whole not in masked
    assert "h***@shop.example" in masked
    before = last_id(world)
    answer = finance.post("/account/disclosures", data={"path": path})
    assert answer.location.startswith(f"{path}?shown=")
    assert whole in finance.get(answer.location).text
    shown, seen = entries(world, before)
    assert (shown.act, shown.subject, shown.subject_id) == ("show_personal", "invoice", str(number))
    assert (seen.act, seen.detail["whole"]) == ("view_personal", True)
    # For this person and this page alone.
    assert whole not in finance.get(f"{path}?shown=made-up").text
    token = answer.location.partition("?")[2]
    other = world.client(Who.DELEGATE)
    assert whole not in other.get(f"{path}?{token}").text


def test_only_pages_that_show_somebody_are_shown(world: World) -> None:
    before = last_id(world)
    for path in ("", "/", "//evil.example", "/finance", "/admin/people", "/nowhere"):
        answer = world.client(Who.FINANCE).post("/account/disclosures", data={"path": path})
        assert (answer.status_code, answer.location) == (303, "/"), path
    assert entries(world, before) == []
