"""Whatever is typed into a form or an address: a clear answer, never a 500, nothing by halves."""

import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from catalog.stock.queries import list_mismatches
from orders.records.models import Order, OrderLine, SubOrder
from shop.db import db
from tests.conftest import WHOLE
from tests.integration.guards.submissions import (
    BARE,
    FORMS,
    Form,
    Forms,
    compose,
    once_more,
    valid_fields,
)
from tests.integration.guards.test_every_route_and_role import ROUTES, Outcome, is_act
from tests.integration.guards.values import (
    ALWAYS,
    HOSTILE,
    IN_PATHS,
    ON_BOTH_ENGINES,
    RAW,
    SHARP,
)
from tests.integration.guards.world import Who, World
from tests.parts.databases import Engine

pytestmark = pytest.mark.both_engines

# How many turns it takes until a value was put everywhere.
TURNS = 6
REFUSALS = {400, 403, 404, 405, 409, 413, 422, 429}
FORM = "application/x-www-form-urlencoded"
# The names that each page reads from its address.
_FILTERS = "county town category cooperative buyer_type channel mode"
ARGUMENTS = {
    "account_changes.index": "show page",
    "activities.index": "show page",
    "activities.list_lines": "page",
    "activities.list_sales": "page sale",
    "application_desk.index": "show page",
    "audit.index": "act subject subject_id person page",
    "bank_receipts.index": "show q page",
    "bank_statements.index": "page",
    "bank_statements.show": "show page",
    "batch_labels.show": "paper",
    "batch_recalls.show": "page",
    "batches.index": "product page",
    "batches.new": "product",
    "benefit_lines.new": "household",
    "benefit_overview.index": "period page",
    "benefit_submissions.show_version": "page",
    "benefits.show": "page",
    "coop_numbers.download": "period",
    "coop_numbers.show": "period page",
    "coop_today.show": "show page",
    "catalogue.index": "category town season stock sort page",
    "commissions.edit": "page",
    "coop_money.index": "page held",
    "coop_money.show": "page",
    "cooperative_register.index": "q page",
    "departure_desk.index": "page",
    "drafts.index": "page",
    "drafts.suggestion": "name",
    "briefs.show": "year month town",
    "expectations.index": "unit page",
    "expectations.show": "unit like",
    "export_jobs.new": "from to until cooperative",
    "export_register.index": "page",
    "exports.detail": f"from to {_FILTERS} by",
    # The same form reads these two; what differs is what comes after it.
    "exports.new": "from to until by",
    # The same form as of the pivot's page.
    "exports.pivot": "until first orders category",
    "exports.supply": "week town",
    "exports.summary": "from to category by",
    "finance_orders.index": "q",
    "finance_payments.index": "page",
    "finance_refunds.index": "page show",
    "claim_desk.index": "page show",
    "cooperative_claims.index": "page show",
    "cooperative_fairs.index": "page",
    "cooperative_fairs.show": "page",
    "cooperative_reviews.index": "page",
    "fairs.index": "page",
    "finance_suspense.index": "page show",
    "flags.index": "kind show page",
    "flags.show": "page",
    "fulfilment.index": "page show day point",
    "households.index": "q for page",
    "households.new": "for",
    "inbox.index": "page",
    "invitations.new": "for organisation",
    "invoice_desk.index": "show page",
    "invoices.show": "title",
    "ledger.index": f"from to since until {_FILTERS} page",
    "listing_changes.index": "show page",
    "listing_imports.index": "page",
    "listing_imports.show": "show page",
    "listings.index": "page",
    "licence_renewals.index": "show page",
    "licences.new": "kind",
    "mailbox.index": "page",
    "mandate_desk.index": "page",
    "mandates.index": "page",
    "mandates.list_acts": "page",
    "offline_imports.index": "page",
    "offline_imports.show": "show page",
    "offline_sales.index": "year show channel page",
    "offline_sales.new": "like",
    "order_history.index": "page",
    "outgoing.index": "show kind page",
    "months.acts": "month town kind person page",
    "months.adjustments": "month page",
    "months.index": "year",
    # The same form as of the overview.
    "charts.show": "year month category",
    "supply.list_demand": "category page",
    "supply.list_expected": "county town cooperative page",
    "supply.show": "week county town category cooperative",
    "overview.show": f"year month by {_FILTERS}",
    "pivot.show": f"from to until first second third orders {_FILTERS} page",
    "packing_slips.index": "page day point paper",
    "packing_slips.show": "paper",
    "payments.show": "waiting",
    "payout_batches.index": "page",
    "payouts.index": "page",
    "people.new": "next as",
    "pick_list.show": "day point",
    "pledges.index": "year page",
    "programmes.index": "year",
    "programmes.show": "correct page",
    "reconciliation.index": "page",
    "pickup_desk.show": "show page",
    "policies.download": "version",
    "policies.show": "version",
    "receipt_matches.index": "show page",
    "product_reviews.index": "page",
    "recalls.index": "code page",
    "recheck_desk.index": "show page",
    "recalls.show": "page",
    "results.index": "year",
    "results.download": "year",
    "scanned_parcels.show": "code",
    "search.show": "q category town season stock sort page",
    "second_factor.show": "next",
    "sessions.new": "next",
    "sign_in_codes.new": "next",
    "shortages.index": "page",
    "shortages.new": "day order units cause note change",
    "settlements.index": "page",
    "settlements.show": "page",
    "target_plan.index": "year",
    "target_plan.show": "year",
    "target_plan.show_area": "year",
    "target_imports.index": "page",
    "target_imports.show": "show page",
    "target_imports.template": "year",
    "targets.index": "year",
    "targets.show": "year category buyer_type",
    "targets.show_area": "year",
    "till.list_sales": "page",
    "tracking_files.to_send": "day point",
    "tracking_sheets.index": "page",
    "tracking_sheets.show": "show page",
}
# Of these, the ones that hold what people type; the others are chosen from lists.
TYPED = set(
    "code day from held household next note order page period person point q subject_id to units"
    " until version"
    " year".split()
)
# What a single function reads, whatever the page: tried with every value on one page, and with the
# sharp ones on the others.
READ_IN_ONE_PLACE = {"page"}
GIVEN = {
    "export_jobs.new": {"from": "2026-01", "to": "2026-10"},
    "exports.detail": {"from": "2026-01", "to": "2026-10"},
    "exports.new": {"from": "2026-01", "to": "2026-10"},
    "exports.supply": {"week": "2026-W40"},
    "exports.pivot": {"from": "2026-01", "to": "2026-10"},
    "exports.summary": {"from": "2026-01", "to": "2026-10"},
    "shortages.new": {"units": "1", "cause": "spoiled"},
}
# What answers with something else than a page.
NO_PAGES = {
    "application_photos.show",
    "batch_recalls.buyers",
    "batch_reports.show",
    "benefit_evidence.show",
    "claim_photos.show",
    "coop_money.download",
    "coop_numbers.download",
    "desk_offline.worker",
    "export_jobs.fetch",
    "health.ready",
    "invoice_files.show",
    "offline_evidence.show",
    "offline_imports.rejected",
    "offline_imports.template",
    "payout_batches.download",
    "pictures.show",
    "recalls.buyers",
    "results.download",
    "settlements.download",
    "sheet_files.listings",
    "sheet_files.template",
    "sheet_files.rejected",
    "target_imports.template",
    "till.worker",
    "trace_parts.qr",
    "trace_parts.report",
    "tracking_files.rejected",
    "tracking_files.to_send",
}
# What is answered with its page: what was done can't be looked at again, or nothing was done.
SHOWN_ONCE = {"second_factor.confirm", "second_factor.renew", "export_register.verify"}
# Who fills in forms, in groups of about as much work: each is a test and looks at all pages once.
GROUPS = [[Who.TOWN], [Who.MANAGER], [Who.OWNER, Who.ADMINISTRATOR]]
GROUPS.append(sorted({form.who for _, form in FORMS} - {who for group in GROUPS for who in group}))


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of people join here; how dear a password's hash is, is no matter of these tests."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("shop.accounts.people.services._hasher", cheap)


@pytest.fixture
def hostile(engine: Engine) -> dict[str, str | bytes]:
    """The values that are worth trying on this engine."""
    every = engine is Engine.SQLITE
    return {name: value for name, value in HOSTILE.items() if every or name in ON_BOTH_ENGINES}


def test_every_act_has_its_form_here(world: World) -> None:
    acts = {rule.endpoint for rule in world.app.url_map.iter_rules() if is_act(rule)}
    known = {endpoint for endpoint, _ in FORMS} | BARE
    assert acts - known == set(), "add these to FORMS, or to BARE if they take no field"
    assert known - acts == set(), "these have no route"
    assert wordy_buttons(world) == []


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0].name.lower()} and others")
def test_no_value_in_a_field_breaks_a_form(
    world: World, hostile: Mapping[str, str | bytes], group: list[Who], engine: Engine
) -> None:
    faults: list[str] = []
    tried: dict[Who, set[str]] = {who: set() for who in group}
    for endpoint, form in FORMS:
        if form.who in group:
            faults += faults_of_form(world, endpoint, form, hostile, tried[form.who])
    if engine is Engine.SQLITE:
        # What a page shows of a text is the same, whatever kept it.
        faults += faults_of_pages(world)
    assert faults == [], "\n".join(faults)
    require_sound_books(world)


def test_no_value_in_an_address_breaks_a_page(
    world: World, hostile: Mapping[str, str | bytes]
) -> None:
    faults: list[str] = []
    tried: set[str] = set()
    for rule in rules_of(world, ARGUMENTS):
        client, address = world.client(reader_of(rule)), world.address(rule)
        given = GIVEN.get(rule.endpoint, {})
        for name in ARGUMENTS[rule.endpoint].split():
            fully = name in TYPED and name not in tried
            for kind, spoil in ways_to_spoil(rule.endpoint, name, fully, hostile).items():
                query = f"{address}?{spoil(given)}"
                faults += faults_of(partial(client.get, query), f"{address} {name}={kind}")
            tried |= {name} & READ_IN_ONE_PLACE
    assert faults == [], "\n".join(faults)


def test_no_value_in_a_path_finds_or_breaks_anything(world: World, engine: Engine) -> None:
    faults: list[str] = []
    values = {
        kind: value
        for kind, value in IN_PATHS.items()
        if engine is Engine.SQLITE or kind in ON_BOTH_ENGINES
    }
    for rule in rules_of(world, ROUTES):
        sent = valid_fields(world, rule.endpoint) if is_act(rule) and rule.arguments else {}
        client = world.client(reader_of(rule))
        for name in sorted(rule.arguments - {*(rule.defaults or ())}):
            for kind, value in values.items():
                if not has_its_turn(kind, rule.rule, name):
                    continue
                path = path_of(world, rule, name, value)
                ask = (
                    partial(client.post, path, data=sent)
                    if is_act(rule)
                    else partial(client.get, path)
                )
                faults += faults_of(ask, f"{rule.rule} {name}={kind}", REFUSALS)
    assert faults == [], "\n".join(faults)


def faults_of_form(
    world: World,
    endpoint: str,
    form: Form,
    hostile: Mapping[str, str | bytes],
    tried: set[str],
) -> Iterator[str]:
    """Send a form once as it should be, then with each of its fields spoilt in turn.

    ``tried`` has the names of fields that another form tried with every value; in this one they
    are the same fields, and the sharp values show whether what follows differs.
    """
    first = compose(world, endpoint, form)
    answer = world.client(form.who).post(first.action, data=first.fields)
    done = 200 if endpoint in SHOWN_ONCE else 303
    assert answer.status_code == done, f"{endpoint} is not filled in rightly: {answer.status}"
    submission = once_more(world, endpoint, form, first)
    for name in first_and_last(submission.names):
        is_new = name in submission.typed - tried
        for kind, spoil in ways_to_spoil(endpoint, name, is_new, hostile).items():
            sent = spoil(submission.fields)
            answers: list[int] = []
            ask = partial(
                world.client(form.who).post, submission.action, data=sent, content_type=FORM
            )
            yield from faults_of(ask, f"{endpoint} {name}={kind}", {*REFUSALS, done}, answers)
            if answers and answers[0] in (done, 429):
                # It was accepted, or was once too often: the next one begins anew.
                submission = once_more(world, endpoint, form, submission)
    tried |= submission.typed


def first_and_last(names: Collection[str]) -> list[str]:
    """Of controls that differ by a number alone, as those of each column of a sheet or each line of
    an order do, the first and the last."""
    rows: dict[str, list[tuple[list[int], str]]] = {}
    for name in names:
        place = [int(digits) for digits in re.findall(r"\d+", name)]
        rows.setdefault(re.sub(r"\d+", "#", name), []).append((place, name))
    return sorted({name for row in rows.values() for _, name in (min(row), max(row))})


def has_its_turn(kind: str, *place: str) -> bool:
    """Whether this value is put there now: always the same, and in the whole suite always."""
    return WHOLE or kind in ALWAYS or zlib.crc32(" ".join([*place, kind]).encode()) % TURNS == 0


def ways_to_spoil(
    endpoint: str, name: str, fully: bool, hostile: Mapping[str, str | bytes]
) -> dict[str, Callable[[Mapping[str, Any]], str]]:
    """What makes of a form's fields a body in which one is not what it should be."""
    values = {
        kind: value
        for kind, value in hostile.items()
        if (fully or kind in SHARP) and has_its_turn(kind, endpoint, name)
    }
    ways = {kind: partial(body, name=name, value=value) for kind, value in values.items()}
    if len(hostile) == len(HOSTILE):
        # How a body is taken apart is no matter of the engine.
        ways["twice"] = partial(body, name=name, value="a", again="b")
        ways["in brackets"] = partial(body, name=name, value="1", wrapped="[0][x]")
    return ways


def body(
    fields: Mapping[str, Any],
    name: str = "",
    value: str | bytes = "",
    again: str = "",
    wrapped: str = "",
) -> str:
    """Fields as a browser sends them, one of them replaced."""
    sent = [
        (key, str(one))
        for key, given in fields.items()
        if key != name
        for one in (given if isinstance(given, list) else [given])
    ]
    spoilt = (
        [(name + wrapped, each) for each in (value, again) if each or not again] if name else []
    )
    return "&".join(f"{quote_plus(key)}={quote_plus(each)}" for key, each in [*sent, *spoilt])


def faults_of(
    ask: Callable[[], TestResponse],
    what: str,
    allowed: Collection[int] = (200, 302, 303, 400, 404, 422),
    answers: list[int] | None = None,
) -> list[str]:
    """Ask, and say what is wrong with the answer. Tests let the shop's exceptions through."""
    try:
        answer = ask()
    except Exception as error:
        return [f"{what}: {type(error).__name__}: {error!s:.200}"]
    if answers is not None:
        answers.append(answer.status_code)
    repeated = [raw for raw in RAW if raw.encode() in answer.data]
    answer.close()
    faults = [] if answer.status_code in allowed else [f"{what}: {answer.status}"]
    return faults + [f"{what}: the page repeats {raw}" for raw in repeated]


def faults_of_pages(world: World) -> list[str]:
    """Look at every page after all that: it opens, and shows what was typed as text."""
    faults = []
    for rule in rules_of(world, ROUTES):
        if not is_act(rule) and rule.endpoint != "health.ready":
            client, address = world.client(reader_of(rule)), world.address(rule)
            faults += faults_of(partial(client.get, address), f"afterwards {address}")
    return faults


def wordy_buttons(world: World) -> list[str]:
    """Forms with fields that are said to have none."""
    paths = world.app.url_map.bind("localhost")
    return [
        f"{path} has fields: move it from BARE to FORMS"
        for rule in rules_of(world, ROUTES)
        if not is_act(rule) and rule.endpoint not in NO_PAGES
        for path, controls in Forms(
            world.client(reader_of(rule)).get(world.address(rule)).text
        ).found
        if controls and paths.test(path, "POST") and paths.match(path, "POST")[0] in BARE
    ]


def require_sound_books(world: World) -> None:
    """Stock is what moved, and every order is the sum of its parts."""
    with world.app.app_context():
        assert list_mismatches() == []
        lines = select(func.sum(OrderLine.amount_fen)).where(OrderLine.sub_order_id == SubOrder.id)
        goods = select(func.sum(SubOrder.goods_fen)).where(SubOrder.order_id == Order.id)
        freight = select(func.sum(SubOrder.freight_fen)).where(SubOrder.order_id == Order.id)
        for model, column, parts in (
            (SubOrder, SubOrder.goods_fen, lines),
            (Order, Order.goods_fen, goods),
            (Order, Order.freight_fen, freight),
        ):
            wrong = select(model.id).where(column != parts.scalar_subquery())
            assert db.session.scalars(wrong).all() == []


def rules_of(world: World, endpoints: Collection[str]) -> list[Rule]:
    found = [rule for rule in world.app.url_map.iter_rules() if rule.endpoint in endpoints]
    return sorted(found, key=lambda rule: (rule.endpoint, rule.rule))


def reader_of(rule: Rule) -> Who:
    """Somebody who is answered there."""
    answered = [who for who, outcome in ROUTES[rule.endpoint].items() if outcome is Outcome.OK]
    return Who.OWNER if Who.OWNER in answered else next(iter(answered), Who.ANONYMOUS)


def path_of(world: World, rule: Rule, name: str, value: str | bytes) -> str:
    """A route's address with one of its arguments replaced, whatever its converter says."""
    path = rule.rule
    for argument in rule.arguments:
        given = value if argument == name else str(world.example(rule.endpoint, argument))
        typed = re.compile(rf"<([^<>:]*:)?{argument}>")
        path = typed.sub(lambda _, given=given: quote(given, safe=""), path)
    return path
