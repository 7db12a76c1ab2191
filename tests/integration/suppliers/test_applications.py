"""A cooperative applies on a phone: step by step, with photos, to both signatures."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import TownDesignation
from shop.places.services import end_designation
from shop.secrets import open_sealed
from suppliers.applications import services
from suppliers.applications.gateways import papers_folder
from suppliers.applications.handlers import forget_papers
from suppliers.verification.models import (
    Application,
    BankAccount,
    Document,
    Photo,
    SampleProduct,
)
from tests.factories.applications import (
    ACCOUNT_NUMBER,
    begun,
    filled,
    make_applicant,
    make_signers,
    returned_by,
    signed_by,
    submitted,
)
from tests.factories.catalog import picture_bytes
from tests.factories.people import (
    CITY,
    COUNTY,
    OTHER_TOWN,
    SINCE,
    TOWN,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_credit_code,
    make_official,
    make_places,
    make_policies,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries

CODE = make_credit_code(815)
COOPERATIVE = {"name": "石鼓示例农民专业合作社", "credit_code": CODE}
CONTACT = {"town_code": TOWN, "village": "上村", "contact": "谢社长", "phone": "138 0000 0000"}
BANK = {"holder": "石鼓示例", "bank": "示例农商银行", "number": "6222 0200 0000 1234 567"}


def photo(content: bytes | None = None, name: str = "执照.jpg"):
    return (BytesIO(content or picture_bytes()), name)


@pytest.fixture
def browser(app, act):
    """Opens a browser in which somebody is signed in."""

    def open_for(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return open_for


@pytest.fixture
def applicant(act, browser):
    """A phone in which somebody has just begun to apply."""
    act(make_places)
    client = browser(act(make_applicant))
    assert client.post("/applications").status_code == 303
    return client


def the(act, model):
    return act(lambda: db.session.scalars(select(model)).one())


def titles_of(act, account):
    query = select(Notice.letter).where(Notice.account_id == account.id).order_by(Notice.id)
    return act(lambda: db.session.scalars(query).all())


def test_a_newcomer_registers_applies_is_signed_by_both_and_sells(app, act, browser):
    act(make_places)
    act(make_policies)
    government, team = act(make_signers)
    phone = app.test_client()
    new = see(phone, "/applications/new")
    joining = see(phone, new.link("先注册")).form("/join")
    send(
        phone,
        joining,
        name="谢社长",
        identifier="13800000001",
        password="a basket of litchis",
        agreement="y",
        privacy="y",
    )
    step = send(phone, see(phone, "/applications/new").form("/applications")).location
    step = send(phone, see(phone, step).form("/cooperative"), **COOPERATIVE).location
    step = send(phone, see(phone, step).form("/contact"), **CONTACT).location
    licence = see(phone, step).link("去填写")
    send(
        phone,
        see(phone, licence).form(licence),
        number="粤示例1号",
        expires_on="2098-01-01",
        photo=photo(),
    )
    step = see(phone, step).link("下一步")
    step = send(phone, see(phone, step).form("/bank-account"), **BANK, consent="y").location
    sample = see(phone, step).link("去填写")
    send(phone, see(phone, sample).form(sample), name="示例番薯", photo=photo())
    whole = see(phone, step).link("看一遍")
    send(phone, see(phone, whole).form("/submission"))

    application = the(act, Application)
    desk = f"/official/applications/{application.id}"
    first, second = browser(government), browser(team)
    send(first, see(first, desk).form("/sign-offs"), note="到村里看过")
    assert "等驻镇工作队签字" in see(phone, whole).text
    assert not act(lambda: db.session.scalars(select(Organisation)).all())
    send(second, see(second, desk).form("/sign-offs"), note="属实")

    cooperative = the(act, Organisation)
    assert cooperative.may_sell
    assert (cooperative.name, cooperative.credit_code) == tuple(COOPERATIVE.values())
    assert (cooperative.town_code, cooperative.phone) == (TOWN, "13800000000")
    assert see(phone, whole).link("打开合作社工作台") == "/cooperative"
    assert phone.get("/cooperative").status_code == 200
    applicant_id = application.applicant_id
    manager = act(lambda: db.session.get_one(Account, applicant_id))
    assert manager.cooperative.id == cooperative.id
    for paper in (the(act, Document), the(act, BankAccount)):
        assert paper.organisation_id == cooperative.id
    assert titles_of(act, manager) == [
        "suppliers/application_submitted",
        "suppliers/application_signed",
        "suppliers/application_admitted",
    ]
    assert titles_of(act, government) == ["suppliers/application_to_sign"]
    assert titles_of(act, team) == ["suppliers/application_to_sign"] * 2
    done = select(AuditEntry.act).where(AuditEntry.act != "view_personal")
    acts = act(lambda: db.session.scalars(done.order_by(AuditEntry.id)).all())
    assert acts[-7:] == [
        "begin_application",
        "consent_to_bank_account",
        "submit_application",
        "sign_application",
        "sign_application",
        "register_cooperative",
        "admit_cooperative",
    ]
    inbox = see(phone, "/account/inbox").text
    assert "镇政府已签字，还等驻镇工作队签字。" in inbox


def test_a_stranger_is_led_to_the_door_first(client):
    answer = client.post("/applications")
    assert answer.location == "/sign-in"


def test_what_was_right_is_kept_though_the_rest_was_wrong_and_the_browser_closed(act, applicant):
    number = the(act, Application).id
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    given = {"name": COOPERATIVE["name"], "credit_code": wrong}
    answer = applicant.post(f"/applications/{number}/cooperative", data=given)
    assert answer.status_code == 422
    assert "这不是有效的统一社会信用代码" in answer.text
    assert wrong in answer.text
    assert the(act, Application).name == COOPERATIVE["name"]
    assert see(applicant, f"/applications/{number}/cooperative").form("/cooperative").fields == {
        "name": COOPERATIVE["name"],
        "credit_code": "",
    }


def test_a_draft_says_what_is_missing_and_cannot_be_handed_in(act, applicant):
    application = the(act, Application)
    address = f"/applications/{application.id}"
    page = see(applicant, address)
    for missing in ("合作社全称", "所在镇", "营业执照的号码", "收款账户", "至少一样样品"):
        assert missing in page.text
    assert not [form for form in page.forms if form.action.endswith("/submission")]
    applicant.post(f"{address}/submission", data={"version": str(application.version)})
    assert the(act, Application).submitted_at is None
    assert "还有没填完的内容" in applicant.get(address).text


def test_beginning_twice_goes_on_with_the_first(act, applicant):
    first = applicant.post("/applications").location
    assert applicant.post("/applications").location == first
    assert the(act, Application)


@pytest.mark.parametrize("other", ["registered", "in review"])
def test_a_code_that_somebody_has_is_refused_beside_its_field(act, applicant, other):
    number = the(act, Application).id
    if other == "registered":
        taken = act(make_cooperative).credit_code
    else:
        taken = act(submitted).credit_code
    given = {**COOPERATIVE, "credit_code": taken}
    answer = applicant.post(f"/applications/{number}/cooperative", data=given)
    assert answer.status_code == 422
    assert "这个统一社会信用代码已经登记过" in answer.text


def test_a_draft_locks_nobody_out_of_a_code(act):
    draft = act(filled)
    other = act(submitted, credit_code=draft.credit_code)
    assert other.submitted_at


def test_only_towns_that_are_assisted_today_are_offered(act, applicant):
    number = the(act, Application).id
    form = see(applicant, f"/applications/{number}/contact").form("/contact")
    assert TOWN in form.options["town_code"].values()
    assert "440402001" not in form.options["town_code"].values()
    answer = applicant.post(
        f"/applications/{number}/contact", data={**CONTACT, "town_code": "440402001"}
    )
    assert answer.status_code == 422
    kept = the(act, Application)
    assert (kept.town_code, kept.contact) == (None, "谢社长")


def test_an_introduction_that_promises_a_cure_is_not_kept(act, applicant):
    number = the(act, Application).id
    claim = {"introduction": "治疗咳嗽、降血压、抗癌", "village": "抗癌村"}
    answer = applicant.post(f"/applications/{number}/contact", data={**CONTACT, **claim})
    assert answer.status_code == 422
    for words in ("治疗", "抗癌"):
        assert f"“{words}”像是在说能防病治病" in answer.text
    kept = the(act, Application)
    assert (kept.introduction, kept.village, kept.contact) == ("", "", "谢社长")


def test_a_photo_is_kept_though_the_number_is_missing(app, act, applicant):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    given = {"kind": "business_licence", "expires_on": "2020-01-01", "photo": photo()}
    answer = applicant.post(address, data=given)
    assert answer.status_code == 422
    assert "已经过期" in answer.text
    stored = the(act, Photo)
    assert the(act, Document).photo_id == stored.id
    assert (papers_folder(app.config["SETTINGS"]) / f"{stored.sha256}.webp").exists()
    again = {"kind": "business_licence", "number": "1号", "open_ended": "y"}
    assert applicant.post(address, data=again).status_code == 303
    kept = the(act, Document)
    assert kept.is_complete
    assert kept.photo_id == stored.id


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({}, "没有期限的请勾选"),
        ({"expires_on": "2097-01-01", "open_ended": "y"}, "就不要勾选"),
        ({"issued_on": "2097-01-02", "expires_on": "2097-01-01"}, "不能早于发证日期"),
        ({"issued_on": "2097-01-02", "expires_on": "x"}, "请填写日期"),
    ],
)
def test_days_that_do_not_agree_are_refused(act, applicant, days, said):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    given = {"kind": "business_licence", "number": "1号"}
    whole = {**given, "expires_on": "2090-01-01", "photo": photo()}
    assert applicant.post(address, data=whole).status_code == 303
    answer = applicant.post(address, data={**given, **days})
    assert answer.status_code == 422
    assert said in answer.text
    assert the(act, Document).number == "1号"


def test_a_licence_and_a_sample_are_added_and_removed_but_for_the_last(act, applicant):
    number = the(act, Application).id
    for things, model in (("documents", Document), ("products", SampleProduct)):
        address = f"/applications/{number}/{things}"
        applicant.post(address, data={"kind": "food_workshop"})
        ids = act(lambda model=model: db.session.scalars(select(model.id)).all())
        assert len(ids) == 2
        for each in ids:
            applicant.post(f"{address}/{each}/removal")
        left = act(lambda model=model: db.session.scalars(select(model.id)).all())
        assert left == ids[1:]
        assert "至少要留一项" in applicant.get(f"/applications/{number}").text


# ── The bank account ────────────────────────────────────────────────────────────────────────────


def test_a_bank_account_needs_its_own_consent_and_lies_sealed(app, act, applicant):
    number = the(act, Application).id
    address = f"/applications/{number}/bank-account"
    form = see(applicant, address).form("/bank-account")
    assert "consent" not in form.fields, "nobody ticks it but the person"
    refused = applicant.post(address, data=BANK)
    assert refused.status_code == 422
    assert "同意以后我们才能保存" in refused.text
    assert not act(lambda: db.session.scalars(select(BankAccount)).all())
    assert applicant.post(address, data={**BANK, "consent": "y"}).status_code == 303
    account = the(act, BankAccount)
    plain = "6222020000001234567"
    assert plain not in account.sealed_number
    with app.app_context():
        assert open_sealed(account.sealed_number) == plain
    assert account.masked == "**** **** 4567"
    for page in (address, f"/applications/{number}"):
        text = applicant.get(page).text
        assert account.masked in text
        assert plain not in text.replace(" ", "")


def test_the_other_fields_change_without_typing_the_number_again(act, applicant):
    number = the(act, Application).id
    address = f"/applications/{number}/bank-account"
    applicant.post(address, data={**BANK, "consent": "y"})
    before = the(act, BankAccount)
    answer = applicant.post(address, data={"holder": "石鼓示例社", "bank": "示例农商银行"})
    assert answer.status_code == 303
    after = the(act, BankAccount)
    assert after.holder == "石鼓示例社"
    assert after.sealed_number == before.sealed_number


def test_taking_the_consent_back_deletes_the_number(act, applicant):
    number = the(act, Application).id
    address = f"/applications/{number}/bank-account"
    applicant.post(address, data={**BANK, "consent": "y"})
    assert applicant.post(f"{address}/withdrawal").status_code == 303
    assert not act(lambda: db.session.scalars(select(BankAccount)).all())


@pytest.mark.parametrize("typed", ["1234567", "12345678x", "9" * 29, "六二二二零二零零"])
def test_what_is_no_account_number_is_refused_beside_its_field(act, applicant, typed):
    number = the(act, Application).id
    given = {**BANK, "number": typed, "consent": "y"}
    answer = applicant.post(f"/applications/{number}/bank-account", data=given)
    assert answer.status_code == 422
    assert "8 到 28 位数字" in answer.text


# ── Officials ───────────────────────────────────────────────────────────────────────────────────


def test_a_return_shows_its_reasons_by_step_and_the_mended_one_is_signed_anew(act, browser):
    government, team = act(make_signers)
    person = act(make_applicant)
    application = act(submitted, person)
    act(signed_by, application, government)
    desk, address = f"/official/applications/{application.id}", f"/applications/{application.id}"
    second, phone = browser(team), browser(person)
    form = see(second, desk).form("/return")
    empty = second.post(form.action, data=form.fields)
    assert "请至少在一处写明" in empty.text
    send(second, form, documents="照片看不清")
    assert "suppliers/application_returned" in titles_of(act, person)
    assert "要修改：照片看不清" in phone.get(address).text
    assert "照片看不清" in phone.get(f"{address}/documents").text
    assert "证照：照片看不清" in phone.get("/account/inbox").text

    send(phone, see(phone, address).form("/submission"))
    page = see(phone, address)
    assert "后来又改过，这个签字已失效。" in page.text
    assert "等镇政府签字" in page.text
    for official in (government, team):
        client = browser(official)
        send(client, see(client, desk).form("/sign-offs"), note="属实")
    assert the(act, Organisation).may_sell


def test_a_signature_falls_when_the_applicant_takes_it_back(act, browser):
    government, _ = act(make_signers)
    person = act(make_applicant)
    application = act(submitted, person)
    act(signed_by, application, government)
    phone = browser(person)
    address = f"/applications/{application.id}"
    assert phone.post(f"{address}/contact", data=CONTACT).location == address
    assert the(act, Application).contact == "谢社长"
    send(phone, see(phone, address).form("/withdrawal"))
    assert phone.post(f"{address}/contact", data={**CONTACT, "contact": "新人"}).status_code == 303
    send(phone, see(phone, address).form("/submission"))
    assert "等镇政府签字" in see(phone, address).text


def test_signing_what_was_changed_a_moment_before_is_refused(act, browser):
    government, _ = act(make_signers)
    person = act(make_applicant)
    application = act(submitted, person)
    desk = f"/official/applications/{application.id}"
    official, phone = browser(government), browser(person)
    forms = {name: see(official, desk).form(name) for name in ("/sign-offs", "/return")}
    phone.post(f"/applications/{application.id}/withdrawal")
    phone.post(f"/applications/{application.id}/contact", data={**CONTACT, "contact": "新人"})
    send(phone, see(phone, f"/applications/{application.id}").form("/submission"))
    for form in forms.values():
        send(official, form, note="属实", documents="看不清")
        assert "您看的这一版已经改过了" in official.get(desk).text
    assert not the(act, Application).admitted_at
    assert act(lambda: len(db.session.get_one(Application, application.id).sign_offs)) == 0


def test_others_of_the_scope_look_and_nobody_else_does(act, browser):
    act(make_signers)
    application = act(submitted)
    desk = f"/official/applications/{application.id}"
    lookers = [(ScopeLevel.COUNTY, COUNTY), (ScopeLevel.CITY, CITY), (ScopeLevel.BUREAU, None)]
    for level, code in lookers:
        client = browser(act(make_official, level, code))
        assert application.name in client.get("/official/applications").text
        page = see(client, desk)
        assert [form.action for form in page.forms if desk in form.action] == []
        assert "照片只有本镇签字的两个单位能看" in page.text
        given = {"version": str(application.version), "note": "属实", "documents": "看不清"}
        for act_ in ("sign-offs", "return"):
            client.post(f"{desk}/{act_}", data=given)
            assert "只有所在镇的镇政府和驻镇工作队可以" in client.get(desk).text
    elsewhere = browser(act(make_official, ScopeLevel.TOWN, OTHER_TOWN, Body.TOWN_TEAM))
    assert elsewhere.get(desk).status_code == 404
    assert application.name not in elsewhere.get("/official/applications?show=all").text
    assert not act(lambda: db.session.get_one(Application, application.id).sign_offs)


def test_a_draft_is_nobodys_business(act, browser):
    government, _ = act(make_signers)
    application = act(filled)
    client = browser(government)
    assert client.get(f"/official/applications/{application.id}").status_code == 404
    assert application.name not in client.get("/official/applications?show=all").text


def test_nobody_signs_their_own_application(act, browser):
    government, _ = act(make_signers)
    application = act(submitted, government)
    client = browser(government)
    desk = f"/official/applications/{application.id}"
    send(client, see(client, desk).form("/sign-offs"), note="属实")
    assert "不能给自己的申请签字" in client.get(desk).text


def test_a_town_that_lost_its_designation_is_not_signed(act, browser):
    government, _ = act(make_signers)
    application = act(submitted)
    act(_end_designations)
    client = browser(government)
    desk = f"/official/applications/{application.id}"
    send(client, see(client, desk).form("/sign-offs"), note="属实")
    assert "今天不是重点帮扶镇" in client.get(desk).text


def _end_designations():
    for designation in db.session.scalars(select(TownDesignation).filter_by(town_code=TOWN)):
        end_designation(designation, until=clock.day_of(datetime(2025, 2, 1, tzinfo=UTC)))


def test_a_code_that_was_registered_meanwhile_is_not_admitted_twice(act, browser):
    government, team = act(make_signers)
    application = act(submitted)
    act(signed_by, application, government)
    taken = act(make_cooperative)
    act(
        lambda: setattr(
            db.session.get_one(Organisation, taken.id), "credit_code", application.credit_code
        )
    )
    client = browser(team)
    desk = f"/official/applications/{application.id}"
    send(client, see(client, desk).form("/sign-offs"), note="属实")
    assert "已经登记过" in client.get(desk).text
    assert len(act(lambda: db.session.get_one(Application, application.id).sign_offs)) == 1


def test_who_manages_a_cooperative_applies_for_no_second(act, browser):
    client = browser(act(make_cooperative_member))
    assert client.post("/applications").location == "/applications/new"
    assert "一个账户只能为一家合作社供货" in client.get("/applications/new").text


def test_photos_are_shown_to_those_who_look_into_them_and_to_nobody_else(app, act, browser):
    government, team = act(make_signers)
    person = act(make_applicant)
    application = act(begun, person)
    phone = browser(person)
    address = f"/applications/{application.id}/documents/{the(act, Document).id}"
    given = {"kind": "business_licence", "number": "1号", "open_ended": "y", "photo": photo()}
    assert phone.post(address, data=given).status_code == 303
    picture = f"/applications/photos/{the(act, Photo).id}"
    may = {person.id: 200}
    assert browser(government).get(picture).status_code == 404, "it was not handed in yet"
    act(_hand_in, application.id)
    may |= {government.id: 200, team.id: 200}
    administrator = act(make_administrator)
    may[administrator.id] = 200
    others = [
        act(make_resident),
        act(make_cooperative_member),
        act(make_official, ScopeLevel.COUNTY, COUNTY),
        act(make_official, ScopeLevel.TOWN, OTHER_TOWN, Body.TOWN_TEAM),
    ]
    for account in (person, government, team, administrator, *others):
        answer = browser(account).get(picture)
        assert answer.status_code == may.get(account.id, 404), account.name
        if answer.status_code == 200:
            assert answer.mimetype == "image/webp"
            assert answer.cache_control.no_store
        answer.close()
    assert app.test_client().get(picture).status_code == 302
    sha256 = the(act, Photo).sha256
    assert app.test_client().get(f"/pictures/{sha256}.webp").status_code == 404


def _hand_in(application_id):
    application = db.session.get_one(Application, application_id)
    for name, value in {
        "name": "石鼓示例农民专业合作社",
        "credit_code": CODE,
        "town_code": TOWN,
        "contact": "谢社长",
        "phone": "13800000000",
    }.items():
        setattr(application, name, value)
    by = application.applicant_id
    entry = services.AccountEntry(holder="石鼓", bank="示例银行", number=ACCOUNT_NUMBER)
    services.save_bank_account(application_id, entry, by=by, at=SINCE)
    services.save_product(
        application_id, application.products[0].id, {"name": "示例番薯"}, by=by, at=SINCE
    )
    services.submit(application_id, application.version, by=by, at=SINCE)


def test_a_strangers_application_is_not_there(act, browser):
    application = act(filled)
    document, product = the(act, Document), the(act, SampleProduct)
    stranger = browser(act(make_resident))
    own = act(begun, act(make_resident))
    address = f"/applications/{application.id}"
    for path in ("", "/cooperative", "/contact", "/documents", "/bank-account", "/products"):
        assert stranger.get(address + path).status_code == 404
    for path in (
        "/cooperative",
        "/contact",
        f"/documents/{document.id}",
        f"/documents/{document.id}/removal",
        "/bank-account",
        "/bank-account/withdrawal",
        f"/products/{product.id}",
        f"/products/{product.id}/removal",
        "/submission",
        "/withdrawal",
    ):
        assert stranger.post(address + path, data={**COOPERATIVE, **CONTACT}).status_code == 404
    mixed = f"/applications/{own.id}/documents/{document.id}"
    assert stranger.get(mixed).status_code == 404


def test_the_desk_lists_ten_as_cheaply_as_two(app, act, browser):
    government, team = act(make_signers)
    client = browser(government)

    def queries():
        with counted_queries(app) as statements:
            assert client.get("/official/applications?show=all").status_code == 200
        return len(statements)

    for _ in range(2):
        act(signed_by, act(submitted), team)
    few = queries()
    for _ in range(8):
        act(returned_by, act(submitted), team)
    assert queries() == few
    assert "已退回修改" in Page(client.get("/official/applications?show=all").text).text


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd.jpg", "C:\\x.jpg", "a\0.php.jpg", "执照.php", "x" * 3000, ""]
)
def test_the_name_that_a_file_brings_leads_nowhere(app, act, applicant, name):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    before = set(papers_folder(app.config["SETTINGS"]).glob("*"))
    given = {"kind": "business_licence", "number": "1号", "open_ended": "y"}
    answer = applicant.post(address, data={**given, "photo": photo(name=name)})
    assert answer.status_code == (303 if name else 422)
    made = set(papers_folder(app.config["SETTINGS"]).glob("*")) - before
    assert {file.name for file in made} <= {f"{each.sha256}.webp" for each in _photos(act)}


def _photos(act):
    return act(lambda: db.session.scalars(select(Photo)).all())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg><script>alert(1)</script></svg>", "不是能识别的图片"),
        (b"MZ\x90\x00", "不是能识别的图片"),
        (picture_bytes("PNG", 40, 40), "图片太小"),
    ],
    ids=["SVG", "program", "small"],
)
def test_what_is_no_photo_is_refused_beside_its_field_and_the_rest_is_kept(
    act, applicant, content, said
):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    given = {"kind": "business_licence", "number": "1号", "open_ended": "y"}
    answer = applicant.post(address, data={**given, "photo": photo(content)})
    assert answer.status_code == 422
    assert said in answer.text
    assert the(act, Document).number == "1号"
    assert not _photos(act)


def test_a_file_beyond_the_largest_is_refused_before_it_is_read(app, act, applicant, monkeypatch):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    given = {"kind": "business_licence", "number": "1号", "open_ended": "y"}
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    assert applicant.post(address, data={**given, "photo": photo()}).status_code == 413
    assert not _photos(act)


def test_photos_that_were_replaced_are_thrown_away_at_night(app, act, applicant):
    document = the(act, Document)
    address = f"/applications/{document.application_id}/documents/{document.id}"
    given = {"kind": "business_licence", "number": "1号", "open_ended": "y"}
    for width in (300, 301):
        content = picture_bytes("PNG", width, 200)
        assert applicant.post(address, data={**given, "photo": photo(content)}).status_code == 303
    folder = papers_folder(app.config["SETTINGS"])
    files = {each.sha256: folder / f"{each.sha256}.webp" for each in _photos(act)}
    with app.app_context():
        forget_papers(clock.now())
        assert all(file.exists() for file in files.values())
        forget_papers(clock.now() + timedelta(days=8))
    left = the(act, Photo)
    assert the(act, Document).photo_id == left.id
    assert [sha256 for sha256, file in files.items() if file.exists()] == [left.sha256]
