"""Benefit reports: whom a cooperative carries along, counted once, named only with consent."""

from datetime import date
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from orders.benefits.gateways import evidence_folder
from orders.benefits.handlers import forget_evidence
from orders.benefits.models import (
    BenefitVersion,
    DraftLine,
    Evidence,
    Household,
    Standing,
    Tie,
    VersionEvidence,
    VersionLine,
)
from orders.benefits.queries import find_report, list_draft, sums_of_draft
from orders.benefits.rules import Quarter, quarter_of, totals_of
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import MemberRole, ScopeLevel
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from shop.secrets import open_sealed, seal_all_again
from suppliers.benefits.handlers import remind_of_reports
from tests.factories.benefits import add_line, hand_in, make_household, make_identity
from tests.factories.catalog import make_product, picture_bytes
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_cooperative_member,
    make_official,
    sign_in,
)
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries

IDENTITY = make_identity(7)
PHONE = "13900001234"
NAMED = {
    "code": "上村07",
    "standing": "monitored",
    "name": "何水生",
    "identity": IDENTITY,
    "phone": "139 0000 1234",
    "consent": "y",
    "consented_on": "2026-01-05",
}
CODE_ONLY = {"code": "上村08", "standing": "ordinary"}
HOUSEHOLDS = "/cooperative/households"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def last_quarter():
    return quarter_of(clock.day_of(clock.now())).before


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


@pytest.fixture
def given(manager):
    return {"by": manager.id, "at": clock.now()}


@pytest.fixture
def quarter():
    return last_quarter()


@pytest.fixture
def report(quarter):
    """The address of the last quarter's report."""
    return f"/cooperative/benefits/{quarter.code}"


def only(act, model):
    return act(lambda: db.session.scalars(select(model)).one())


def count(act, model):
    return act(lambda: db.session.scalar(select(func.count()).select_from(model)))


def acts(act):
    query = select(AuditEntry.act, AuditEntry.detail).order_by(AuditEntry.id)
    return act(lambda: [tuple(row) for row in db.session.execute(query)])


def send(desk, report, **changes):
    """Hand the draft in as it stands on its page."""
    fields = see(desk, report).form("/versions").fields
    return desk.post(f"{report}/versions", data=fields | changes)


def bring(desk, report, content=None, name="工资表.jpg"):
    file = (BytesIO(content or picture_bytes()), name)
    return desk.post(f"{report}/evidence", data={"evidence": file})


# ── Households ──────────────────────────────────────────────────────────────────────────────────


def test_a_household_without_consent_is_a_code_and_counts(act, desk):
    answer = desk.post(HOUSEHOLDS, data=CODE_ONLY)
    assert answer.status_code == 303
    household = only(act, Household)
    assert not household.is_named
    assert "只按户编号计数" in see(desk, answer.location).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"consent": ""}, "没有户主的单独同意"),
        ({"consented_on": ""}, "请填写签字日期"),
        ({"consented_on": "2098-01-01"}, "不能晚于今天"),
        ({"identity": "", "phone": ""}, "至少填一个"),
        ({"name": ""}, "请填写户主姓名"),
        ({"identity": "110101199003077777"}, "不是有效的身份证号"),
        ({"phone": "12"}, "请填写手机号"),
        ({"standing": "rich"}, "哪一类农户"),
        ({"code": ""}, "请填写这一项"),
    ],
)
def test_half_an_identity_is_refused_and_nothing_is_kept(act, desk, changes, says):
    answer = desk.post(HOUSEHOLDS, data=NAMED | changes)
    assert answer.status_code == 422
    assert says in answer.text
    assert count(act, Household) == 0


def test_who_it_is_lies_sealed_and_shows_masked_until_somebody_asks(act, desk, manager):
    address = desk.post(HOUSEHOLDS, data=NAMED).location
    raw = act(lambda: db.session.execute(text("SELECT * FROM household")).mappings().one())
    written = " ".join(str(value) for value in raw.values())
    assert not [secret for secret in ("何水生", IDENTITY, PHONE, PHONE[-4:]) if secret in written]
    for page in (address, HOUSEHOLDS):
        shown = desk.get(page).text
        assert "何**" in shown
        assert f"**** {IDENTITY[-4:]}" in shown
        assert "何水生" not in shown
        assert IDENTITY not in shown
    assert "view_household" not in [name for name, _ in acts(act)]
    whole = desk.post(f"{address}/disclosure")
    assert IDENTITY in whole.text
    assert PHONE in whole.text
    assert whole.headers["Cache-Control"] == "no-store"
    logged = [detail for name, detail in acts(act) if name == "view_household"]
    assert logged == [{"code": "上村07"}]
    assert "水生" not in str(acts(act))
    assert IDENTITY not in str(acts(act))


def test_the_seal_is_renewed_with_all_others(act, desk):
    desk.post(HOUSEHOLDS, data=NAMED)
    before = only(act, Household).sealed_identity
    assert act(seal_all_again) == 3
    after = only(act, Household)
    assert after.sealed_identity != before
    assert act(lambda: open_sealed(after.sealed_identity)) == IDENTITY


@pytest.mark.parametrize(
    "changes", [{"phone": ""}, {"identity": ""}, {"identity": IDENTITY.lower(), "phone": ""}]
)
def test_the_same_person_is_not_listed_twice(act, desk, changes):
    desk.post(HOUSEHOLDS, data=NAMED)
    again = desk.post(HOUSEHOLDS, data=NAMED | {"code": "另一个"} | changes)
    assert again.status_code == 422
    assert "户编号是 上村07" in again.text
    assert count(act, Household) == 1
    assert desk.post(HOUSEHOLDS, data=CODE_ONLY | {"code": "上村07"}).status_code == 422


def test_another_cooperative_may_know_the_same_person(app, act, desk):
    desk.post(HOUSEHOLDS, data=NAMED)
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    assert other.post(HOUSEHOLDS, data=NAMED).status_code == 303
    assert count(act, Household) == 2


def test_a_household_is_found_by_its_code_or_its_whole_number(desk):
    desk.post(HOUSEHOLDS, data=NAMED)
    desk.post(HOUSEHOLDS, data=CODE_ONLY)
    for words in ("上村07", IDENTITY, IDENTITY.lower(), PHONE):
        text_ = see(desk, f"{HOUSEHOLDS}?q={words}").text
        assert "何**" in text_
        assert "上村08" not in text_
    assert "没有找到这一户" in see(desk, f"{HOUSEHOLDS}?q={PHONE[:8]}").text


def test_consent_that_is_withdrawn_takes_the_name_with_it_and_the_household_stays(act, desk, given):
    address = desk.post(HOUSEHOLDS, data=NAMED).location
    household = only(act, Household)
    quarter = last_quarter()
    act(add_line, household, quarter, **given)
    act(
        hand_in,
        act(lambda: db.session.get_one(Organisation, household.cooperative_id)),
        quarter,
        **given,
    )
    for _ in range(2):
        assert desk.post(f"{address}/withdrawal").status_code == 303
    household = only(act, Household)
    sealed = (household.sealed_name, household.sealed_identity, household.sealed_phone)
    assert {*sealed, household.identity_fingerprint, household.consented_on} == {None}
    assert [name for name, _ in acts(act)].count("withdraw_household_consent") == 1
    assert "撤回同意" in see(desk, address).text
    assert desk.post(f"{address}/disclosure").status_code == 404
    assert only(act, BenefitVersion).households == 1


def test_correcting_a_household_keeps_who_it_is(act, desk):
    address = desk.post(HOUSEHOLDS, data=NAMED).location
    page = see(desk, address)
    assert IDENTITY not in str(page.forms)
    assert desk.post(address, data={"code": "上村70", "standing": "ordinary"}).status_code == 303
    household = only(act, Household)
    assert (household.code, household.standing) == ("上村70", Standing.ORDINARY)
    assert act(lambda: open_sealed(household.sealed_identity)) == IDENTITY


# ── The draft ───────────────────────────────────────────────────────────────────────────────────


def test_a_report_is_filled_in_piece_by_piece_and_handed_in(act, desk, report, cooperative):
    product = act(make_product, cooperative)
    chosen = see(desk, f"{HOUSEHOLDS}?for={report[-6:]}").link("登记新农户")
    to_line = desk.post(chosen.replace("/new", ""), data=NAMED)
    assert to_line.location.startswith(f"{report}/lines/new?household=")
    form = see(desk, to_line.location).form("/lines")
    first = form.fields | {"tie": "wages", "workers": "2"}
    assert desk.post(f"{report}/lines", data=first).status_code == 303
    assert "1 条没填完" in see(desk, report).text
    refused = send(desk, report)
    assert refused.status_code == 422
    assert "还有 1 条没有填完" in refused.text
    line = only(act, DraftLine)
    whole = first | {"amount": "3,600.50", "months": ["0", "2"], "product": str(product.id)}
    assert desk.post(f"{report}/lines/{line.id}", data=whole).location == report
    no_evidence = send(desk, report)
    assert no_evidence.status_code == 422
    assert "请先上传佐证材料" in no_evidence.text
    assert bring(desk, report).location == report
    assert send(desk, report).location == report
    version = only(act, BenefitVersion)
    found = (version.number, version.households, version.monitored, version.jobs)
    assert found == (1, 1, 1, 2)
    assert (version.wages_fen, version.sold_fen, version.rent_fen) == (360_050, 0, 0)
    handed_in = only(act, VersionLine)
    assert (handed_in.product_name, handed_in.months) == (product.name, 0b101)
    assert count(act, VersionEvidence) == 1
    page = see(desk, f"{report}/versions/{version.id}").text
    assert "3,600.50" in page
    assert "务工 2 人" in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tie": "gift"}, "怎么带动"),
        ({"amount": "0"}, "请填写 0.01 到"),
        ({"amount": "12.345"}, "最多两位小数"),
        ({"workers": "99"}, "请填写 1 到 30"),
        ({"product": "1000000"}, "产品"),
        ({"months": ["7"]}, "哪几个月"),
    ],
)
def test_a_line_that_is_wrong_is_explained_and_what_was_typed_stays(
    act, desk, report, cooperative, given, changes, says
):
    household = act(make_household, cooperative, **given)
    filled = {"household": str(household.id), "tie": "sold", "amount": "77.7", "months": ["0"]}
    answer = desk.post(f"{report}/lines", data=filled | changes)
    assert answer.status_code == 422
    assert says in answer.text
    assert Page(answer.text).form("/lines").fields["amount"] == changes.get("amount", "77.7")
    assert count(act, DraftLine) == 0


def test_the_same_tie_of_a_household_is_one_line(act, desk, report, cooperative, given):
    household = act(make_household, cooperative, **given)
    filled = {"household": str(household.id), "tie": "rent", "amount": "10"}
    assert desk.post(f"{report}/lines", data=filled).status_code == 303
    twice = desk.post(f"{report}/lines", data=filled)
    assert twice.status_code == 422
    assert "已经记过了" in twice.text
    line = only(act, DraftLine)
    assert desk.post(f"{report}/lines/{line.id}/removal").location == report
    assert count(act, DraftLine) == 0


def test_one_household_in_products_months_and_quarters_counts_once(act, cooperative, given):
    quarter = last_quarter()
    product = act(make_product, cooperative)

    def fill():
        one = make_household(cooperative, standing=Standing.OUT_OF_POVERTY, **given)
        two = make_household(cooperative, **given)
        for each in (quarter.before, quarter):
            add_line(one, each, Tie.SOLD, 100, months=7, **given)
            add_line(one, each, Tie.SOLD, 200, months=3, product_id=product.id, **given)
            add_line(one, each, Tie.WAGES, 400, workers=1, **given)
            add_line(one, each, Tie.WAGES, 800, workers=3, product_id=product.id, **given)
            add_line(two, each, Tie.RENT, 1600, **given)
            hand_in(cooperative, each, **given)

    act(fill)
    versions = act(lambda: db.session.scalars(select(BenefitVersion)).all())
    for version in versions:
        sums = (version.households, version.monitored, version.jobs)
        assert sums == (2, 1, 3)
        assert (version.sold_fen, version.wages_fen, version.rent_fen) == (300, 1200, 1600)


def test_what_the_draft_shows_is_what_the_rules_count(act, cooperative, given):
    quarter = last_quarter()

    def fill():
        for number, standing in enumerate([*Standing, *Standing]):
            household = make_household(cooperative, standing=standing, **given)
            add_line(household, quarter, Tie.WAGES, 100 + number, workers=number + 1, **given)
            add_line(household, quarter, Tie.SOLD, None if number else 50, months=0, **given)
        report = find_report(cooperative.id, quarter)
        totals, incomplete = sums_of_draft(report.id)
        return totals, incomplete, totals_of(list_draft(report.id))

    shown, incomplete, counted = act(fill)
    assert shown == counted
    assert incomplete == 6


def test_last_quarters_households_come_over_in_one_tap_and_wait_for_their_amounts(
    act, desk, report, quarter, cooperative, given
):
    def earlier():
        for number in range(3):
            household = make_household(cooperative, code=f"H{number}", **given)
            add_line(household, quarter.before, Tie.WAGES, 100, workers=2, **given)
        hand_in(cooperative, quarter.before, **given)

    act(earlier)
    assert desk.post(f"{report}/copies").location == report
    lines = act(lambda: db.session.scalars(select(DraftLine).order_by(DraftLine.id)).all())[3:]
    assert [(line.amount_fen, line.months, line.workers) for line in lines] == [(None, 0, 2)] * 3
    assert "3 条没填完" in see(desk, report).text
    # Saving one leads to the next.
    fields = see(desk, f"{report}/lines/{lines[0].id}").form(f"/lines/{lines[0].id}").fields
    following = desk.post(
        f"{report}/lines/{lines[0].id}", data=fields | {"amount": "5", "months": ["1"]}
    )
    assert following.location == f"{report}/lines/{lines[1].id}"
    desk.post(f"{report}/copies")
    assert "都已经在这份草稿里" in see(desk, report).text
    assert count(act, DraftLine) == 6


def test_a_quarter_that_goes_on_is_kept_as_a_draft_and_not_handed_in(act, desk, cooperative, given):
    now = quarter_of(clock.day_of(clock.now()))
    household = act(make_household, cooperative, **given)
    act(add_line, household, now, **given)
    answer = send(desk, f"/cooperative/benefits/{now.code}")
    assert answer.status_code == 409
    assert "还没有结束" in answer.text
    assert "本季度" in see(desk, "/cooperative/benefits").text


def test_a_cooperative_is_asked_for_no_quarter_before_it_joined(app, act):
    client = app.test_client()
    joined_at = clock.start_of(last_quarter().since)
    newcomer = act(lambda: make_cooperative(at=joined_at).id)
    member = act(lambda: make_cooperative_member(db.session.get_one(Organisation, newcomer)))
    sign_in(client, member)
    text_ = see(client, "/cooperative/benefits").text
    asked, earlier = last_quarter(), last_quarter().before
    assert f"{asked.year} 年第 {asked.number} 季度" in text_
    assert f"{earlier.year} 年第 {earlier.number} 季度" not in text_


@pytest.mark.parametrize("code", ["2026Q9", "2019Q1", "2098Q1", "x"])
def test_other_quarters_are_not_there(desk, code):
    address = f"/cooperative/benefits/{code}"
    assert desk.get(address).status_code == 404
    assert desk.post(f"{address}/copies").status_code == 404


# ── Versions ────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_another_version_with_its_reason(act, desk, report, cooperative, given):
    quarter = last_quarter()
    household = act(make_household, cooperative, **given)
    line_id = act(add_line, household, quarter, **given)
    first = act(hand_in, cooperative, quarter, **given)
    assert send(desk, report).status_code == 409
    desk.post(f"{report}/lines/{line_id}", data={"tie": "rent", "amount": "5", "months": ["0"]})
    assert "有改动没提交" in see(desk, "/cooperative/benefits").text
    nameless = send(desk, report)
    assert nameless.status_code == 422
    assert "更正要写明原因" in nameless.text
    assert send(desk, report, reason="写错了方式").status_code == 303
    page = see(desk, report).text
    assert "写错了方式" in page
    before = act(lambda: db.session.get_one(BenefitVersion, first.id))
    assert (before.sold_fen, before.rent_fen) == (10_000, 0)
    latest = act(lambda: db.session.scalars(select(BenefitVersion).filter_by(number=2)).one())
    assert (latest.sold_fen, latest.rent_fen) == (0, 500)


def test_what_was_changed_since_it_was_read_is_not_handed_in(act, desk, report, cooperative, given):
    fields = see(desk, report).form("/versions").fields
    household = act(make_household, cooperative, **given)
    act(add_line, household, last_quarter(), **given)
    answer = desk.post(f"{report}/versions", data=fields)
    assert answer.status_code == 409
    assert "刚刚有改动" in answer.text
    assert count(act, BenefitVersion) == 0


def test_a_form_that_is_sent_twice_hands_in_once_and_nothing_is_a_report_too(act, desk, report):
    fields = see(desk, report).form("/versions").fields
    assert desk.post(f"{report}/versions", data=fields).status_code == 303
    assert desk.post(f"{report}/versions", data=fields).status_code == 409
    version = only(act, BenefitVersion)
    assert (version.households, version.jobs) == (0, 0)
    assert "零报告" in see(desk, f"{report}/versions/{version.id}").text


def test_a_household_that_becomes_another_kind_can_be_reported_anew(
    act, desk, report, cooperative, given
):
    household = act(make_household, cooperative, **given)
    act(add_line, household, last_quarter(), **given)
    act(hand_in, cooperative, last_quarter(), **given)
    address = f"{HOUSEHOLDS}/{household.id}"
    desk.post(address, data={"code": household.code, "standing": "monitored"})
    assert only(act, VersionLine).standing is Standing.ORDINARY
    assert send(desk, report, reason="补认监测对象").status_code == 303
    query = select(BenefitVersion.monitored).order_by(BenefitVersion.number)
    assert act(lambda: db.session.scalars(query).all()) == [0, 1]


@pytest.mark.parametrize("table", [BenefitVersion, VersionLine, VersionEvidence])
def test_what_was_handed_in_cannot_be_changed_or_deleted(act, cooperative, given, table):
    household = act(make_household, cooperative, **given)
    act(add_line, household, last_quarter(), **given)
    act(hand_in, cooperative, last_quarter(), **given)
    for statement in (update(table).values(id=table.id), table.__table__.delete()):
        with pytest.raises(DBAPIError, match="append-only"):
            act(lambda statement=statement: db.session.execute(statement))
    assert count(act, table) == 1


def test_flask_check_finds_a_version_that_is_not_its_lines_and_a_strangers_household(
    act, cooperative, manager, given
):
    quarter = last_quarter()
    own = act(make_household, cooperative, **given)
    stranger = act(lambda: make_household(make_cooperative(), **given).id)
    line_id = act(add_line, own, quarter, Tie.WAGES, workers=2, **given)
    first = act(hand_in, cooperative, quarter, **given)
    assert act(list_broken) == []

    def plant():
        said = dict.fromkeys(("households", "monitored", "jobs", "wages_fen", "rent_fen"), 0)
        said |= {"report_id": first.report_id, "number": 2, "draft_number": 99, "sold_fen": 1}
        given_in = {"submitted_at": clock.now(), "submitted_by_id": manager.id, "reason": "多报"}
        version = BenefitVersion(**said, **given_in, cooperative_name=cooperative.name)
        db.session.add(version)
        db.session.get_one(DraftLine, line_id).household_id = stranger
        db.session.flush()
        return version.id

    planted = act(plant)
    assert act(list_broken) == [
        f"these versions of benefit reports are not what their lines come to: [{planted}]",
        f"these benefit reports name a household of another cooperative: [{first.report_id}]",
    ]


# ── Evidence ────────────────────────────────────────────────────────────────────────────────────


def test_evidence_is_a_photo_or_a_harmless_pdf(app, act, desk, report):
    assert bring(desk, report).status_code == 303
    assert bring(desk, report, PDF, "工资表.pdf").status_code == 303
    for content, says in (
        (b"MZ no picture", "佐证材料要是照片"),
        (b"%PDF-1.7 cut off", "佐证材料要是照片"),
        (PDF.replace(b"<<>>", b"<</OpenAction 1>>", 1), "带有程序"),
    ):
        refused = bring(desk, report, content)
        assert refused.status_code == 422, content
        assert says in refused.text
    assert desk.post(f"{report}/evidence").status_code == 422
    files = act(lambda: db.session.scalars(select(Evidence).order_by(Evidence.id)).all())
    assert len(files) == 2
    photo, pdf = (f"{report}/evidence/{file.id}" for file in files)
    with desk.get(photo) as answer:
        assert answer.mimetype == "image/webp"
    with desk.get(pdf) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_evidence_that_a_version_has_stays_when_the_draft_lets_it_go(
    app, act, desk, report, cooperative, given
):
    household = act(make_household, cooperative, **given)
    act(add_line, household, last_quarter(), **given)
    bring(desk, report)
    send(desk, report)
    bring(desk, report, picture_bytes(width=500))
    pinned, loose = act(lambda: db.session.scalars(select(Evidence).order_by(Evidence.id)).all())
    for file in (pinned, loose):
        assert desk.post(f"{report}/evidence/{file.id}/removal").status_code == 303
    with desk.get(f"{report}/evidence/{pinned.id}") as answer:
        assert answer.status_code == 200
    assert desk.get(f"{report}/evidence/{loose.id}").status_code == 404
    folder = evidence_folder(app.config["SETTINGS"])
    with app.app_context(), time_machine.travel(clock.start_of(date(2090, 1, 1))):
        forget_evidence(clock.now())
    kept = {file.stem for file in folder.glob("*.webp")}
    assert pinned.sha256 in kept
    assert loose.sha256 not in kept


# ── Strangers, colleagues, officials ────────────────────────────────────────────────────────────


def test_no_other_cooperative_sees_or_changes_anything(app, act, desk, report, cooperative, given):
    household = act(make_household, cooperative, identity=IDENTITY, **given)
    line_id = act(add_line, household, last_quarter(), **given)
    version = act(hand_in, cooperative, last_quarter(), **given)
    evidence = only(act, Evidence)
    stranger = app.test_client()
    sign_in(stranger, act(make_cooperative_member))
    own = f"{HOUSEHOLDS}/{household.id}"
    for address in (
        own,
        f"{report}/lines/{line_id}",
        f"{report}/lines/new?household={household.id}",
        f"{report}/versions/{version.id}",
        f"{report}/evidence/{evidence.id}",
    ):
        assert stranger.get(address).status_code == 404, address
    filled = {"household": str(household.id), "tie": "sold", "amount": "1"}
    for address in (
        own,
        f"{own}/disclosure",
        f"{own}/withdrawal",
        f"{report}/lines",
        f"{report}/lines/{line_id}",
        f"{report}/lines/{line_id}/removal",
        f"{report}/evidence/{evidence.id}/removal",
    ):
        sent = stranger.post(address, data=filled | CODE_ONLY)
        assert sent.status_code == 404, address
    assert household.code not in stranger.get(HOUSEHOLDS).text
    assert "还没有农户" in see(stranger, report).text
    assert only(act, DraftLine).amount_fen == 10_000
    assert only(act, Household).is_named


@pytest.mark.parametrize("role", [MemberRole.PICKER, MemberRole.ACCOUNTANT])
def test_only_who_runs_the_cooperative_may_know(app, act, cooperative, report, role):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative, role))
    for address in (HOUSEHOLDS, "/cooperative/benefits", report):
        assert client.get(address).status_code == 403


@pytest.fixture
def two_towns(act, cooperative, manager, given):
    """Two cooperatives of the same town that both know one person, and one of another town."""
    quarter = last_quarter()

    def run():
        neighbour, elsewhere = make_cooperative(TOWN), make_cooperative(OTHER_TOWN)
        silent = make_cooperative(TOWN)
        for each in (cooperative, neighbour, elsewhere):
            shared = make_household(each, identity=IDENTITY, standing=Standing.MONITORED, **given)
            own = make_household(each, **given)
            add_line(shared, quarter, Tie.WAGES, 100_000, workers=2, **given)
            add_line(own, quarter, Tie.SOLD, 50_000, **given)
            hand_in(each, quarter, **given)
        return {"neighbour": neighbour, "elsewhere": elsewhere, "silent": silent}

    return act(run)


def official(app, act, *where):
    client = app.test_client()
    sign_in(client, act(make_official, *where))
    return client


def test_officials_read_the_numbers_of_their_scope_and_nobodys_name(
    app, act, cooperative, two_towns
):
    page = see(official(app, act, ScopeLevel.TOWN, TOWN), "/official/benefits").text
    assert "2 家已报，共 3 家" in page
    # The person whom both know counts once in the sum, and once in each row.
    assert "带动户数（去重） 3 户" in page
    assert "其中脱贫户、监测对象 1 户" in page
    assert two_towns["elsewhere"].name not in page
    assert f"{two_towns['silent'].name} 石鼓镇" in page
    assert "何" not in page.replace("任何", "")
    assert IDENTITY not in page
    everywhere = see(official(app, act), "/official/benefits").text
    assert "带动户数（去重） 4 户" in everywhere
    year = last_quarter().year
    assert (
        "2 家已报"
        in see(official(app, act, ScopeLevel.TOWN, TOWN), f"/official/benefits?period={year}").text
    )


def test_a_year_counts_a_household_of_several_quarters_once(app, act, cooperative, given):
    with time_machine.travel(clock.start_of(date(2026, 11, 28)), tick=False):
        now = given | {"at": clock.now()}
        household = act(make_household, cooperative, **now)
        for quarter in (Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3)):
            act(add_line, household, quarter, Tie.WAGES, 1_000_000, workers=2, **now)
            act(hand_in, cooperative, quarter, **now)
        page = see(official(app, act), "/official/benefits?period=2026").text
    assert "带动户数（去重） 1 户" in page
    assert "带动务工 2 人" in page
    assert "务工工资 3.00 万元" in page
    assert "3 个季度" in page


def test_an_official_opens_a_version_inside_the_scope_only(app, act, cooperative, two_towns):
    query = select(BenefitVersion.id).order_by(BenefitVersion.id)
    first, *_, last = act(lambda: db.session.scalars(query).all())
    town = official(app, act, ScopeLevel.TOWN, TOWN)
    text_ = see(town, f"/official/benefits/versions/{first}").text
    assert "¥1,000.00" in text_
    assert "佐证材料 1 份" in text_
    assert town.get(f"/official/benefits/versions/{last}").status_code == 404
    evidence = act(lambda: db.session.scalars(select(Evidence.id)).first())
    report = f"/cooperative/benefits/{last_quarter().code}"
    assert town.get(f"{report}/evidence/{evidence}").status_code == 403


def test_pages_ask_no_more_for_more_households(app, act, desk, report, cooperative, given):
    town = official(app, act)
    pages = [(desk, report), (desk, HOUSEHOLDS), (desk, "/cooperative/benefits")]
    pages.append((town, "/official/benefits"))

    def statements():
        counts = []
        for client, address in pages:
            with counted_queries(app) as seen:
                assert client.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    def fill(number):
        each = cooperative if number == 0 else make_cooperative()
        for place in range(1 if number == 0 else 4):
            product = make_product(each, name=f"番薯{number}{place}")
            household = make_household(each, identity=make_identity(100 + place), **given)
            add_line(household, last_quarter(), product_id=product.id, **given)
        hand_in(each, last_quarter(), **given)

    act(fill, 0)
    few = statements()
    for number in range(1, 4):
        act(fill, number)

    def more():
        own = db.session.get_one(Organisation, cooperative.id)
        for place in range(6):
            add_line(
                make_household(own, phone=f"1390000000{place}", **given), last_quarter(), **given
            )

    act(more)
    assert statements() == few
    assert max(few) <= 14


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────


def test_managers_are_reminded_once_each_time_and_not_once_it_is_handed_in(
    app, act, cooperative, manager
):
    def night_of(month, day):
        with (
            app.app_context(),
            time_machine.travel(clock.start_of(date(2026, month, day)), tick=False),
        ):
            remind_of_reports(clock.now())

    query = select(Notice.letter).where(Notice.account_id == manager.id).order_by(Notice.id)

    def letters():
        found = act(lambda: db.session.scalars(query).all())
        return [letter.removeprefix("suppliers/benefit_") for letter in found]

    for day in (1, 1, 2, 10, 11, 14, 15, 16, 20):
        night_of(10, day)
    assert letters() == ["due"] * 3 + ["overdue"]
    with time_machine.travel(clock.start_of(date(2027, 1, 2)), tick=False):
        act(hand_in, cooperative, Quarter(2026, 4), by=manager.id, at=clock.now())
    night_of(12, 31)
    with app.app_context(), time_machine.travel(clock.start_of(date(2027, 1, 3)), tick=False):
        assert remind_of_reports(clock.now()) == 0
    assert len(letters()) == 4
    client = app.test_client()
    sign_in(client, manager)
    assert "联农带农季度报告" in see(client, "/account/inbox").text
