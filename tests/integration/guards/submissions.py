"""What each form of the shop would send, filled in so that it is accepted.

The fields are read from the page on which a form stands; FORMS says which page that is, who sees
it, and what to fill in. A route that takes no fields stands in BARE.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from argon2 import PasswordHasher
from sqlalchemy import delete, func, select, update

from catalog.products.models import Product, Variant
from orders.benefits.models import BenefitReport, DraftLine, Evidence, Tie
from orders.benefits.queries import find_report
from orders.benefits.rules import read_quarter
from orders.cart import services as cart
from orders.cart.queries import Owner
from orders.claims import services as claims
from orders.closing.models import CloseState
from orders.deliveries.queries import list_zones
from orders.invoices.models import Invoice, TitleKind
from orders.invoices.rules import Title
from orders.invoices.services.invoices import issue, request_invoices
from orders.offline.models import OfflineHead
from orders.offline.rules.columns import Column as SalesColumn
from orders.payments.models import Suspense
from orders.pickups.models import WrongCode
from orders.programmes.models import Pledge
from orders.records.models import SubOrder
from orders.shortages.queries import Goods, get_plan
from orders.transfers.models import Decision, ReceiptMatch
from shop import clock
from shop.accounts.administration.services import Offer, invite
from shop.accounts.factors.models import RecoveryCode, SecondFactor
from shop.accounts.factors.rules import code_of, step_at
from shop.accounts.factors.services import begin as begin_factor
from shop.accounts.factors.services import enrol
from shop.accounts.passwords.handlers import token_for
from shop.accounts.people.models import Invitation, Office
from shop.accounts.sessions.models import SignInAttempt
from shop.accounts.sessions.services import hash_of
from shop.db import db
from shop.organisations.models import Organisation
from shop.outbox import OutboxMessage
from shop.places.models import TownDesignation
from shop.secrets import open_sealed
from suppliers.applications import services as applications
from suppliers.bank_accounts.queries import find_open as find_account_change
from suppliers.bank_accounts.services import withdraw as stop_account_change
from suppliers.departures.services import withdraw as withdraw_departure
from suppliers.rechecks.models import Recheck
from suppliers.sheets.models import KnownHead, ListingImport
from suppliers.shipping.models import TrackingSheet
from suppliers.verification.models import Application
from tests.factories.applications import fill_in
from tests.factories.benefits import make_identity
from tests.factories.catalog import picture_bytes
from tests.factories.invoices import PDF
from tests.factories.offline import HEAD as SALES_HEAD
from tests.factories.offline import sale_row
from tests.factories.orders import TOWN_CODE
from tests.factories.people import (
    PASSWORD,
    SINCE,
    TOWN,
    give_second_factor,
    make_credit_code,
    make_resident,
)
from tests.factories.sheets import HEAD as SHEET_HEAD
from tests.factories.sheets import new_row
from tests.factories.transfers import HEAD, as_csv, incoming
from tests.integration.guards.world import (
    Who,
    World,
    a_loose_proof,
    account_of,
    another_accepted_line,
    another_account_change,
    another_award,
    another_batch,
    another_change,
    another_claim,
    another_fair,
    another_flag,
    another_offline_sale,
    another_paid_order,
    another_pickup,
    another_renewal,
    another_review,
    another_sent_order,
    bring_evidence,
    bring_month,
    confirm_anew,
    one_offline_sheet,
    one_owed_refund,
    one_owed_return,
    one_proposal,
    one_receipt,
    one_released_batch,
    one_sheet_of_targets,
    one_unnamed_sheet,
    one_waiting_batch,
    recheck_anew,
)
from tests.parts.codes import secret_of
from tests.parts.pages import Page

Fields = dict[str, Any]
_CONTROLS = {"input", "select", "textarea", "button"}
_CHOSEN = {"hidden", "radio", "checkbox", "select", "button", "submit", "file"}
_numbers = count(5000)


@dataclass(frozen=True)
class Form:
    """A form: the page that shows it, who fills it in, with what, and what must be so before."""

    page: str
    who: Who
    filled: Mapping[str, Any] | Callable[[World], Fields] = field(default_factory=dict)
    prepare: Callable[[World], None] | None = None
    # What the page's address ends with.
    query: str | Callable[[World], str] = ""


@dataclass(frozen=True)
class Submission:
    """A form as it stands on its page, filled in and ready to be sent."""

    action: str
    fields: Fields
    # The names of its controls, and of those the ones in which people type.
    names: frozenset[str]
    typed: frozenset[str]


def compose(world: World, endpoint: str, form: Form) -> Submission:
    """Make ready what the form needs, open its page and fill it in."""
    _prepare(world, form)
    query = form.query(world) if callable(form.query) else form.query
    page, action = address_of(world, form.page) + query, address_of(world, endpoint)
    answer = world.client(form.who).get(page)
    assert answer.status_code == 200, f"{page}: {answer.status}"
    controls = controls_of(answer.text, action)
    assert controls, f"there is no form for {action} on {page}"
    shown = next(f for f in Page(answer.text).forms if urlsplit(f.action).path == action)
    filled = _filled(world, form)
    typed = frozenset(name for name, is_typed in controls.items() if is_typed)
    names = frozenset(controls) | filled.keys()
    return Submission(action, {**shown.fields, **filled}, names, typed)


def once_more(world: World, endpoint: str, form: Form, before: Submission) -> Submission:
    """The same form after it was sent: without opening its page again."""
    _prepare(world, form)
    fields = {**before.fields, **_filled(world, form)}
    return replace(before, action=address_of(world, endpoint), fields=fields)


def _prepare(world: World, form: Form) -> None:
    if form.who is Who.ANONYMOUS:
        world.forget(form.who)
    if form.prepare:
        form.prepare(world)


def _filled(world: World, form: Form) -> Fields:
    return dict(form.filled(world) if callable(form.filled) else form.filled)


def valid_fields(world: World, endpoint: str) -> Fields:
    """What strangers send to a door that is not theirs: what would be accepted from others."""
    form = next((form for name, form in FORMS if name == endpoint), None)
    return compose(world, endpoint, form).fields if form else {}


def address_of(world: World, endpoint: str) -> str:
    """The address of a route; if it has several, the one that says most."""
    rules = world.app.url_map.iter_rules(endpoint)
    return world.address(
        max(rules, key=lambda rule: len(rule.arguments - {*(rule.defaults or ())}))
    )


def controls_of(html: str, action: str) -> dict[str, bool]:
    """The controls of the forms with this action by name, and whether people type in them."""
    found: dict[str, bool] = {}
    for path, controls in Forms(html).found:
        found |= controls if path == action else {}
    return found


class Forms(HTMLParser):
    """Where each form of a page leads, and its controls, ticked or not."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, bool]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.found.append((urlsplit(given.get("action") or "").path, {}))
        elif tag in _CONTROLS and name and self.found:
            kind = given.get("type", "text") if tag == "input" else tag
            self.found[-1][1][name] = kind not in _CHOSEN


# ── What must be so before ──────────────────────────────────────────────────────────────────────


def _fill_basket(world: World) -> None:
    world.act(_put_one_into_basket, world)


def _put_one_into_basket(world: World) -> None:
    product = db.session.get_one(Product, world.things["product_id"])
    owner = Owner(account_id=account_of(world, Who.OWNER).id)
    lock = cart.lock_basket(owner)
    if lock is not None:
        cart.take_out(lock, [product.variants[0].id])
    cart.add(owner, product.variants[0].id, 1, at=clock.now())


def _connect_payment(world: World) -> None:
    """Have the provider know the order that waits for its money."""
    answer = world.client(Who.OWNER).post(address_of(world, "payments.create"))
    assert answer.status_code == 303


def _pay_one_more(world: World) -> None:
    order = world.act(another_paid_order, world)
    world.things["orders"]["to_send"] = order.number
    world.things["parts"]["to_send"] = f"{order.number}A"


def _accept_one_more(world: World) -> None:
    world.act(another_accepted_line, world)


def _review_one_more(world: World) -> None:
    world.act(another_review, world)


def _claim_one_more(world: World) -> None:
    world.act(another_claim, world)


def _send_one_more(world: World) -> None:
    world.act(another_sent_order, world)


def _refuse_one_more(world: World) -> None:
    """A claim that its buyer can take to the platform."""
    _claim_one_more(world)
    given = {"by": account_of_manager(world), "at": clock.now()}
    world.act(claims.answer, world.things["claim_id"], claims.Answer(0, "没有问题"), **given)


def _escalate_one_more(world: World) -> None:
    """A claim that the platform can decide."""
    _claim_one_more(world)
    world.act(claims.escalate, world.things["claim_id"], "", by=None, at=clock.now())


def account_of_manager(world: World) -> int:
    number: int = world.act(lambda: account_of(world, Who.MANAGER).id)
    return number


def _arrive_one_more(world: World) -> None:
    world.act(lambda: db.session.execute(delete(WrongCode)))
    world.things["pickup_code"] = world.act(lambda: another_pickup(world).code)


def _open_month(world: World) -> None:
    world.act(bring_month, world, CloseState.OPEN)


def _file_month(world: World) -> None:
    world.act(bring_month, world, CloseState.FILED)


def _review_month(world: World) -> None:
    world.act(bring_month, world, CloseState.REVIEWED)


def _keep_one_zone(world: World) -> None:
    """Towns can be in one zone only: the next one needs those of the last."""
    keep = world.things["zone_id"]

    def remove() -> None:
        for zone in list_zones():
            if zone.id != keep:
                db.session.delete(zone)

    world.act(remove)


def _invite_one_more(world: World) -> None:
    world.act(_invite, world)


def _invite(world: World) -> None:
    number = next(_numbers)
    by, now = account_of(world, Who.ADMINISTRATOR).id, clock.now()
    offer = Offer(email=f"guest{number}@shop.example", office=Office.FINANCE)
    world.things["token"] = f"link-{number}"
    invite(offer, by=by, at=now).token_hash = hash_of(world.things["token"])


def _ask_for_a_link(world: World) -> None:
    def link() -> str:
        return token_for(make_resident(f"forgot{next(_numbers)}@shop.example"))

    world.things["password_token"] = world.act(link)


def _forget_attempts(world: World) -> None:
    world.act(lambda: db.session.execute(delete(SignInAttempt)))


def lay_down_factor(world: World) -> None:
    number = world.act(account_of, world, Who.OTHER).id
    world.act(_forget_factor, number)


def _begin_factor(world: World) -> None:
    lay_down_factor(world)
    _forget_attempts(world)
    world.act(begin_factor, world.act(account_of, world, Who.OTHER).id, at=clock.now())


def _have_factor(world: World) -> None:
    lay_down_factor(world)
    _forget_attempts(world)
    world.act(lambda: give_second_factor(account_of(world, Who.OTHER)))


def _let_factor_stand(world: World) -> None:
    """The one of the person whom the world's reset is about, as if never used."""
    world.act(_forget_factor, world.things["holder_id"])
    enrolled = {"at": SINCE}
    world.act(enrol, world.things["holder_id"], secret_of(world.things["holder"]), **enrolled)


def _forget_factor(account_id: int) -> None:
    for model in (RecoveryCode, SecondFactor):
        db.session.execute(delete(model).where(model.account_id == account_id))


def _give_holders_password(world: World) -> None:
    """Somebody is half signed in: their code is asked for."""
    _forget_attempts(world)
    _let_factor_stand(world)
    given = {"identifier": world.things["holder"], "password": PASSWORD}
    answer = world.client(Who.ANONYMOUS).post("/sign-in", data=given)
    assert answer.location.startswith("/sign-in/code")


def _holders_code(world: World) -> Fields:
    return {"code": _code_of(world, world.things["holder_id"])}


def _own_code(world: World) -> Fields:
    return {"code": _code_of(world, world.act(account_of, world, Who.OTHER).id)}


def _code_of(world: World, account_id: int) -> str:
    code: str = world.act(
        lambda: code_of(
            open_sealed(db.session.get_one(SecondFactor, account_id).sealed_secret),
            step_at(clock.now()),
        )
    )
    return code


def _restore_password(world: World) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    world.act(lambda: setattr(account_of(world, Who.OTHER), "password_hash", cheap))


def _reopen_designation(world: World) -> None:
    number = world.things["designation_id"]
    world.act(lambda: setattr(db.session.get_one(TownDesignation, number), "until", None))


def _not_let_in(world: World) -> None:
    number = world.things["cooperative_id"]
    world.act(lambda: setattr(db.session.get_one(Organisation, number), "admitted_at", None))


def _let_sell(world: World) -> None:
    _suspend(world, None)


def _stop_selling(world: World) -> None:
    _suspend(world, clock.now())


def _suspend(world: World, at: datetime | None) -> None:
    def suspend() -> None:
        cooperative = db.session.get_one(Organisation, world.things["cooperative_id"])
        cooperative.admitted_at = cooperative.admitted_at or clock.now()
        cooperative.suspended_at = at

    world.act(suspend)


def _keep_one_variant(world: World) -> None:
    """A listing that is sold in hundreds of ways would only make its page slow."""
    first = world.things["variant_id"]
    others = (Variant.product_id == world.things["product_id"]) & (Variant.id > first)
    world.act(
        lambda: db.session.execute(update(Variant).where(others).values(withdrawn_at=clock.now()))
    )


def _withdraw_offers(world: World) -> None:
    """A colleague may invite only so many at once."""
    world.act(lambda: db.session.execute(update(Invitation).values(expires_at=clock.now())))


def _reopen_suspense(world: World) -> None:
    number = world.things["suspense_id"]
    unsettled = dict.fromkeys(("settled_at", "settled_by_id", "ending"))
    world.act(
        lambda: db.session.execute(
            update(Suspense).where(Suspense.id == number).values(note="", **unsettled)
        )
    )


def _kill_message(world: World) -> None:
    """A message that was given up, and that nobody has put aside yet."""
    world.act(
        lambda: db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == world.things["message_id"])
            .values(dead_at=clock.now(), delivered_at=None, discarded_at=None)
        )
    )


def _receive_one_more(world: World) -> None:
    world.things["receipt_id"] = world.act(one_receipt, world).id


def _propose_one_more(world: World) -> None:
    """The only proposal that waits: those of other forms would fill the page."""
    waiting = update(ReceiptMatch).where(ReceiptMatch.decision.is_(None))
    now = clock.now()
    world.act(
        lambda: db.session.execute(
            waiting.values(
                decision=Decision.REJECTED,
                decided_at=now,
                decided_by_id=account_of(world, Who.ADMINISTRATOR).id,
            )
        )
    )
    world.things["match_id"] = world.act(one_proposal, world).id


def _owe_one_refund_more(world: World) -> None:
    world.things["owed_refund_id"] = world.act(one_owed_refund, world).id


def _owe_one_return_more(world: World) -> None:
    world.things["owed_return_id"] = world.act(one_owed_return, world).id


def _prepare_one_more(world: World) -> None:
    world.act(one_waiting_batch, world)


def _release_one_more(world: World) -> None:
    world.act(one_released_batch, world)


def _offline_sale(world: World) -> Fields:
    """Of another amount each time, so that it looks like no other sale."""
    return {
        "sold_on": clock.day_of(clock.now()).isoformat(),
        "product": str(world.things["variant_id"]),
        "quantity": "1",
        "unit_price": "",
        "amount": f"{int(uuid4().hex[:6], 16) / 1000 + 1:.2f}",
        "channel": "offline",
        "buyer_type": "resident",
        "buyer_district": "香洲区",
        "key": uuid4().hex,
        **_loose_proof(world),
    }


def _correction_of_a_sale(world: World) -> Fields:
    return {**_offline_sale(world), "reason": "数量填错"}


def _loose_proof(world: World) -> Fields:
    return {"kept_files": str(world.things["loose_proof_id"])}


def _bundle(world: World) -> Fields:
    return {"covers": "all", **_loose_proof(world)}


def _sales_file(world: World) -> Fields:
    return {"file": (_FileToSendAgain(as_csv([SALES_HEAD, sale_row("没有")])), "台账.csv")}


def _named_sales_columns(world: World) -> Fields:
    return {f"column_{place}": column.value for place, column in enumerate(SalesColumn)}


def _bring_a_loose_proof(world: World) -> None:
    world.act(a_loose_proof, world)


def _sell_once_more(world: World) -> None:
    world.act(another_offline_sale, world)
    world.act(a_loose_proof, world)


def _bring_a_sales_sheet(world: World) -> None:
    world.act(one_offline_sheet, world)
    world.act(a_loose_proof, world)


def _targets_file(world: World) -> Fields:
    rows = [["镇", "年度", "目标"], ["没有", "2030", "1"]]
    return {"file": (_FileToSendAgain(as_csv(rows)), "目标.csv")}


def _bring_a_sheet_of_targets(world: World) -> None:
    world.act(one_sheet_of_targets, world)


def _bring_an_unnamed_sales_sheet(world: World) -> None:
    world.act(lambda: db.session.execute(delete(OfflineHead)))
    world.act(one_offline_sheet, world, is_named=False)


def _end_sheets(world: World) -> None:
    """Only so many may wait for a decision."""
    keep = world.things["import_id"]
    waiting = update(ListingImport).where(ListingImport.id != keep)
    by, now = account_of_manager(world), clock.now()
    ended = waiting.where(ListingImport.applied_at.is_(None)).values(
        discarded_at=now, ended_by_id=by
    )
    world.act(lambda: db.session.execute(ended))


def _bring_a_sheet_of_their_own(world: World) -> None:
    """Its columns have to be named first."""
    _end_sheets(world)
    world.act(lambda: db.session.execute(delete(KnownHead)))
    world.things["import_id"] = world.act(one_unnamed_sheet, world).id


def _free_for_an_invoice(world: World) -> None:
    open_ = update(Invoice).where(Invoice.closed_at.is_(None))
    world.act(lambda: db.session.execute(open_.values(closed_at=clock.now())))


def _ask_for_an_invoice(world: World) -> None:
    _free_for_an_invoice(world)
    world.act(_request, world)


def _issue_one_that_is_too_high(world: World) -> None:
    _ask_for_an_invoice(world)
    world.act(_issue, world)


def _request(world: World) -> None:
    part = db.session.scalars(
        select(SubOrder).filter_by(number=world.things["parts"]["accepted"])
    ).one()
    title = Title(TitleKind.PERSONAL, "何小满", "", "hexiaoman@shop.example", "")
    owner = account_of(world, Who.OWNER)
    made = request_invoices([part.id], title, by=owner.id, at=clock.now())
    world.things["invoice_id"] = made[0].id


def _issue(world: World) -> None:
    now, by = clock.now(), account_of(world, Who.MANAGER).id
    number, day = _invoice_number(), clock.day_of(now)
    invoice = issue(world.things["invoice_id"], number, day, by=by, at=now)
    invoice.too_high_since = now


def _take_back(world: World) -> None:
    """The owner's application can be changed."""
    world.act(_reopen_application, world)


def _fill_application(world: World) -> None:
    """It can be handed in."""
    world.act(lambda: fill_in(_reopen_application(world)))


def _hand_in_application(world: World) -> None:
    """Its town can sign it, or give it back."""
    world.act(_submit_application, world)


def _submit_application(world: World) -> None:
    application = _reopen_application(world)
    fill_in(application)
    by, now = application.applicant_id, clock.now()
    applications.submit(application.id, application.version, by=by, at=now)


def _reopen_application(world: World) -> Application:
    application = db.session.get_one(Application, world.things["application_id"])
    if application.submitted_at is not None:
        applications.withdraw(application.id, by=application.applicant_id, at=clock.now())
    for document in application.documents[1:]:
        db.session.delete(document)
    db.session.flush()
    db.session.expire(application)
    return application


def _forget_sold_lines(world: World) -> None:
    """A household sells its produce on one line."""
    sold = delete(DraftLine).where(DraftLine.tie == Tie.SOLD)
    world.act(lambda: db.session.execute(sold))


def _forget_evidence(world: World) -> None:
    """Only so many files fit into a draft."""
    world.act(lambda: db.session.execute(update(Evidence).values(removed_at=clock.now())))


def _change_the_report(world: World) -> None:
    """A draft that is not what was handed in, with a file that supports it."""
    _forget_evidence(world)
    world.act(bring_evidence, world, clock.now())


def _correction(world: World) -> Fields:
    def draft_number() -> int:
        quarter = read_quarter(world.things["quarter"])
        assert quarter is not None
        report = find_report(world.things["seller_id"], quarter)
        assert isinstance(report, BenefitReport)
        return report.draft_number

    return {"seen": str(world.act(draft_number)), "reason": "漏报一户"}


def _household(world: World) -> Fields:
    number = next(_numbers)
    return {
        "code": f"户{number}",
        "standing": "monitored",
        "name": "何水生",
        "identity": make_identity(number),
        "phone": f"139{number:08d}",
        "consent": "y",
        "consented_on": "2026-01-05",
    }


# ── The forms ───────────────────────────────────────────────────────────────────────────────────

_ADDRESS = {
    "recipient": "何小满",
    "phone": "13800000000",
    "town_code": TOWN_CODE,
    "street": "港一路 8 号 2 栋 301",
}
_VARIANT = {
    "spec": "10斤装",
    "unit": "箱",
    "net_weight": "10",
    "weight_unit": "jin",
    "price": "39.90",
    "measure": "volume",
    "measure_amount": "2",
    "perishable": "y",
    "presale_ships_on": str(clock.day_of(clock.now()) + timedelta(days=30)),
    "presale_cap": "500",
    "tier_from_1": "10",
    "tier_price_1": "35",
    "tier_from_2": "20",
    "tier_price_2": "30.5",
    "reason": "今年雨多",
}
_PRODUCT = {
    "name": "青皮冬瓜",
    "description": "沙地种的。",
    "village": "上村",
    "months": ["1", "2"],
}
_AGREED = {"agreement": "y", "privacy": "y", "password": PASSWORD}
# A town that may be assisted and is not.
_NOT_YET_ASSISTED = "440981104"


def _newcomer(world: World) -> Fields:
    return {"name": "何小满", "identifier": f"new{next(_numbers)}@shop.example", **_AGREED}


def _new_enterprise(world: World) -> Fields:
    number = next(_numbers)
    organisation = {
        "organisation": f"示例{number}号工会",
        "enterprise_type": "union",
        "credit_code": make_credit_code(number),
        "phone": "07561234567",
    }
    return _newcomer(world) | organisation | {"as": "enterprise"}


def _new_cooperative(world: World) -> Fields:
    number = next(_numbers)
    return {
        "name": f"示例{number}号合作社",
        "credit_code": make_credit_code(number),
        "town_code": TOWN,
        "village": "上村",
        "phone": "13800000000",
        "introduction": "我们是示例合作社。",
    }


def _named_cooperative(world: World) -> Fields:
    number = next(_numbers)
    return {"name": f"申请{number}号合作社", "credit_code": make_credit_code(number)}


def _new_zone(world: World) -> Fields:
    number = next(_numbers)
    return {
        "name": f"海岛{number}",
        "surcharge_fen": "15",
        "extra_days": "2",
        "free_from_fen": "199",
        "town_codes": ["440402106", "440402107"],
    }


def _new_point(world: World) -> Fields:
    return {
        "name": f"{next(_numbers)}号自提点",
        "town_code": TOWN_CODE,
        "address": "港一路 8 号便利店",
        "opening_hours": "每天 8:00–21:00",
        "cut_off": "20:00",
        "lead_days": "0",
        "fee_fen": "2",
    }


def _new_category(world: World) -> Fields:
    number = next(_numbers)
    return {"name": f"类别{number}", "slug": f"category-{number}", "certificate_covered": "y"}


def _one_day(world: World) -> Fields:
    """A designation for a day that no other one covers."""
    day = date(2030, 1, 1) + timedelta(days=next(_numbers))
    town = {"town_code": _NOT_YET_ASSISTED, "evidence": "文件", "confirmed": "y"}
    return town | {"since": day.isoformat(), "until": day.isoformat()}


def _order(world: World) -> Fields:
    key = f"made-for-this-page-only-{next(_numbers)}"
    agreed = {"address": "new", "buyer": "self", "perishables": "y", "checkout_key": key}
    return {**_ADDRESS, **agreed}


def _shipment(world: World) -> Fields:
    key = f"made-for-this-form-only-{next(_numbers)}"
    return {"carrier": "other", "other": "示例快递", "numbers": "SF1234567890", "key": key}


def _shortage(world: World) -> Fields:
    """One unit, seen and confirmed."""
    goods = Goods(world.things["seller_id"], world.things["variant_id"])
    plan = world.act(lambda: get_plan(goods, 1).fingerprint)
    key = f"made-for-this-report-only-{next(_numbers)}"
    return {"units": "1", "cause": "other", "note": "摔了一箱", "plan": plan, "key": key}


def _scanned(world: World) -> Fields:
    number = next(_numbers)
    return {"number": f"SF{number:010d}", "key": f"made-for-this-scan-only-{number}"}


def _slip_of_one_part(world: World) -> str:
    return f"?code={world.things['parts']['to_send']}"


def _tracking_file(world: World) -> Fields:
    row = [world.things["parts"]["to_send"], "SF1234567890"]
    return {"file": (_FileToSendAgain(as_csv([["订单号", "快递单号"], row])), "单号.csv")}


def _end_tracking_sheets(world: World) -> None:
    """Only so many may wait for a decision."""
    keep = TrackingSheet.id != world.things["sheet_id"]
    waiting = update(TrackingSheet).where(keep, TrackingSheet.confirmed_at.is_(None))
    world.act(lambda: db.session.execute(waiting.values(discarded_at=clock.now())))


def _listing(world: World) -> Fields:
    return {**_PRODUCT, **_VARIANT, "stock": "5", "category": str(world.things["category_id"])}


def _harvest_of_today(world: World) -> Fields:
    return {
        "product": str(world.things["product_id"]),
        "harvested_on": clock.day_of(clock.now()).isoformat(),
        "quantity": "300",
        "basis": "controlled",
        "key": f"a-harvest-of-today-{next(_numbers)}",
    }


def _report(world: World) -> Fields:
    return {"report": (_FileToSendAgain(picture_bytes()), "报告.jpg")}


def _harvest_one_more(world: World) -> None:
    world.act(another_batch, world)


def _propose_one_more(world: World) -> None:
    world.act(another_change, world)


def _invoice_number() -> str:
    return f"2644{next(_numbers):016d}"


def _document(world: World) -> Fields:
    return {"number": _invoice_number(), "issued_on": clock.day_of(clock.now()).isoformat()}


def _row_of_a_sheet(world: World) -> Fields:
    document = _document(world)
    row = f"{world.things['parts']['accepted']} {document['number']} {document['issued_on']}"
    return {"pasted": row}


def _who_forgot(world: World) -> Fields:
    return {"identifier": world.identifiers[Who.OTHER]}


def _known(world: World) -> Fields:
    return {"identifier": world.identifiers[Who.OTHER], "password": PASSWORD}


def _guest(**fields: str) -> Callable[[World], Fields]:
    return lambda world: {"email": f"guest{next(_numbers)}@shop.example", **fields}


def _member(world: World) -> Fields:
    return {"identifier": f"guest{next(_numbers)}@shop.example", "role": "picker"}


_DEPARTURE = {"reason": "不再种了", "understood": "y"}


def _stay(world: World) -> None:
    """Nothing else here depends on whether the other cooperative sells."""

    def stay() -> None:
        other = account_of(world, Who.OTHER_MANAGER)
        if other.cooperative and other.cooperative.leaving_at:
            withdraw_departure(other.cooperative.id, by=other.id, at=clock.now())

    world.act(stay)


_ACCOUNT = {
    "holder": "示例户名",
    "bank": "示例农商银行",
    "number": "6222020000000009999",
    "consent": "y",
}


def _ask_anew(world: World) -> None:
    world.act(another_account_change, world)


def _without_account_change(world: World) -> None:
    def stop() -> None:
        seller_id = world.things["seller_id"]
        waiting = find_account_change(seller_id)
        if waiting is not None:
            by = account_of(world, Who.MANAGER).id
            stop_account_change(seller_id, waiting.id, by=by, at=clock.now())

    world.act(stop)


def _renewal_of_licence(world: World) -> Fields:
    photo = (_FileToSendAgain(picture_bytes()), "licence.jpg")
    return {"kind": "business_licence", "number": "G-2", "open_ended": "y", "photo": photo}


def _renew_anew(world: World) -> None:
    world.act(another_renewal, world)


_RECHECK = {"contact": "黄社长", "licences_hold": "y", "sells_from_town": "y"}


def _recheck_anew(world: World) -> None:
    world.act(recheck_anew, world)


def _confirm_anew(world: World) -> None:
    world.act(confirm_anew, world)


def _latest_recheck(name: str) -> Callable[[World], Fields]:
    def filled(world: World) -> Fields:
        with world.app.app_context():
            version = db.session.get_one(Recheck, world.things["recheck_id"]).version
            return {"version": str(version), name: "已到村里核对"}

    return filled


def _mandate(world: World) -> Fields:
    with world.app.app_context():
        appointment = account_of(world, Who.TOWN).official_appointment
        assert appointment is not None
        return {"appointment": str(appointment.id)}


class _FileToSendAgain(BytesIO):
    """Whoever sends it closes it; the next one sends it from its beginning."""

    def close(self) -> None:
        self.seek(0)


def _sheet_file(world: World) -> Fields:
    return {"file": (_FileToSendAgain(as_csv([SHEET_HEAD, new_row()])), "商品.csv")}


def _named_columns(world: World) -> Fields:
    return {"column_0": "name", "column_1": "-"}


def _statement_file(world: World) -> Fields:
    return {"file": (_FileToSendAgain(as_csv([HEAD, incoming("1.00")])), "流水.csv")}


def _invoice_file(world: World) -> Fields:
    return {"file": (_FileToSendAgain(PDF), "发票.pdf")}


def _waiting_order(world: World) -> Fields:
    return {"order": world.things["orders"]["placed"], "note": "电话核对"}


def _bank_reference(world: World) -> Fields:
    return {"reference": f"PAY{next(_numbers)}"}


def _pledge(world: World) -> Fields:
    member = world.act(lambda: account_of(world, Who.MEMBER).enterprise.credit_code)
    town = world.act(lambda: account_of(world, Who.MANAGER).cooperative.town_code)
    return {"enterprise": member, "town": town, "amount": "5", "seen": str(_pledged(world))}


def _pledged(world: World) -> int:
    return int(world.act(lambda: db.session.scalar(select(func.max(Pledge.version)))) or 0)


def _another_award(world: World) -> None:
    world.act(another_award, world)


def _confirmed_award(world: World) -> None:
    world.act(another_award, world, confirmed=True)


def _another_flag(world: World) -> None:
    world.act(another_flag, world)


def _another_fair(world: World) -> None:
    world.act(another_fair, world)


def _activity(world: World) -> Fields:
    day = clock.day_of(clock.now())
    return {
        "kind": "fair",
        "name": f"第 {next(_numbers)} 次展销会",
        "place": "示例广场",
        "from_on": day.isoformat(),
        "until_on": (day + timedelta(days=2)).isoformat(),
        "hosts": "示例单位",
        "towns": [TOWN],
        "cooperatives": [str(world.things["seller_id"])],
        "plan": "12.5",
        "plan_tonnes": "3.2",
        "text": "带上布袋。",
    }


def _till_sale(world: World) -> Fields:
    return {"key": str(uuid4()), f"units_{world.things['allotment_id']}": "1", "unit": "示例工会"}


_DROPPED = {"verdict": "dropped", "note": "多按了一下"}
_COUNTED = {"verdict": "counted", "note": "多带了几箱"}

FORMS: list[tuple[str, Form]] = [
    ("activities.create", Form("activities.new", Who.BUREAU, _activity)),
    ("activities.update", Form("activities.edit", Who.BUREAU, _activity, _another_fair)),
    (
        "activities.cancel",
        Form("activities.show", Who.BUREAU, {"reason": "台风"}, _another_fair),
    ),
    (
        "fair_staff.create",
        Form(
            "activities.show",
            Who.BUREAU,
            lambda world: {"identifier": world.identifiers[Who.OTHER], "cooperative": ""},
            _another_fair,
        ),
    ),
    ("fair_staff.decide", Form("activities.show", Who.TOWN, _DROPPED, _another_fair)),
    (
        "cooperative_fairs.put_aside",
        Form("cooperative_fairs.show", Who.MANAGER, {"units": "7", "price": "7"}, _another_fair),
    ),
    (
        "cooperative_fairs.decide",
        Form("cooperative_fairs.show", Who.MANAGER, _COUNTED, _another_fair),
    ),
    (
        "expectations.create",
        # Another amount each time: what stays as it is makes no version.
        Form(
            "expectations.show",
            Who.MANAGER,
            lambda world: {"amounts-0": str(next(_numbers)), "amounts-3": "12.5"},
        ),
    ),
    ("till.create", Form("till.show", Who.OWNER, _till_sale, _another_fair)),
    (
        "programmes.create",
        Form(
            "programmes.new",
            Who.BUREAU,
            lambda w: {
                "name": f"第 {next(_numbers)} 个项目",
                "place": "all",
                "budget": "1",
                "rule": "按净额的百分之一",
            },
        ),
    ),
    (
        "programmes.propose",
        Form(
            "programmes.show",
            Who.BUREAU,
            lambda w: {
                "cooperative": str(w.things["seller_id"]),
                "amount": "10",
                "reason": "符合第一条",
            },
        ),
    ),
    (
        "programmes.decide",
        Form("programmes.show", Who.COUNTY, {"verdict": "confirmed"}, _another_award),
    ),
    (
        "programmes.correct",
        Form(
            "programmes.show",
            Who.COUNTY,
            {"amount": "1", "reason": "多算了"},
            _confirmed_award,
            query=lambda w: f"?correct={w.things['award_id']}",
        ),
    ),
    (
        "pledges.create",
        Form("pledges.index", Who.BUREAU, _pledge),
    ),
    ("flags.clear", Form("flags.show", Who.COUNTY, {"note": "礼盒装，核过合同"}, _another_flag)),
    ("basket_lines.create", Form("products.show", Who.ANONYMOUS, {"quantity": "1"})),
    ("basket_lines.update", Form("cart.show", Who.OWNER, {"quantity": "1"}, _fill_basket)),
    ("preferences.update", Form("home.index", Who.ANONYMOUS, {"text": "large", "language": "en"})),
    ("people.create", Form("people.new", Who.ANONYMOUS, _newcomer)),
    ("people.create", Form("people.new", Who.ANONYMOUS, _new_enterprise, query="?as=enterprise")),
    (
        "invitations.accept",
        Form("invitations.show", Who.ANONYMOUS, {"name": "吴会计", **_AGREED}, _invite_one_more),
    ),
    (
        "invitations.create_colleague",
        Form("invitations.new_colleague", Who.MEMBER, _guest(), _withdraw_offers),
    ),
    (
        "cooperative_members.create",
        Form("cooperative_members.index", Who.MANAGER, _member, _withdraw_offers),
    ),
    (
        "departures.create",
        Form("departures.show", Who.OTHER_MANAGER, _DEPARTURE, _stay),
    ),
    (
        "bank_accounts.create",
        Form("bank_accounts.show", Who.MANAGER, _ACCOUNT, _without_account_change),
    ),
    (
        "account_changes.refuse",
        Form("account_changes.show", Who.FINANCE, {"reason": "户名不符"}, _ask_anew),
    ),
    ("licences.create", Form("licences.new", Who.MANAGER, _renewal_of_licence, _renew_anew)),
    (
        "licence_renewals.refuse",
        Form("licence_renewals.show", Who.ADMINISTRATOR, {"reason": "看不清"}, _renew_anew),
    ),
    ("rechecks.create", Form("rechecks.show", Who.MANAGER, _RECHECK, _recheck_anew)),
    (
        "recheck_desk.sign",
        Form("recheck_desk.show", Who.TOWN, _latest_recheck("note"), _confirm_anew),
    ),
    (
        "recheck_desk.give_back",
        Form("recheck_desk.show", Who.TOWN, _latest_recheck("reason"), _confirm_anew),
    ),
    ("mandates.create", Form("mandates.index", Who.MANAGER, _mandate)),
    (
        "cooperative_members.update",
        Form("cooperative_members.edit", Who.MANAGER, {"role": "accountant"}),
    ),
    ("people.create_address", Form("people.show", Who.OTHER, _ADDRESS)),
    (
        "people.update_password",
        Form(
            "people.show", Who.OTHER, {"current": PASSWORD, "password": PASSWORD}, _restore_password
        ),
    ),
    (
        "checkout.create",
        Form(
            "checkout.new",
            Who.OWNER,
            _order,
            _fill_basket,
        ),
    ),
    (
        "sandbox_payments.create",
        Form("payments.show", Who.OWNER, {"outcome": "decline"}, _connect_payment),
    ),
    ("drafts.create", Form("drafts.new", Who.MANAGER, _listing)),
    ("listings.update", Form("listings.edit", Who.MANAGER, _PRODUCT)),
    (
        "listing_variants.create",
        Form(
            "listing_variants.new",
            Who.MANAGER,
            {**_VARIANT, "stock": "5"},
            _keep_one_variant,
        ),
    ),
    (
        "listing_imports.create",
        Form("listing_imports.index", Who.MANAGER, _sheet_file, _end_sheets),
    ),
    (
        "listing_imports.name_columns",
        Form("listing_imports.show", Who.MANAGER, _named_columns, _bring_a_sheet_of_their_own),
    ),
    ("listing_variants.update", Form("listing_variants.edit", Who.MANAGER, _VARIANT)),
    (
        "variant_changes.change_stock",
        Form("coop_today.show", Who.MANAGER, lambda world: {"key": str(uuid4()), "stock": "77"}),
    ),
    (
        "variant_changes.change_price",
        Form("coop_today.show", Who.MANAGER, lambda world: {"key": str(uuid4()), "price": "75.5"}),
    ),
    ("households.create", Form("households.new", Who.MANAGER, _household)),
    ("households.update", Form("households.show", Who.MANAGER, {"standing": "ordinary"})),
    (
        "benefit_lines.create",
        Form(
            "benefit_lines.new",
            Who.MANAGER,
            {"tie": "sold", "amount": "12.5", "months": ["0"]},
            _forget_sold_lines,
            query="?household=1",
        ),
    ),
    (
        "benefit_lines.update",
        Form("benefit_lines.edit", Who.MANAGER, {"tie": "rent", "amount": "7", "months": ["1"]}),
    ),
    (
        "benefit_evidence.create",
        Form(
            "benefits.show",
            Who.MANAGER,
            lambda world: {"evidence": (_FileToSendAgain(picture_bytes()), "工资表.jpg")},
            _forget_evidence,
        ),
    ),
    (
        "benefit_submissions.create",
        Form("benefits.show", Who.MANAGER, _correction, _change_the_report),
    ),
    (
        "offline_sales.create",
        Form("offline_sales.new", Who.TOWN, _offline_sale, _bring_a_loose_proof),
    ),
    (
        "offline_corrections.correct",
        Form(
            "offline_corrections.new_correction", Who.TOWN, _correction_of_a_sale, _sell_once_more
        ),
    ),
    (
        "offline_corrections.reverse",
        Form("offline_corrections.new_reversal", Who.TOWN, {"reason": "重复录入"}, _sell_once_more),
    ),
    (
        "offline_corrections.add_evidence",
        Form("offline_sales.show", Who.TOWN, _loose_proof, _bring_a_loose_proof),
    ),
    (
        "offline_imports.create",
        Form("offline_imports.index", Who.TOWN, _sales_file, _bring_a_sales_sheet),
    ),
    (
        "offline_imports.name_columns",
        Form("offline_imports.show", Who.TOWN, _named_sales_columns, _bring_an_unnamed_sales_sheet),
    ),
    (
        "offline_imports.add_evidence",
        Form("offline_imports.show", Who.TOWN, _bundle, _bring_a_sales_sheet),
    ),
    (
        "offline_imports.confirm",
        Form("offline_imports.show", Who.TOWN, {}, _bring_a_sales_sheet),
    ),
    ("batches.create", Form("batches.new", Who.MANAGER, _harvest_of_today)),
    ("batches.update", Form("batches.edit", Who.MANAGER, {"quantity": "500000"})),
    ("batch_acts.certify", Form("batches.show", Who.MANAGER, {"basis": "self_tested"})),
    (
        "batch_acts.take_in",
        Form(
            "batches.show",
            Who.MANAGER,
            lambda world: {"variant": str(world.things["variant_id"]), "quantity": "3"},
        ),
    ),
    ("batch_reports.create", Form("batches.show", Who.MANAGER, _report)),
    (
        "batch_recalls.create",
        Form("batch_recalls.show", Who.MANAGER, {"reason": "农残超标"}, _harvest_one_more),
    ),
    (
        "recalls.create",
        Form("recalls.show", Who.ADMINISTRATOR, {"reason": "农残超标"}, _harvest_one_more),
    ),
    (
        "listing_changes.approve",
        Form("listing_changes.show", Who.ADMINISTRATOR, {}, _propose_one_more),
    ),
    (
        "listing_changes.send_back",
        Form("listing_changes.show", Who.ADMINISTRATOR, {"reason": "太贵了"}, _propose_one_more),
    ),
    ("listing_variants.count", Form("listings.show", Who.MANAGER, {"available": "500"})),
    (
        "dispatches.create",
        Form(
            "fulfilment.show",
            Who.MANAGER,
            _shipment,
            _pay_one_more,
        ),
    ),
    (
        "shortages.create",
        Form("shortages.new", Who.PICKER, _shortage, _pay_one_more, "?units=1&cause=spoiled"),
    ),
    (
        "scanned_parcels.create",
        Form("scanned_parcels.show", Who.PICKER, _scanned, _pay_one_more, query=_slip_of_one_part),
    ),
    (
        "tracking_sheets.create",
        Form("tracking_sheets.index", Who.MANAGER, _tracking_file, _end_tracking_sheets),
    ),
    (
        "part_cancellations.create_part",
        Form("part_cancellations.new", Who.OWNER, {"whole": "y"}, _pay_one_more),
    ),
    (
        "fulfilment_cancellations.create",
        Form(
            "fulfilment_cancellations.new",
            Who.MANAGER,
            {"reason": "台风，没法采摘", "whole": "y"},
            _pay_one_more,
        ),
    ),
    (
        "claims.create",
        Form(
            "claims.new",
            Who.OWNER,
            {"fault": "missing", "text": "少了一箱", "line_1": "1"},
            _send_one_more,
        ),
    ),
    (
        "reviews.create",
        Form("reviews.show", Who.OWNER, {"stars": "4", "words": "新鲜"}, _accept_one_more),
    ),
    (
        "review_hidings.create",
        Form("review_hidings.show", Who.ADMINISTRATOR, {"reason": "有电话"}, _review_one_more),
    ),
    ("claim_acts.escalate", Form("claims.show", Who.OWNER, {"text": "请看看"}, _refuse_one_more)),
    (
        "cooperative_claims.answer",
        Form(
            "cooperative_claims.show",
            Who.MANAGER,
            {"outcome": "some", "amount": "1.50", "text": "抱歉"},
            _claim_one_more,
        ),
    ),
    (
        "claim_desk.decide",
        Form(
            "claim_desk.show",
            Who.FINANCE,
            {"outcome": "some", "amount": "1.50", "text": "退一部分"},
            _escalate_one_more,
        ),
    ),
    ("applications.submit", Form("applications.show", Who.OWNER, {}, _fill_application)),
    (
        "application_steps.save_cooperative",
        Form("application_steps.cooperative", Who.OWNER, _named_cooperative, _take_back),
    ),
    (
        "application_steps.save_contact",
        Form(
            "application_steps.contact",
            Who.OWNER,
            {"town_code": TOWN, "village": "上村", "contact": "谢社长", "phone": "13800000000"},
            _take_back,
        ),
    ),
    (
        "application_steps.save_bank_account",
        Form(
            "application_steps.bank_account",
            Who.OWNER,
            {"holder": "示例", "bank": "示例银行", "number": "6222020000001234", "consent": "y"},
            _take_back,
        ),
    ),
    (
        "application_papers.create_document",
        Form("application_papers.documents", Who.OWNER, {"kind": "other"}, _take_back),
    ),
    (
        "application_papers.save_document",
        Form(
            "application_papers.document",
            Who.OWNER,
            {"number": "示例1号", "issued_on": "2025-01-01", "expires_on": "2098-01-01"},
            _take_back,
        ),
    ),
    (
        "application_papers.save_product",
        Form("application_papers.product", Who.OWNER, {"name": "示例番薯"}, _take_back),
    ),
    (
        "application_desk.sign",
        Form("application_desk.show", Who.TOWN, {"note": "属实"}, _hand_in_application),
    ),
    (
        "application_desk.give_back",
        Form("application_desk.show", Who.TOWN, {"documents": "看不清"}, _hand_in_application),
    ),
    ("month_files.file", Form("month_files.show", Who.TOWN, {"note": "齐了"}, _open_month)),
    ("month_files.review", Form("months.show", Who.COUNTY, {"note": "已核对"}, _file_month)),
    (
        "month_files.give_back",
        Form("month_files.show", Who.COUNTY, {"reason": "少一张发票"}, _file_month),
    ),
    ("month_files.lock", Form("months.show", Who.CITY, {"note": "同意"}, _review_month)),
    ("designations.create", Form("designations.new", Who.BUREAU, _one_day)),
    ("designations.update", Form("designations.edit", Who.TOWN, {}, _reopen_designation)),
    ("categories.create", Form("categories.index", Who.ADMINISTRATOR, _new_category)),
    ("categories.update", Form("categories.edit", Who.ADMINISTRATOR)),
    ("zones.create", Form("zones.new", Who.ADMINISTRATOR, _new_zone, _keep_one_zone)),
    ("zones.update", Form("zones.edit", Who.ADMINISTRATOR)),
    ("pickup_points.create", Form("pickup_points.new", Who.ADMINISTRATOR, _new_point)),
    ("pickup_points.update", Form("pickup_points.edit", Who.ADMINISTRATOR)),
    (
        "pickup_keepers.assign",
        Form(
            "pickup_points.edit",
            Who.ADMINISTRATOR,
            lambda w: {"account": str(w.things["account_id"])},
        ),
    ),
    (
        "pickup_handovers.hand_over",
        Form(
            "pickup_desk.show",
            Who.KEEPER,
            lambda w: {"code": w.things["pickup_code"]},
            _arrive_one_more,
        ),
    ),
    ("policies.create", Form("policies.new", Who.ADMINISTRATOR)),
    ("freight.update", Form("freight.edit", Who.ADMINISTRATOR, {"free_from_fen": "99"})),
    (
        "export_jobs.create",
        Form("export_jobs.new", Who.TOWN, query="?from=2026-01&to=2026-10"),
    ),
    (
        "export_register.verify",
        Form(
            "export_register.index",
            Who.TOWN,
            lambda w: {"file": (_FileToSendAgain(b"a file"), "a.csv"), "sha256": "0" * 64},
        ),
    ),
    ("export_packs.create", Form("export_packs.index", Who.TOWN, {"day": "5"})),
    (
        "targets.create",
        Form("targets.show", Who.ADMINISTRATOR, {"amount": "120.5", "reason": "年中调整"}),
    ),
    (
        "target_imports.create",
        Form("target_imports.index", Who.ADMINISTRATOR, _targets_file, _bring_a_sheet_of_targets),
    ),
    (
        "target_imports.apply",
        Form(
            "target_imports.show",
            Who.ADMINISTRATOR,
            {"reason": "年中调整"},
            _bring_a_sheet_of_targets,
        ),
    ),
    (
        "targets.create_area",
        Form("targets.show_area", Who.ADMINISTRATOR, {"amount": "250", "reason": "市里下达"}),
    ),
    (
        "cooperative_register.create",
        Form("cooperative_register.new", Who.ADMINISTRATOR, _new_cooperative),
    ),
    (
        "licence_register.create",
        Form(
            "licence_register.new",
            Who.ADMINISTRATOR,
            {"kind": "other", "number": "G-2", "expires_on": "2031-12-31"},
        ),
    ),
    ("cooperative_register.update", Form("cooperative_register.edit", Who.ADMINISTRATOR)),
    (
        "cooperative_register.admit",
        Form("cooperative_register.show", Who.ADMINISTRATOR, {"reason": "没有手机"}, _not_let_in),
    ),
    (
        "cooperative_register.suspend",
        Form("cooperative_register.show", Who.ADMINISTRATOR, {"reason": "抽检"}, _let_sell),
    ),
    (
        "cooperative_register.reinstate",
        Form("cooperative_register.show", Who.ADMINISTRATOR, {"reason": "复检"}, _stop_selling),
    ),
    (
        "invitations.create",
        Form("invitations.new", Who.ADMINISTRATOR, _guest(place=TOWN, body="town_team")),
    ),
    (
        "invitations.create",
        Form(
            "invitations.new", Who.ADMINISTRATOR, _guest(organisation="1"), query="?for=cooperative"
        ),
    ),
    (
        "invitations.create",
        Form("invitations.new", Who.ADMINISTRATOR, _guest(), query="?for=finance"),
    ),
    (
        "suspense_settlements.create",
        Form("finance_suspense.show", Who.FINANCE, {"note": "后台已退回"}, _reopen_suspense),
    ),
    (
        "outgoing.discard",
        Form("outgoing.show", Who.ADMINISTRATOR, {"note": "收件人已注销"}, _kill_message),
    ),
    (
        "outgoing.replay_kind",
        Form("outgoing.index", Who.ADMINISTRATOR, {"kind": "mail"}, _kill_message),
    ),
    ("bank_statements.create", Form("bank_statements.index", Who.FINANCE, _statement_file)),
    (
        "bank_receipts.match",
        Form("bank_receipts.show", Who.FINANCE, _waiting_order, _receive_one_more),
    ),
    (
        "bank_receipts.give_back",
        Form("bank_receipts.show", Who.FINANCE, {"reason": "汇错了"}, _receive_one_more),
    ),
    (
        "match_rejections.create",
        Form("receipt_matches.index", Who.FINANCE, {"answer": "不是这一单"}, _propose_one_more),
    ),
    (
        "payouts.enter_refund",
        Form("payouts.index", Who.FINANCE, _bank_reference, _owe_one_refund_more),
    ),
    (
        "payouts.enter_return",
        Form("payouts.index", Who.FINANCE, _bank_reference, _owe_one_return_more),
    ),
    (
        "payout_releases.reject",
        Form("payout_batches.show", Who.FINANCE, {"note": "金额不对"}, _prepare_one_more),
    ),
    (
        "payout_answers.give_back",
        Form("payout_batches.show", Who.FINANCE, {"reason": "户名不符"}, _release_one_more),
    ),
    (
        "commissions.update",
        Form("commissions.edit", Who.ADMINISTRATOR, {"rate": "2.5", "reason": "合同约定"}),
    ),
    (
        "invoices.create",
        Form(
            "invoices.show",
            Who.OWNER,
            {"kind": "personal", "name": "何小满", "email": "hexiaoman@shop.example"},
            _free_for_an_invoice,
        ),
    ),
    ("invoice_desk.issue", Form("invoice_desk.show", Who.MANAGER, _document, _ask_for_an_invoice)),
    (
        "invoice_desk.reject",
        Form("invoice_desk.show", Who.MANAGER, {"reason": "抬头不全"}, _ask_for_an_invoice),
    ),
    (
        "invoice_desk.reverse",
        Form("invoice_desk.show", Who.MANAGER, _document, _issue_one_that_is_too_high),
    ),
    (
        "invoice_files.create",
        Form("invoice_desk.show", Who.MANAGER, _invoice_file, _issue_one_that_is_too_high),
    ),
    (
        "invoice_imports.create",
        Form("invoice_imports.new", Who.MANAGER, _row_of_a_sheet, _ask_for_an_invoice),
    ),
    ("disclosures.create", Form("invoice_desk.show", Who.FINANCE, {}, _ask_for_an_invoice)),
    ("second_factor.create", Form("second_factor.show", Who.OTHER, {}, lay_down_factor)),
    ("second_factor.confirm", Form("second_factor.show", Who.OTHER, _own_code, _begin_factor)),
    ("second_factor.renew", Form("second_factor.show", Who.OTHER, _own_code, _have_factor)),
    (
        "second_factor_resets.create",
        Form(
            "second_factor_resets.new", Who.ADMINISTRATOR, {"reason": "手机丢失"}, _let_factor_stand
        ),
    ),
    (
        "sign_in_codes.create",
        Form("sign_in_codes.new", Who.ANONYMOUS, _holders_code, _give_holders_password),
    ),
    (
        "passwords.create",
        Form("passwords.new", Who.ANONYMOUS, _who_forgot, _forget_attempts),
    ),
    (
        "passwords.update",
        Form("passwords.edit", Who.ANONYMOUS, {"password": "hao-ji-de-mima"}, _ask_for_a_link),
    ),
    ("sessions.create", Form("sessions.new", Who.ANONYMOUS, _known, _forget_attempts)),
]
# Acts that need no word: their forms are a button.
BARE = set(
    """
    benefit_submissions.copy benefit_lines.remove benefit_evidence.remove
    export_register.repeat export_packs.destroy
    households.disclose households.withdraw
    applications.create applications.withdraw application_steps.forget_bank_account
    application_papers.remove_document application_papers.create_product
    application_papers.remove_product
    batch_acts.close batch_reports.publish batch_reports.withdraw
    basket_lines.destroy payments.create payment_checks.create receipts.create cancellations.create
    claim_acts.agree claim_acts.withdraw cooperative_claims.confirm_return
    cooperative_members.destroy cooperative_members.withdraw desk_acts.create
    licences.withdraw licence_renewals.confirm
    bank_accounts.confirm bank_accounts.withdraw account_changes.confirm
    departures.withdraw departure_desk.finish
    mandates.withdraw mandate_desk.enter mandate_desk.leave mandate_desk.lay_down
    offline_imports.discard target_imports.discard
    listing_imports.apply listing_imports.discard own_listing_changes.withdraw
    closures.create people.destroy_address listing_variants.withdraw delistings.create
    statement_imports.create statement_returns.create match_confirmations.create
    payout_confirmations.create payout_rejections.create
    payout_batches.create payout_releases.create_release payout_answers.pay
    delistings.destroy refund_retries.create refund_reroutings.create freight.destroy
    attempt_checks.create suspense_returns.create inbox.read inbox.read_all outgoing.replay
    reconciliation.create
    pickup_arrivals.create pickup_points.close pickup_points.reopen pickup_keepers.dismiss
    tracking_sheets.confirm tracking_sheets.discard
    zones.destroy quotes.create_quote reorders.create uploads.append
    drafts.copy drafts.publish drafts.discard
    invoices.withdraw invoice_desk.send
    activities.announce activities.close fair_staff.end till.act till.reverse
    offices.destroy invitations.destroy sessions.destroy webhooks.create
    """.split()
)
