"""A cooperative brings its renewed licence itself; with the office's word it counts."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select

from orders.sales.queries import Slice
from orders.statistics.queries.figures import products_by
from orders.statistics.rules.summary import By
from shop import clock
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import MemberRole, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.applications.handlers import forget_papers
from suppliers.licences.models import LicenceRenewal
from suppliers.licences.services import LicenceEntry, look_after, record_licence
from suppliers.verification.models import Document, DocumentKind, Photo
from tests.factories.catalog import make_product, picture_bytes
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    sign_in,
)
from tests.parts.pages import see

OWN, OFFICE = "/cooperative/licences", "/admin/licences"
BUSINESS, FOOD = DocumentKind.BUSINESS_LICENCE, DocumentKind.FOOD_PRODUCTION


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def desk(app, manager):
    return client_of(app, manager)


@pytest.fixture
def office(app, act):
    return client_of(app, act(make_administrator))


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def today():
    return clock.day_of(clock.now())


def write_down(act, cooperative, manager, kind=BUSINESS, days=3):
    entry = LicenceEntry(kind=kind, number="G-1", expires_on=today() + timedelta(days=days))
    act(lambda: record_licence(cooperative.id, entry, by=manager.id, at=clock.now()).id)


def lapse(act, cooperative):
    act(lambda: look_after(cooperative.id, at=clock.now() + timedelta(days=10)))


def bring(desk, **changes):
    photo = (BytesIO(picture_bytes()), "licence.jpg")
    given = {"kind": "business_licence", "number": "G-2", "expires_on": "2031-12-20"}
    data = {**given, "photo": photo, **changes}
    return desk.post(OWN, data={name: value for name, value in data.items() if value is not None})


def renewal(act):
    query = select(LicenceRenewal).order_by(LicenceRenewal.id.desc()).limit(1)
    return act(lambda: db.session.scalars(query).one_or_none())


def answer(act, office, what, **data):
    return office.post(f"{OFFICE}/{renewal(act).id}/{what}", data=data)


def letters(act, manager):
    query = select(Notice.letter).where(Notice.account_id == manager.id).order_by(Notice.id)
    found = act(lambda: db.session.scalars(query).all())
    return [letter.removeprefix("suppliers/") for letter in found]


def test_a_renewed_licence_counts_once_the_office_confirms_it_and_not_before(
    app, act, cooperative, manager, desk, office
):
    product = act(make_product, cooperative)
    write_down(act, cooperative, manager)
    lapse(act, cooperative)
    buyer = app.test_client()
    assert buyer.get(f"/products/{product.id}").status_code == 404
    assert bring(desk).location == OWN
    assert "等平台确认的新证" in see(desk, OWN).text
    assert buyer.get(f"/products/{product.id}").status_code == 404
    assert cooperative.name in see(office, OFFICE).text
    assert "G-1" in see(office, f"{OFFICE}/{renewal(act).id}").text
    assert answer(act, office, "confirmation").location == OFFICE
    assert buyer.get(f"/products/{product.id}").status_code == 200
    assert letters(act, manager)[-1] == "licence_confirmed"
    page = see(desk, OWN).text
    assert "以前的证照" in page
    assert "G-2" in page


def test_every_version_stays(act, cooperative, manager, desk, office):
    write_down(act, cooperative, manager)
    for number in ("G-2", "G-3"):
        bring(desk, number=number)
        answer(act, office, "confirmation")
    query = select(Document).filter_by(organisation_id=cooperative.id).order_by(Document.id)
    papers = act(lambda: db.session.scalars(query).all())
    assert [paper.number for paper in papers] == ["G-1", "G-2", "G-3"]
    assert [paper.replaced_at is None for paper in papers] == [False, False, True]
    assert papers[-1].photo_id == renewal(act).photo_id


def test_before_it_runs_out_nothing_is_interrupted(app, act, cooperative, manager, desk, office):
    product = act(make_product, cooperative)
    write_down(act, cooperative, manager)
    bring(desk)
    answer(act, office, "confirmation")
    lapse(act, cooperative)
    assert app.test_client().get(f"/products/{product.id}").status_code == 200


def test_what_is_refused_changes_nothing_and_says_why(act, cooperative, manager, desk, office):
    write_down(act, cooperative, manager)
    bring(desk)
    assert answer(act, office, "refusal", reason="").status_code == 422
    assert answer(act, office, "refusal", reason="照片看不清").location == OFFICE
    page = see(desk, OWN).text
    assert "照片看不清" in page
    assert "G-1" in page
    assert letters(act, manager) == ["licence_refused"]
    assert bring(desk, number="G-3").location == OWN


def test_of_two_answers_the_first_counts(act, cooperative, desk, office):
    bring(desk)
    answer(act, office, "confirmation")
    answer(act, office, "refusal", reason="照片看不清")
    assert renewal(act).answer == "confirmed"
    assert renewal(act).reason == ""
    answer(act, office, "confirmation")
    count = select(Document.id).filter_by(organisation_id=cooperative.id)
    assert len(act(lambda: db.session.scalars(count).all())) == 1


def test_one_of_a_kind_waits_and_can_be_taken_back(act, cooperative, desk, office):
    bring(desk)
    assert bring(desk, number="G-3").status_code == 409
    assert bring(desk, kind="food_production").location == OWN
    first = next(f for f in see(desk, OWN).forms if f.action.endswith("/withdrawal"))
    assert desk.post(first.action).location == OWN
    assert bring(desk, number="G-3").location == OWN


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"photo": None}, "请拍一张"),
        ({"photo": (BytesIO(b"no picture"), "x.jpg")}, "图片"),
        ({"number": ""}, "请填写"),
        ({"expires_on": ""}, "请填写有效期"),
        ({"expires_on": "2022-01-01"}, "已经过期"),
        ({"open_ended": "y"}, "写了日期就不要勾选"),
        ({"kind": "passport"}, "请选择哪一种证照"),
    ],
)
def test_half_a_licence_is_refused_beside_its_field(act, desk, changes, says):
    refused = bring(desk, **changes)
    assert refused.status_code == 422
    assert says in refused.text
    assert renewal(act) is None


def test_a_photo_that_came_need_not_come_again(act, desk):
    refused = bring(desk, number="")
    photo_id = act(lambda: db.session.scalars(select(Photo.id)).one())
    assert f'value="{photo_id}"' in refused.text
    assert bring(desk, photo=None, photo_id=str(photo_id)).location == OWN
    assert renewal(act).photo_id == photo_id


def test_a_strangers_photo_is_no_photo(app, act, desk):
    stranger = client_of(app, act(make_cooperative_member))
    bring(stranger, number="")
    photo_id = act(lambda: db.session.scalars(select(Photo.id)).one())
    assert bring(desk, photo=None, photo_id=str(photo_id)).status_code == 422


def test_a_colleague_sees_the_photo_a_stranger_and_a_picker_do_not(app, act, cooperative, desk):
    bring(desk)
    address = f"/applications/photos/{renewal(act).photo_id}"
    colleague = client_of(app, act(make_cooperative_member, cooperative))
    picker = client_of(app, act(make_cooperative_member, cooperative, MemberRole.PICKER))
    stranger = client_of(app, act(make_cooperative_member))
    answers = [client.get(address) for client in (colleague, picker, stranger)]
    assert [each.status_code for each in answers] == [200, 404, 404]
    for each in answers:
        each.close()


def test_photos_of_what_was_brought_are_kept(app, act, desk):
    bring(desk)
    with app.app_context(), time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        forget_papers(clock.now())
    answer = desk.get(f"/applications/photos/{renewal(act).photo_id}")
    assert answer.status_code == 200
    answer.close()


def test_another_cooperatives_renewal_is_nobodys_here(app, act, desk):
    bring(desk)
    stranger = client_of(app, act(make_cooperative_member))
    assert stranger.post(f"{OWN}/{renewal(act).id}/withdrawal").status_code == 404


def test_statistics_count_nothing_behind_a_lapsed_licence(app, act, cooperative, manager):
    act(make_product, cooperative, name="荔枝")
    write_down(act, cooperative, manager, FOOD)
    act(make_product, cooperative, name="荔枝干", category="processed")

    def on_sale():
        part = Slice(scope=Scope(ScopeLevel.BUREAU, None), since=today(), until=today())
        return sum(products_by(By.COOPERATIVE, part).values())

    assert act(on_sale) == 2
    lapse_at = clock.now() - timedelta(days=1)

    def note(**lapsed):
        found = db.session.get_one(Organisation, cooperative.id)
        for name in ("food_licence_lapsed_at", "licence_lapsed_at", "recheck_lapsed_at"):
            setattr(found, name, lapsed.get(name))

    act(note, food_licence_lapsed_at=lapse_at)
    assert act(on_sale) == 1
    act(note, licence_lapsed_at=lapse_at)
    assert act(on_sale) == 0
    act(note, recheck_lapsed_at=lapse_at)
    assert act(on_sale) == 0
    act(note, recheck_lapsed_at=clock.now() + timedelta(days=2))
    assert act(on_sale) == 2
