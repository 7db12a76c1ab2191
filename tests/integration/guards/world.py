"""A small world with one of everything, and somebody of every kind to look at it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from catalog.batches.gateways import StoredReport, reports_folder, store_report
from catalog.batches.models import Batch, ReportForm
from catalog.batches.services import keep_report, recall
from catalog.expectations.rules import week_of
from catalog.products.gateways import store_picture
from catalog.products.models import Product
from catalog.products.services.pictures import keep_picture
from catalog.products.services.variants import set_price
from catalog.reviews.models import ListingChange
from catalog.stock.services import set_available
from orders.benefits.gateways import evidence_folder
from orders.benefits.models import Tie
from orders.benefits.queries import find_report
from orders.benefits.rules import quarter_of
from orders.benefits.services import add_evidence, submit
from orders.cart import services as cart
from orders.cart.queries import Owner
from orders.claims.gateways import photos_folder
from orders.claims.models import Claim, Fault
from orders.claims.services import ClaimDraft, keep_photo, open_claim
from orders.closing.models import CloseState
from orders.closing.queries.standings import get_standing
from orders.closing.rules import Standing, month_before
from orders.closing.services import file_month, return_month, review_months
from orders.deliveries.services import load_default_tariff, set_tariff
from orders.exports.gateways.folder import exports_folder
from orders.exports.models import FileKind as ExportKind
from orders.exports.models import PackIssue, Table
from orders.exports.rules.files import Sums
from orders.exports.rules.wanted import AsOf, Wanted
from orders.exports.services.jobs import ask_for, finish
from orders.exports.services.making import Made
from orders.fairs.models import Activity
from orders.fairs.queries.activities import list_staff
from orders.flags.models import Flag, FlagKind
from orders.flags.rules.findings import Finding
from orders.flags.services import raise_flags
from orders.invoices.gateways.document_file import files_folder
from orders.invoices.models import FileKind, TitleKind
from orders.invoices.rules import Title
from orders.invoices.services.files import add_file
from orders.invoices.services.invoices import issue, request_invoices
from orders.offline.gateways.evidence import evidence_folder as offline_evidence_folder
from orders.offline.models import EvidenceKind, OfflineImport
from orders.offline.rules.columns import VOCABULARY as SALES
from orders.offline.services.imports import check_some as check_some_sales
from orders.offline.services.imports import stage as stage_sales
from orders.offline.services.sales import Beside, keep_evidence
from orders.offline.services.sales import enter as enter_offline
from orders.payments.models import Payment, PaymentAttempt, Suspense
from orders.payments.services import capture_transfer
from orders.pickups.models import Pickup, PickupPoint
from orders.pickups.queries import find_pickups
from orders.pickups.services import arrive, assign_keeper
from orders.programmes.models import Verdict as AwardVerdict
from orders.programmes.services import Plan as ProgrammePlan
from orders.programmes.services import decide_award, propose_award, publish_programme
from orders.records.gateways import store_evidence
from orders.records.models import BuyerType, Order, OrderLine
from orders.refunds.models import Refund
from orders.refunds.services.cancellations import cancel_order
from orders.refunds.services.grants import grant
from orders.reviews.models import Review
from orders.reviews.services import review_line
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.queries import Slice
from orders.sales.services import SaleFacts
from orders.shortages.models import Cause, Shortage
from orders.shortages.queries import Goods, get_plan
from orders.shortages.services import Report as ShortageReport
from orders.shortages.services import report_shortage
from orders.target_sheets.models import TargetImport
from orders.target_sheets.rules.columns import VOCABULARY as TARGETS
from orders.target_sheets.services import stage as stage_targets
from orders.targets.services import set_target
from orders.transfers.models import BankReceipt, ReceiptMatch
from orders.transfers.rules import read
from orders.transfers.services.matches import confirm_match, propose_return
from orders.transfers.services.payouts import enter_return_payout
from orders.transfers.services.statements import stage
from shop import clock, outbox
from shop.accounts.administration.services import Offer, invite
from shop.accounts.mandates.models import Mandate
from shop.accounts.mandates.services import give
from shop.accounts.notices.models import Notice
from shop.accounts.passwords.handlers import token_for
from shop.accounts.people.models import (
    Account,
    Appointment,
    MemberRole,
    Office,
    ScopeLevel,
)
from shop.accounts.people.queries import list_addresses
from shop.accounts.people.rules import scope_of
from shop.accounts.people.services import remember_address
from shop.accounts.sessions.services import hash_of
from shop.db import db, transaction
from shop.organisations.models import Organisation
from shop.outbox import OutboxMessage
from shop.places.models import TownDesignation
from shop.sheets.rules.heads import Brought, Head
from shop.uploads import keep
from suppliers.applications.gateways import papers_folder
from suppliers.applications.services import AccountEntry
from suppliers.applications.services import keep_photo as keep_paper_photo
from suppliers.bank_accounts.models import AccountChange
from suppliers.bank_accounts.queries import find_open as find_account_change
from suppliers.bank_accounts.services import ask as ask_account_change
from suppliers.bank_accounts.services import withdraw as stop_account_change
from suppliers.departures.services import ask as ask_to_leave
from suppliers.drafts import services as drafts
from suppliers.licences.models import LicenceRenewal
from suppliers.licences.queries import list_waiting
from suppliers.licences.services import LicenceEntry, submit_renewal, withdraw_renewal
from suppliers.rechecks.models import Recheck
from suppliers.settlements.models import Outcome, PayoutBatch, PayoutRow
from suppliers.settlements.rules import Period
from suppliers.settlements.services.payouts import (
    mark_returned,
    prepare_batch,
    reject_batch,
    release_batch,
)
from suppliers.settlements.services.statements import make_statement
from suppliers.sheets.models import ListingImport
from suppliers.sheets.services import check_some
from suppliers.sheets.services import stage as stage_sheet
from suppliers.shipping.models import TrackingSheet
from suppliers.shipping.services import stage as stage_tracking
from suppliers.verification.models import DocumentKind
from tests.factories.applications import submitted
from tests.factories.benefits import add_line, make_household, make_identity
from tests.factories.catalog import (
    make_batch,
    make_category,
    make_product,
    make_typed,
    picture_bytes,
)
from tests.factories.fairs import make_fair, put_aside, sold, staff
from tests.factories.invoices import PDF
from tests.factories.offline import HEAD as SALES_HEAD
from tests.factories.offline import sale_row
from tests.factories.orders import accepted, dispatched, make_delivery, misfit, paid, place
from tests.factories.people import (
    CITY,
    COUNTY,
    OTHER_TOWN,
    TOWN,
    identifier_of,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_enterprise_member,
    make_finance,
    make_keeper,
    make_official,
    make_places,
    make_policies,
    make_resident,
    sign_in,
)
from tests.factories.pickups import make_point, make_zone
from tests.factories.rechecks import confirmed
from tests.factories.settlements import bank_account
from tests.factories.transfers import HEAD, incoming, received

# Which of the orders a route is about, where it matters on what stage it stands.
STAGES = {
    "cancellations.create": "paid",
    "claim_acts.agree": "claimed",
    "claim_acts.escalate": "claimed",
    "claim_acts.withdraw": "claimed",
    "claims.create": "claimable",
    "claims.new": "claimable",
    "claims.show": "claimed",
    "closures.create": "placed",
    "part_cancellations.new": "to_send",
    "part_cancellations.create_part": "to_send",
    "fulfilment_cancellations.new": "to_send",
    "fulfilment_cancellations.create": "to_send",
    "dispatches.create": "to_send",
    "fulfilment.show": "to_send",
    "packing_slips.show": "to_send",
    "payment_checks.create": "placed",
    "pickup_arrivals.create": "to_arrive",
    "payments.create": "placed",
    "payments.show": "placed",
    "payments.state": "placed",
    "receipts.create": "sent",
    "scanned_parcels.create": "to_send",
    "reorders.create": "refunded",
    "reviews.create": "reviewable",
    "reviews.show": "reviewable",
    "sandbox_payments.create": "placed",
}
# Which of the batches a route is about: by itself the one that can be sent from.
BATCHES = {
    "batch_recalls.buyers": "recalled",
    "recalls.buyers": "recalled",
    "batch_acts.close": "spare",
    "batch_recalls.show": "spare",
    "recalls.show": "spare",
    "batch_recalls.create": "spare",
    "recalls.create": "spare",
}
# Arguments that mean something else here than in other addresses.
EXAMPLES = {
    "coop_numbers.download": {"table": "products"},
    "export_jobs.create": {"kind": "csv"},
    "export_jobs.new": {"kind": "csv"},
    "exports.detail": {"kind": "csv"},
    "exports.pivot": {"kind": "csv"},
    "exports.supply": {"kind": "csv"},
    "exports.summary": {"kind": "xlsx"},
    "payout_batches.download": {"kind": "csv"},
    "results.download": {"kind": "csv"},
    "target_plan.show_area": {"code": COUNTY},
    "targets.show_area": {"code": COUNTY},
}
TOKEN = "a-link-that-works-once"
# Sales that officials enter are called by other names in the world than online ones.
OF_OFFLINE = {
    "entry_id": "offline_entry_id",
    "import_id": "offline_import_id",
    "evidence_id": "proof_id",
    "cooperative_id": "seller_id",
}


class Who(StrEnum):
    """Who can stand before a door of the shop."""

    ANONYMOUS = "anonymous"
    OWNER = "resident whose orders, basket and address they are"
    OTHER = "another resident"
    MEMBER = "member of an enterprise"
    MANAGER = "manager of the cooperative that sells"
    OTHER_MANAGER = "manager of another cooperative"
    PICKER = "picker of the cooperative that sells"
    OTHER_PICKER = "picker of another cooperative"
    ACCOUNTANT = "accountant of the cooperative that sells"
    OTHER_ACCOUNTANT = "accountant of another cooperative"
    BUREAU = "official of the bureau"
    CITY = "official of the city"
    COUNTY = "official of the county"
    TOWN = "official of the town"
    ELSEWHERE = "official of a town elsewhere"
    DELEGATE = "official of the town who acts for the cooperative that sells"
    FINANCE = "finance"
    KEEPER = "keeper of a pick-up point"
    OTHER_KEEPER = "keeper of another pick-up point"
    ADMINISTRATOR = "administrator"


@dataclass
class World:
    """The shop, the addresses by which its people sign in, and what its pages are about."""

    app: Flask
    identifiers: dict[Who, str] = field(default_factory=dict)
    # What stands in addresses for a thing of the owner's, of the manager's or in the town.
    things: dict[str, Any] = field(default_factory=dict)
    _clients: dict[Who, FlaskClient] = field(default_factory=dict)

    def client(self, who: Who) -> FlaskClient:
        """A browser in which this person is signed in."""
        if who not in self._clients:
            client = self.app.test_client()
            if who is not Who.ANONYMOUS:
                with self.app.app_context():
                    account = account_of(self, who)
                sign_in(client, account)
            if who is Who.DELEGATE:
                address = f"/official/mandates/{self.things['held_id']}/desk"
                assert client.post(address).location == "/cooperative"
            self._clients[who] = client
        return self._clients[who]

    def forget(self, who: Who) -> None:
        """Close a person's browser: the next one knows nothing of it."""
        self._clients.pop(who, None)

    def address(self, rule: Rule) -> str:
        """Where a route leads to this world's example of what it is about."""
        arguments = {name: self.example(rule.endpoint, name) for name in rule.arguments}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, arguments | (rule.defaults or {}))

    def example(self, endpoint: str, name: str) -> Any:
        if endpoint.startswith("offline_"):
            name = OF_OFFLINE.get(name, name)
        if endpoint.startswith("target_imports."):
            name = f"target_{name}"
        if endpoint.startswith("passwords."):
            name = f"password_{name}"
        if name in EXAMPLES.get(endpoint, {}):
            return EXAMPLES[endpoint][name]
        if name == "batch_code":
            return self.things["batches"][BATCHES.get(endpoint, "live")]
        stage = STAGES.get(endpoint, "accepted")
        if name == "number":
            return self.things["orders"][stage]
        return self.things["parts"][stage] if name == "sub_number" else self.things[name]

    def act(self, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run something as a view would."""
        with self.app.app_context(), transaction():
            return service(*args, **kwargs)


def make_world(app: Flask) -> World:
    world = World(app)
    now = clock.now()
    world.act(_settle, world, now)
    world.act(_trade, world, now)
    world.act(_administer, world, now)
    world.act(_fill_the_bank, world)
    world.act(_apply, world)
    world.act(_settle_with_the_seller, world, now)
    world.act(_report_benefits, world, now)
    world.act(another_flag, world)
    world.act(another_award, world)
    world.act(another_offline_sale, world)
    world.act(one_offline_sheet, world)
    world.act(one_sheet_of_targets, world)
    return world


def another_pickup(world: World) -> Pickup:
    """One more order that lies at the keeper's point."""
    owner, now = account_of(world, Who.OWNER), clock.now()
    variant = db.session.get_one(Product, world.things["product_id"]).variants[0]
    set_available(variant.id, 1000, by=None, at=now)
    point = db.session.get_one(PickupPoint, world.things["point_id"])
    order = dispatched(paid(place(owner, {variant: 1}, point=point, at=now)))
    pickup = find_pickups([order.sub_orders[0].id])[order.sub_orders[0].id]
    return arrive(pickup.id, by=account_of(world, Who.KEEPER).id, at=now)


def another_paid_order(world: World) -> Order:
    """One more order that its cooperative can send, or its buyer can call off."""
    owner = account_of(world, Who.OWNER)
    variant = db.session.get_one(Product, world.things["product_id"]).variants[0]
    set_available(variant.id, 1000, by=None, at=clock.now())
    return paid(place(owner, {variant: 1}, at=clock.now()))


def one_receipt(world: World) -> BankReceipt:
    """Money that came in and that nobody has matched."""
    return received(1234, "货款", by=world.things["other_finance_id"])


def one_proposal(world: World) -> ReceiptMatch:
    """A proposal of another person of finance: to send a receipt back."""
    by, now = world.things["other_finance_id"], clock.now()
    return propose_return(one_receipt(world).id, "汇错了", by=by, at=now)


def one_owed_return(world: World) -> ReceiptMatch:
    """A receipt that two people have agreed to send back."""
    by = account_of(world, Who.FINANCE).id
    return confirm_match(one_proposal(world).id, by=by, at=clock.now())


def one_owed_refund(world: World) -> Refund:
    """What was too much in a transfer for an order."""
    member, now = account_of(world, Who.MEMBER), clock.now()
    variant = db.session.get_one(Product, world.things["product_id"]).variants[0]
    order = place(member, {variant: 1}, for_unit=True, transfer_days=5, at=now)
    payment_id = db.session.scalars(select(Payment.id).filter_by(order_id=order.id)).one()
    attempt = capture_transfer(payment_id, order.total_fen + 5, at=now)
    return grant(attempt, 5, reason="多付", by=None, at=now)


def one_waiting_batch(world: World) -> PayoutBatch:
    """A batch of payouts of another person of finance: what other batches held is owed again."""
    by, now = world.things["other_finance_id"], clock.now()
    for batch in db.session.scalars(select(PayoutBatch).where(PayoutBatch.decision.is_(None))):
        reject_batch(batch.id, "重做", by=by, at=now)
    released = (PayoutRow.outcome == Outcome.RELEASED) & PayoutRow.returned_at.is_(None)
    for row in db.session.scalars(select(PayoutRow).where(released)):
        mark_returned(row.batch_id, row.id, "户名不符", by=by, at=now)
    batch = prepare_batch("示例安排", by=by, at=now)
    world.things |= {"batch_id": batch.id, "row_id": batch.rows[0].id}
    return batch


def one_released_batch(world: World) -> PayoutBatch:
    """A batch that went to the bank."""
    batch = one_waiting_batch(world)
    release_batch(batch.id, "示例安排", by=account_of(world, Who.FINANCE).id, at=clock.now())
    return batch


def another_fair(world: World) -> Activity:
    """One more fair that is on, with goods put aside, a till and a sale to be explained; routes
    are about it from now on."""
    seller, now = account_of(world, Who.MANAGER), clock.now()
    variant = db.session.get_one(Product, world.things["product_id"]).variants[0]
    set_available(variant.id, 1000, by=None, at=now)
    fair = make_fair(seller.cooperative, by=account_of(world, Who.BUREAU), at=now)
    owner = staff(fair, account_of(world, Who.OWNER))
    allotment = put_aside(fair, variant, 20, by=seller, at=now)
    sold(allotment, owner, 2, at=now)
    doubtful = sold(allotment, owner, 30, at=now)
    world.things |= {
        "activity_id": fair.id,
        "allotment_id": allotment.id,
        "staff_id": list_staff(fair.id)[0].id,
        "till_sale_id": doubtful.id,
        "till_line_id": doubtful.lines[0].id,
    }
    return fair


def another_award(world: World, *, confirmed: bool = False) -> None:
    """One more award of the bureau to the cooperative that sells; routes are about it from now
    on."""
    by, now = account_of(world, Who.BUREAU), clock.now()
    if "programme_id" not in world.things:
        year = clock.day_of(now).year
        plan = ProgrammePlan(year, "产销奖补", "", "按净额的百分之一", 1_000_000_00)
        made = publish_programme(plan, total_fen=30_000_000_00, by=by, at=now)
        world.things["programme_id"] = made.id
    given = {"key": secrets.token_urlsafe(24), "by": by, "at": now}
    of = (world.things["programme_id"], world.things["seller_id"])
    award_id = propose_award(*of, 1_000, "符合第一条", clock.day_of(now), **given)
    assert award_id is not None
    if confirmed:
        decide_award(award_id, AwardVerdict.CONFIRMED, "", by=account_of(world, Who.COUNTY), at=now)
    world.things["award_id"] = award_id


def another_flag(world: World) -> Flag:
    """One more thing that looks odd in the town; routes are about it from now on."""
    entry = db.session.scalars(select(SalesEntry).where(SalesEntry.town_code == TOWN)).first()
    assert entry is not None
    facts = {"product": entry.product_name, "of": "水果", "per": "kg", "lines": 20}
    facts |= {"price_fen": 9_000, "norm_fen": 1_000}
    subject = f"entry:{secrets.token_hex(8)}"
    found = Finding(FlagKind.PRICE, subject, TOWN, facts, [entry.id])
    raise_flags([found], at=clock.now())
    flag: Flag = db.session.scalars(select(Flag).filter_by(subject=subject)).one()
    world.things["flag_id"] = flag.id
    return flag


def another_claim(world: World) -> Claim:
    """One more claim that its cooperative can answer; routes are about it from now on."""
    order = another_sent_order(world)
    part = order.sub_orders[0]
    draft = ClaimDraft({part.lines[0].id: 1}, Fault.SPOILED, "有坏的")
    claim = open_claim(part.id, draft, by=order.account_id, at=clock.now())
    world.things["orders"]["claimed"] = order.number
    world.things["parts"]["claimed"] = part.number
    world.things["claim_id"] = claim.id
    return claim


def another_sent_order(world: World) -> Order:
    """One more order that its buyer can complain about."""
    order = dispatched(another_paid_order(world), at=clock.now())
    world.things["orders"]["claimable"] = order.number
    world.things["parts"]["claimable"] = order.sub_orders[0].number
    return order


def another_accepted_line(world: World) -> OrderLine:
    """One more line that its buyer can review; routes are about it from now on."""
    order = accepted(dispatched(another_paid_order(world), at=clock.now()), at=clock.now())
    line = order.sub_orders[0].lines[0]
    world.things["orders"]["reviewable"] = order.number
    world.things["order_line_id"] = line.id
    return line


def another_review(world: World) -> Review:
    """One more review whose words can be hidden; routes are about it from now on."""
    line, by, now = another_accepted_line(world), account_of(world, Who.OWNER).id, clock.now()
    review_line(line.id, 4, "新鲜", by=by, at=now)
    review = db.session.scalars(select(Review).filter_by(order_line_id=line.id)).one()
    world.things["review_id"] = review.id
    return review


def one_unnamed_sheet(world: World) -> ListingImport:
    """A sheet of which nobody has said what its columns are."""
    heads = [Head("宝贝", None), Head("编码", None)]
    rows = [(2, ["黄皮", "A1"])]
    by, own, now = account_of(world, Who.MANAGER).id, world.things["seller_id"], clock.now()
    return stage_sheet(own, "自己的表.csv", Brought(heads, rows, "0" * 64), by=by, at=now)


# No two sales have the same photo.
_widths = count(641)


def another_offline_sale(world: World) -> None:
    """A sale that the town's official entered, with a photo; routes are about it from now on."""
    by, now = account_of(world, Who.TOWN).id, clock.now()
    folder = offline_evidence_folder(world.app.config["SETTINGS"])
    stored = store_evidence(BytesIO(picture_bytes(width=next(_widths))), folder)
    proof = keep_evidence(stored, EvidenceKind.PHOTO, "照片.jpg", by=by, at=now)
    key = uuid4().hex
    product = db.session.get_one(Product, world.things["product_id"])
    facts = SaleFacts(
        sold_on=clock.day_of(now),
        cooperative_id=world.things["seller_id"],
        category_id=product.category_id,
        product_id=product.id,
        product_name=product.name,
        spec="散装",
        unit="斤",
        quantity_milli=int(key[:7], 16) + 1,
        unit_price_fen=1000,
        amount_fen=int(key[:7], 16) + 1,
        net_weight_g=None,
        channel=Channel.OFFLINE,
        mode=Mode.DIRECT,
        buyer_type=BuyerType.RESIDENT,
        buyer_unit="",
        buyer_district="香洲区",
    )
    sale = enter_offline(facts, Beside(key=key, evidence_ids=(proof.id,)), by=by, at=now)
    world.things |= {"offline_entry_id": sale.entry_id, "proof_id": proof.id}


def a_loose_proof(world: World) -> int:
    """A file that an official of the town just brought, and that proves nothing yet."""
    by, now, digest = account_of(world, Who.TOWN).id, clock.now(), uuid4().hex * 2
    stored = StoredReport(ReportForm.PDF, digest, 100)
    proof = keep_evidence(stored, EvidenceKind.SLIP, "凭证.pdf", by=by, at=now)
    world.things["loose_proof_id"] = proof.id
    return proof.id


def one_offline_sheet(world: World, *, is_named: bool = True) -> OfflineImport:
    """A sheet of sales that waits for an official's decision: a row that is right, one that is
    wrong, and one that may be the first again. Others are thrown away: only so many may wait."""
    by, now = account_of(world, Who.TOWN).id, clock.now()
    waiting = select(OfflineImport).where(
        OfflineImport.applied_at.is_(None), OfflineImport.discarded_at.is_(None)
    )
    for other in db.session.scalars(waiting):
        other.discarded_at, other.ended_by_id = now, by
    seller = db.session.get_one(Organisation, world.things["seller_id"])
    day, number = clock.day_of(now).isoformat(), str(int(uuid4().hex[:5], 16) + 1)
    changes = {"accepted_on": day, "quantity": number, "unit_price": "1", "amount": number}
    right, wrong = sale_row(seller.name, **changes), sale_row("没有的合作社")
    rows = [(2, right), (3, wrong), (4, right)]
    heads = [Head(head, None) for head in SALES_HEAD]
    if is_named:
        heads = SALES.read_heads(SALES_HEAD, {})
    sheet = stage_sales(TOWN, "台账.csv", Brought(heads, rows, "0" * 64), by=by, at=now)
    while check_some_sales(sheet.id, at=now):
        db.session.flush()
    world.things["offline_import_id"] = sheet.id
    return sheet


def one_sheet_of_targets(world: World) -> TargetImport:
    """A sheet that waits for the administrator: one target, another number each time. Others are
    thrown away: only so many may wait."""
    by, now = account_of(world, Who.ADMINISTRATOR).id, clock.now()
    waiting = select(TargetImport).where(
        TargetImport.applied_at.is_(None), TargetImport.discarded_at.is_(None)
    )
    for other in db.session.scalars(waiting):
        other.discarded_at, other.ended_by_id = now, by
    heads = TARGETS.read_heads(["行政区划代码", "年度", "目标(万元)"], {})
    rows = [(2, [TOWN, "2030", str(int(uuid4().hex[:4], 16) + 1)])]
    sheet = stage_targets("目标.csv", Brought(heads, rows, "0" * 64), by=by, at=now)
    world.things["target_import_id"] = sheet.id
    return sheet


def one_checked_sheet(world: World) -> ListingImport:
    """A sheet that waits for its cooperative's decision, with a row that is wrong."""
    heads = [Head("商品名称", "name"), Head("价格", "price_fen")]
    rows = [(2, ["黄皮", "many"])]
    by, own, now = account_of(world, Who.MANAGER).id, world.things["seller_id"], clock.now()
    sheet = stage_sheet(own, "商品.csv", Brought(heads, rows, "0" * 64), by=by, at=now)
    while check_some(sheet.id, at=now, review_above=30):
        db.session.flush()
    return sheet


def one_tracking_sheet(world: World) -> TrackingSheet:
    """A sheet of tracking numbers that waits: a row that can be shipped, and one that can't."""
    part = another_paid_order(world).sub_orders[0].number
    rows = [
        (2, {"part": part, "carrier": "顺丰速运", "number": f"SF{part[-7:]}"}),
        (3, {"part": "C20200101-AAAAAAA", "number": "many"}),
    ]
    by, own, now = account_of(world, Who.MANAGER).id, world.things["seller_id"], clock.now()
    return stage_tracking(own, "单号.csv", "", rows, by=by, at=now)


def account_of(world: World, who: Who) -> Account:
    return db.session.scalars(select(Account).filter_by(email=world.identifiers[who])).one()


def _settle(world: World, now: datetime) -> None:
    """Places, texts, organisations and people."""
    make_places()
    make_policies()
    load_default_tariff(at=now)
    seller, elsewhere = make_cooperative(TOWN), make_cooperative(OTHER_TOWN)
    people = {
        Who.OWNER: make_resident(),
        Who.OTHER: make_resident(),
        Who.MEMBER: make_enterprise_member(),
        Who.MANAGER: make_cooperative_member(seller),
        Who.OTHER_MANAGER: make_cooperative_member(elsewhere),
        Who.PICKER: make_cooperative_member(seller, MemberRole.PICKER),
        Who.OTHER_PICKER: make_cooperative_member(elsewhere, MemberRole.PICKER),
        Who.ACCOUNTANT: make_cooperative_member(seller, MemberRole.ACCOUNTANT),
        Who.OTHER_ACCOUNTANT: make_cooperative_member(elsewhere, MemberRole.ACCOUNTANT),
        Who.BUREAU: make_official(),
        Who.CITY: make_official(ScopeLevel.CITY, CITY),
        Who.COUNTY: make_official(ScopeLevel.COUNTY, COUNTY),
        Who.TOWN: make_official(ScopeLevel.TOWN, TOWN),
        Who.ELSEWHERE: make_official(ScopeLevel.TOWN, OTHER_TOWN),
        Who.DELEGATE: make_official(ScopeLevel.TOWN, TOWN),
        Who.FINANCE: make_finance(),
        Who.KEEPER: make_keeper(),
        Who.OTHER_KEEPER: make_keeper(),
        Who.ADMINISTRATOR: make_administrator(),
    }
    world.identifiers = {who: account.email or "" for who, account in people.items()}
    forgetful = make_finance()
    world.things |= {"holder_id": forgetful.id, "holder": identifier_of(forgetful)}
    spare, helper = make_finance(), make_cooperative_member(seller, MemberRole.PICKER)
    db.session.flush()
    appointment = select(Appointment.id).filter_by(account_id=spare.id)
    designation = select(TownDesignation.id).filter_by(town_code=TOWN)
    world.things |= {
        "code": TOWN,
        "town_code": TOWN,
        "month": month_before(clock.month_of(clock.day_of(now))),
        "other_finance_id": spare.id,
        "kind": "agreement",
        "seller_id": seller.id,
        "member_id": helper.id,
        "appointment_id": db.session.scalars(appointment).one(),
        "designation_id": db.session.scalars(designation).one(),
        # The administrator suspends and admits a cooperative on which nothing else here depends.
        "cooperative_id": make_cooperative(TOWN).id,
    }
    manager = account_of(world, Who.MANAGER)
    world.things["recheck_id"] = confirmed(seller, manager.id, at=now).id
    leaver = make_cooperative(TOWN)
    world.things["leaver_id"] = leaver.id
    ask_to_leave(leaver.id, "不再种了", by=manager.id, at=now)
    world.things["held_id"] = _let_act(world, Who.DELEGATE, now).id
    another_mandate(world)


def _export(world: World, now: datetime) -> None:
    """A file of the town that the worker made for its official, in the pack of a month."""
    by = account_of(world, Who.TOWN)
    wanted = Wanted(
        table=Table.DETAIL,
        kind=ExportKind.CSV,
        by=None,
        part=Slice(scope=scope_of(by), since=date(2026, 9, 1), until=date(2026, 9, 30)),
        filters={},
        about=("石鼓镇",),
    )
    issue = PackIssue(account_id=by.id, month="2026-09", made_at=now)
    db.session.add(issue)
    db.session.flush()
    job = ask_for(wanted, by=by.id, at=now, issue_id=issue.id)
    folder = exports_folder(world.app.config["SETTINGS"])
    content = b"a file that was made"
    digest = keep(content, folder, ".csv")
    made = Made(0, Sums(0, 0), AsOf(now, 0), "0" * 64, digest, len(content))
    finish(job.id, wanted, made, at=now)
    world.things |= {
        "job_id": job.id,
        "record_id": job.record_id,
        "pack_month": issue.month,
    }


def another_mandate(world: World) -> Mandate:
    """One that the town's official holds beside, and that can end; routes are about it."""
    mandate = _let_act(world, Who.TOWN, clock.now())
    world.things["mandate_id"] = mandate.id
    return mandate


def recheck_anew(world: World) -> None:
    """The re-check of the cooperative that sells is as if nobody had done anything."""
    recheck = db.session.get_one(Recheck, world.things["recheck_id"])
    recheck.confirmed_at = None


def confirm_anew(world: World) -> None:
    """It waits for signatures, of a version that nobody has read."""
    recheck_anew(world)
    db.session.flush()
    seller = db.session.get_one(Organisation, world.things["seller_id"])
    confirmed(seller, account_of(world, Who.MANAGER).id)


def bring_month(world: World, state: CloseState) -> None:
    """The month that routes are about is in a state short of locked; one that was locked stays so,
    and the month before it is taken."""
    now = clock.now()
    town, county, city = (account_of(world, who).id for who in (Who.TOWN, Who.COUNTY, Who.CITY))

    def standing() -> Standing:
        return get_standing(TOWN, world.things["month"])

    while standing().state is CloseState.LOCKED:
        world.things["month"] = month_before(world.things["month"])
    month = world.things["month"]
    if standing().state is CloseState.REVIEWED:
        return_month(TOWN, month, standing().version, "再核对", by=city, at=now)
    if standing().state is CloseState.FILED:
        return_month(TOWN, month, standing().version, "再核对", by=county, at=now)
    if state is not CloseState.OPEN:
        file_month(TOWN, month, standing().version, "", by=town, at=now)
    if state is CloseState.REVIEWED:
        review_months(month, {TOWN: standing().version}, "", by=county, at=now)


def _let_act(world: World, who: Who, now: datetime) -> Mandate:
    official, today = account_of(world, who), clock.day_of(now)
    appointment = official.official_appointment
    assert appointment is not None
    manager = account_of(world, Who.MANAGER).id
    until = today + timedelta(days=30)
    return give(world.things["seller_id"], appointment.id, today, until, by=manager, at=now)


def _trade(world: World, now: datetime) -> None:
    """A product with a photograph, and an order on every stage of its way."""
    another_change(world)
    owner, seller_id = account_of(world, Who.OWNER), world.things["seller_id"]
    seller = account_of(world, Who.MANAGER).cooperative
    product = make_product(seller, stock=2000, at=now)
    product.picture_id = _photograph(world.app, seller_id, now)
    db.session.flush()
    db.session.expire(product, ["picture"])
    variant = product.variants[0]
    earlier = now - timedelta(days=6)
    orders = {
        "placed": place(owner, {variant: 2}, at=now),
        "paid": paid(place(owner, {variant: 1}, at=now)),
        "to_send": paid(place(owner, {variant: 1}, at=now)),
        "sent": dispatched(paid(place(owner, {variant: 3}, at=earlier))),
        "accepted": accepted(dispatched(paid(place(owner, {variant: 2}, at=earlier)))),
        "refunded": paid(place(owner, {variant: 1}, at=now)),
    }
    point = _open_points(world, now)
    orders["to_arrive"] = dispatched(paid(place(owner, {variant: 1}, point=point, at=now)))
    refund = cancel_order(orders["refunded"].id, reason="买家取消", by=owner.id, at=now)
    misfit(place(owner, {variant: 1}, at=now), 1)
    title = Title(TitleKind.PERSONAL, "何小满", "", "hexiaoman@shop.example", "")
    part_id = orders["accepted"].sub_orders[0].id
    file_id = _invoice_file(world, part_id, title, now)
    invoice = request_invoices([part_id], title, by=owner.id, at=now)[0]
    db.session.flush()
    world.things |= {
        "file_id": file_id,
        "invoice_id": invoice.id,
        "product_id": product.id,
        "variant_id": variant.id,
        "sha256": product.picture.sha256 if product.picture else "",
        "draft_id": _draft(world, seller_id, product.picture_id, now),
        "upload_key": "0" * 32,
        "category_id": make_category().id,
        "refund_id": refund.id,
        "attempt_id": db.session.scalars(select(PaymentAttempt.id)).first(),
        "suspense_id": db.session.scalars(select(Suspense.id)).one(),
        "orders": {name: order.number for name, order in orders.items()},
        "parts": {name: order.sub_orders[0].number for name, order in orders.items()},
        "notice_id": db.session.scalars(select(Notice.id).filter_by(account_id=owner.id)).first(),
        "entry_id": db.session.scalars(select(SalesEntry.id)).first(),
        "shortage_id": _run_short(world, owner, now).id,
    }
    _harvest(world, product, now)
    world.things["import_id"] = one_checked_sheet(world).id
    world.things["sheet_id"] = one_tracking_sheet(world).id
    another_fair(world)
    _export(world, now)
    claim = another_claim(world)
    another_sent_order(world)
    another_review(world)
    another_accepted_line(world)
    folder = photos_folder(world.app.config["SETTINGS"])
    photo = keep_photo(owner.id, store_picture(BytesIO(picture_bytes()), folder), at=now)
    photo.claim_id = claim.id
    world.things["photo_id"] = photo.id
    # Ordering took this variant out of the basket.
    cart.add(Owner(account_id=owner.id), variant.id, 1, at=now)


def _run_short(world: World, owner: Account, now: datetime) -> Shortage:
    """The goods of one order are missing; the last units of another product."""
    seller = account_of(world, Who.MANAGER).cooperative
    goods = make_product(seller, name="龙眼", stock=2, at=now).variants[0]
    paid(place(owner, {goods: 2}, at=now))
    of = Goods(seller.id, goods.id)
    plan = get_plan(of, 1)
    said = ShortageReport(of, 1, Cause.SPOILED, "烂了一箱", "缺货（坏了、烂了）：烂了一箱")
    by = account_of(world, Who.PICKER).id
    key = "the-shortage-of-the-world"
    return report_shortage(said, key=key, seen=plan.fingerprint, by=by, at=now)


def _invoice_file(world: World, part_id: int, title: Title, now: datetime) -> int:
    """The file of an invoice that is closed by now, so that another one can be asked for."""
    owner, manager = account_of(world, Who.OWNER).id, account_of(world, Who.MANAGER).id
    invoice = request_invoices([part_id], title, by=owner, at=now)[0]
    issue(invoice.id, "26440000000000000000", clock.day_of(now), by=manager, at=now)
    folder = files_folder(world.app.config["SETTINGS"])
    sha256, document_id = keep(PDF, folder, ".pdf"), invoice.documents[0].id
    file = add_file(invoice.id, document_id, FileKind.PDF, sha256, len(PDF), by=manager, at=now)
    invoice.closed_at = now
    db.session.flush()
    return file.id


def another_account_change(world: World) -> AccountChange:
    """Another bank account that waits for a second person; routes are about it from now on."""
    by, now, seller_id = account_of(world, Who.MANAGER).id, clock.now(), world.things["seller_id"]
    waiting = find_account_change(seller_id)
    if waiting is not None:
        stop_account_change(seller_id, waiting.id, by=by, at=now)
    entry = AccountEntry(holder="示例户名", bank="示例农商银行", number="6222020000000005678")
    change = ask_account_change(seller_id, entry, by=by, at=now)
    world.things["change_id"] = change.id
    return change


def another_renewal(world: World) -> LicenceRenewal:
    """A renewed licence that waits for the office; routes are about it from now on."""
    by, now, seller_id = account_of(world, Who.MANAGER).id, clock.now(), world.things["seller_id"]
    for waiting in list_waiting(seller_id):
        withdraw_renewal(seller_id, waiting.id, by=by, at=now)
    folder = papers_folder(world.app.config["SETTINGS"])
    photo = keep_paper_photo(by, store_picture(BytesIO(picture_bytes()), folder), at=now)
    entry = LicenceEntry(kind=DocumentKind.OTHER, number="G-1", expires_on=None, photo_id=photo)
    renewal = submit_renewal(seller_id, entry, by=by, at=now)
    world.things["renewal_id"] = renewal.id
    return renewal


def _apply(world: World) -> None:
    """The owner applies for a cooperative, which its town looks at just now."""
    another_renewal(world)
    another_account_change(world)
    owner = account_of(world, Who.OWNER)
    application = submitted(owner)
    stored = store_picture(BytesIO(picture_bytes()), papers_folder(world.app.config["SETTINGS"]))
    document = application.documents[0]
    document.photo_id = keep_paper_photo(owner.id, stored, at=clock.now())
    world.things |= {
        "application_id": application.id,
        "document_id": document.id,
        "sample_id": application.products[0].id,
        "picture_id": document.photo_id,
    }


def another_batch(world: World) -> Batch:
    """One more small batch, which can be called back or used up."""
    product = db.session.get_one(Product, world.things["product_id"])
    batch = make_batch(product, quantity_g=1, at=clock.now())
    world.things["batches"]["spare"] = batch.code
    return batch


def another_change(world: World) -> ListingChange:
    """One more price of the seller's that waits for the platform; routes are about it from now
    on."""
    manager, now = account_of(world, Who.MANAGER), clock.now()
    variant = make_product(manager.cooperative, name="送审的荔枝", at=now).variants[0]
    limit = {"seen": 1, "review_above": 30}
    edited = set_price(
        world.things["seller_id"], variant.id, 15_000, by=manager.id, at=now, **limit
    )
    assert edited.waits is not None
    world.things["change_id"] = edited.waits.id
    return edited.waits


def _harvest(world: World, product: Product, now: datetime) -> None:
    """The batch that orders were sent from, with a public report; one that was called back."""
    live = db.session.scalars(select(Batch).filter_by(product_id=product.id)).one()
    bad = make_batch(product, quantity_g=1, at=now)
    world.things["batches"] = {"live": live.code, "recalled": bad.code}
    another_batch(world)
    recall(bad.code, "农残超标", by=account_of(world, Who.ADMINISTRATOR).id, at=now)
    folder = reports_folder(world.app.config["SETTINGS"])
    stored = store_report(BytesIO(picture_bytes()), folder)
    owner, by = product.cooperative_id, account_of(world, Who.MANAGER).id
    report = keep_report(owner, live.code, stored, public=True, by=by, at=now)
    world.things["report_id"] = report.id


def _open_points(world: World, now: datetime) -> PickupPoint:
    """Two points with a keeper each, and one of the first's who is dismissed."""
    administrator, spare = account_of(world, Who.ADMINISTRATOR), make_keeper()
    db.session.flush()
    make_point(account_of(world, Who.OTHER_KEEPER), by=administrator, at=now)
    point = make_point(account_of(world, Who.KEEPER), by=administrator, at=now)
    assign_keeper(point.id, spare.id, by=administrator.id, at=now)
    zone = make_zone(by=administrator)
    world.things |= {"point_id": point.id, "account_id": spare.id, "zone_id": zone.id}
    return point


def _photograph(app: Flask, cooperative_id: int, now: datetime) -> int:
    stored = store_picture(BytesIO(picture_bytes()), app.config["SETTINGS"].uploads_folder)
    return keep_picture(cooperative_id, stored.sha256, stored.width, stored.height, at=now).id


def _draft(world: World, cooperative_id: int, picture_id: int | None, now: datetime) -> int:
    """A listing that is filled in and not on sale yet."""
    by, typed = account_of(world, Who.MANAGER).id, make_typed()
    given = {"picture_id": picture_id, "by": by, "at": now}
    return drafts.save(cooperative_id, "a-draft-of-the-world", typed, **given).id


def _administer(world: World, now: datetime) -> None:
    """An address, a target, a tariff of a cooperative's own, and an invitation."""
    administrator = account_of(world, Who.ADMINISTRATOR)
    owner = account_of(world, Who.OWNER)
    remember_address(owner.id, make_delivery(), at=now)
    set_target(TOWN, clock.day_of(now).year, 100_000_000, "年初下达", by=administrator.id, at=now)
    tariff = dict.fromkeys(("first_g", "first_fen", "step_g", "step_fen"), 1000)
    set_tariff(
        world.things["cooperative_id"],
        **tariff,
        free_from_fen=None,
        lead_days=3,
        by=administrator.id,
        at=now,
    )
    outbox.post("mail", "mail:dead", {"to": "somebody@shop.example"}, at=now)
    message = db.session.scalars(select(OutboxMessage).filter_by(key="mail:dead")).one()
    message.dead_at, message.last_error = now, "OSError: no line"
    offer = Offer(email="invited@shop.example", office=Office.FINANCE)
    invitation = invite(offer, by=administrator.id, at=now)
    invitation.token_hash = hash_of(TOKEN)
    manager = account_of(world, Who.MANAGER)
    colleague = Offer(email="colleague@shop.example", organisation=manager.cooperative)
    offered = invite(colleague, by=manager.id, at=now)
    db.session.flush()
    world.things |= {
        "token": TOKEN,
        "password_token": token_for(make_resident()),
        "invitation_id": invitation.id,
        "offer_id": offered.id,
        "message_id": message.id,
        "address_id": list_addresses(owner.id)[0].id,
    }


def _fill_the_bank(world: World) -> None:
    """A statement to decide on, a receipt, and something of everything that two people do."""
    by, now = world.things["other_finance_id"], clock.now()
    reading = read([HEAD, incoming("8.00"), incoming("many")], clock.day_of(now))
    payout = enter_return_payout(one_owed_return(world).id, "PAY-0", by=by, at=now)
    world.things |= {
        "statement_id": stage("流水.csv", "0" * 64, reading, by=by, at=now).id,
        "receipt_id": one_receipt(world).id,
        "match_id": one_proposal(world).id,
        "payout_id": payout.id,
        "owed_refund_id": one_owed_refund(world).id,
        "owed_return_id": one_owed_return(world).id,
    }


def _settle_with_the_seller(world: World, now: datetime) -> None:
    """A statement of what was accepted, and a batch that waits for its second person."""
    today, seller_id = clock.day_of(now), world.things["seller_id"]
    period = Period(today - timedelta(days=15), today - timedelta(days=1))
    statement = make_statement(seller_id, period, at=now)
    assert statement is not None
    manager = account_of(world, Who.MANAGER)
    bank_account(db.session.get_one(Organisation, seller_id), manager, at=now)
    one_waiting_batch(world)
    world.things["settlement_id"] = statement.id


def bring_evidence(world: World, now: datetime) -> int:
    """A file in the draft of the seller's report."""
    quarter, by = quarter_of(clock.day_of(now)).before, account_of(world, Who.MANAGER).id
    folder = evidence_folder(world.app.config["SETTINGS"])
    stored = store_evidence(BytesIO(picture_bytes()), folder)
    return add_evidence(world.things["seller_id"], quarter, stored, by=by, at=now)


def _report_benefits(world: World, now: datetime) -> None:
    """Last quarter's report was handed in, with a household that may be named."""
    seller = db.session.get_one(Organisation, world.things["seller_id"])
    quarter = quarter_of(clock.day_of(now)).before
    given = {"by": account_of(world, Who.MANAGER).id, "at": now}
    household = make_household(seller, identity=make_identity(1), **given)
    line_id = add_line(household, quarter, Tie.RENT, **given)
    evidence_id = bring_evidence(world, now)
    report = find_report(seller.id, quarter)
    assert report is not None
    version = submit(seller.id, quarter, report.draft_number, "", **given)
    world.things |= {
        "quarter": quarter.code,
        "week": week_of(clock.day_of(clock.now())).code,
        "household_id": household.id,
        "line_id": line_id,
        "evidence_id": evidence_id,
        "version_id": version.id,
    }
