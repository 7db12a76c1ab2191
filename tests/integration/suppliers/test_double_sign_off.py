"""Both signatures at the same moment, and whatever else happens at once, on both engines."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.accounts.people.models import Account, Appointment, Body, Membership, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import appoint, end_appointment
from shop.db import db
from shop.errors import DomainError
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.applications import services
from suppliers.applications.errors import (
    BodySigned,
    ChangedMeanwhile,
    MayNotSign,
    NotInReview,
    SignedAlready,
)
from suppliers.verification.models import Application, SignOff, Step
from tests.factories.applications import (
    filled,
    make_applicant,
    make_signers,
    signed_by,
    submitted,
)
from tests.factories.people import TOWN, make_credit_code, make_official
from tests.parts.together import run_together

pytestmark = pytest.mark.both_engines

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def review(act):
    """An application in review, and its town's two bodies."""
    government, team = act(make_signers)
    return act(submitted), government, team


def sign(application, official, version=None):
    return lambda: services.sign(
        application.id, version or application.version, "属实", by=official.id, at=NOW
    )


def take_back(application):
    return lambda: services.withdraw(application.id, by=application.applicant_id, at=NOW)


def give_back(application, official):
    reasons = {Step.CONTACT: "电话打不通"}
    return lambda: services.give_back(
        application.id, application.version, reasons, by=official.id, at=NOW
    )


def acted(act, service):
    return lambda: act(service)


def count(act, model):
    return act(lambda: db.session.scalar(select(func.count()).select_from(model)))


def sound(act):
    assert act(list_broken) == []


def test_both_sign_at_once_and_it_is_admitted_once(act, review):
    application, government, team = review
    results = run_together(
        *(acted(act, sign(application, official)) for official in (government, team))
    )
    assert sorted(results) == [False, True]
    assert (count(act, SignOff), count(act, Organisation), count(act, Membership)) == (2, 1, 1)
    sound(act)


def test_the_same_person_signs_once_however_often_the_button_is_pressed(act, review):
    application, government, _ = review
    results = run_together(*[acted(act, sign(application, government))] * 4)
    assert sum(result is False for result in results) == 1
    assert sum(isinstance(result, SignedAlready) for result in results) == 3
    assert count(act, SignOff) == 1
    sound(act)


def test_two_of_one_body_at_once_give_one_signature(act, review):
    application, government, _ = review
    colleague = act(make_official, "town", TOWN, Body.TOWN_GOVERNMENT)
    results = run_together(
        *(acted(act, sign(application, official)) for official in (government, colleague))
    )
    assert sum(result is False for result in results) == 1
    assert sum(isinstance(result, BodySigned) for result in results) == 1
    assert count(act, SignOff) == 1


def test_one_person_who_changed_sides_does_not_sign_for_both(act, review):
    application, government, _ = review
    act(sign(application, government))
    act(_change_sides, government)
    with pytest.raises(SignedAlready):
        act(sign(application, government))
    assert count(act, Organisation) == 0


def _change_sides(person):
    account = db.session.get_one(Account, person.id)
    end_appointment(account.official_appointment, at=NOW)
    scope = Scope(ScopeLevel.TOWN, TOWN)
    appoint(account, Office.OFFICIAL, scope=scope, body=Body.TOWN_TEAM, at=NOW)


def test_one_signs_while_the_other_gives_it_back(act, review):
    """Whoever comes first is right, and the other is told."""
    application, government, team = review
    results = run_together(
        acted(act, sign(application, government)), acted(act, give_back(application, team))
    )
    refused = [result for result in results if isinstance(result, DomainError)]
    assert all(isinstance(each, NotInReview | ChangedMeanwhile) for each in refused)
    now = act(lambda: db.session.get_one(Application, application.id))
    assert now.submitted_at is None
    assert now.admitted_at is None
    sound(act)


def test_the_second_signature_and_a_withdrawal_at_once(act, review):
    application, government, team = review
    act(sign(application, government))
    signed, withdrawn = run_together(
        acted(act, sign(application, team)), acted(act, take_back(application))
    )
    if signed is True:
        assert isinstance(withdrawn, NotInReview)
        assert count(act, Organisation) == 1
    else:
        assert isinstance(signed, NotInReview)
        assert count(act, Organisation) == 0
    sound(act)


def test_two_hand_in_the_same_code_at_once(act):
    code = make_credit_code(990_001)
    drafts = [act(filled, credit_code=code) for _ in range(2)]

    def hand_in(draft):
        return lambda: services.submit(draft.id, draft.version, by=draft.applicant_id, at=NOW)

    results = run_together(*(acted(act, hand_in(draft)) for draft in drafts))
    assert sum(result is None for result in results) == 1
    codes = [each.code for each in results if isinstance(each, DomainError)]
    assert codes == ["credit_code_taken"]


def test_beginning_twice_at_once_begins_one(act):
    person = act(make_applicant)
    begin = acted(act, lambda: services.begin(person.id, at=NOW))
    assert len(set(run_together(*[begin] * 4))) == 1
    assert count(act, Application) == 1


def test_who_lost_the_office_a_moment_before_signs_no_more(act, review):
    application, government, _ = review
    act(_end_office, government)
    with pytest.raises(MayNotSign):
        act(sign(application, government))


def _end_office(person):
    appointment = db.session.scalars(select(Appointment).filter_by(account_id=person.id)).one()
    end_appointment(appointment, at=NOW)


def test_the_database_itself_refuses_a_second_signature_of_a_body_or_a_person(act, review):
    application, government, team = review
    act(sign(application, government))
    for body, official in ((Body.TOWN_GOVERNMENT, team), (Body.TOWN_TEAM, government)):
        with pytest.raises(IntegrityError):
            act(_sign_past_the_rules, application, body, official)


def _sign_past_the_rules(application, body, official):
    db.session.add(
        SignOff(
            application_id=application.id,
            version=application.version,
            body=body,
            official_id=official.id,
            note="",
            at=NOW,
        )
    )
    db.session.flush()


def test_a_signature_is_never_changed(act, review):
    application, government, _ = review
    act(sign(application, government))
    with pytest.raises(DBAPIError):
        act(lambda: db.session.execute(update(SignOff).values(note="x")))


def test_the_check_finds_a_cooperative_that_was_admitted_without_both(act, review):
    application, government, team = review
    act(signed_by, application, government)
    act(signed_by, application, team)
    sound(act)
    act(lambda: setattr(db.session.get_one(Application, application.id), "version", 99))
    assert [each for each in act(list_broken) if "admitted without both signatures" in each]


def test_the_check_finds_what_both_signed_and_nobody_admitted(act, review):
    application, government, team = review
    act(signed_by, application, government)
    with suppress(DomainError):
        act(_sign_past_the_rules, application, Body.TOWN_TEAM, team)
    assert [each for each in act(list_broken) if "are not admitted" in each]
