"""A notice for each step of an application: to the applicant, and to those whose turn it is.

At night the photos that nothing speaks of any more are thrown away.
"""

from datetime import datetime, timedelta

from flask import current_app

from shop.accounts.notices.rules import Contact, contact_of
from shop.accounts.notices.services import tell
from shop.accounts.people.models import Body
from shop.db import db, transaction
from shop.events import on
from shop.jobs import nightly
from shop.uploads import forget_unknown
from suppliers.applications.events import (
    ApplicationAdmitted,
    ApplicationReturned,
    ApplicationSigned,
    ApplicationSubmitted,
)
from suppliers.applications.gateways import papers_folder
from suppliers.applications.queries import list_photo_hashes, list_signers
from suppliers.applications.rules import waits_for
from suppliers.applications.services import forget_loose_photos
from suppliers.verification.models import Application, Step

# Time to notice that the wrong photo was replaced, and to take it up again.
LOOSE_PHOTOS_KEPT = timedelta(days=7)


@on(ApplicationSubmitted)
def tell_submitted(event: ApplicationSubmitted) -> None:
    application = _get(event.application_id)
    _write(contact_of(application.applicant), "application_submitted", application, event.at)
    _ask_to_sign(application, [], event.at)


@on(ApplicationSigned)
def tell_signed(event: ApplicationSigned) -> None:
    """The applicant hears of the first signature, and the other body that its turn has come."""
    application = _get(event.application_id)
    signed = [sign_off.body for sign_off in application.valid_sign_offs]
    told = {"signed": _names(signed), "waiting": _names(waits_for(application))}
    applicant = contact_of(application.applicant)
    _write(applicant, "application_signed", application, event.at, **told)
    _ask_to_sign(application, signed, event.at)


@on(ApplicationReturned)
def tell_returned(event: ApplicationReturned) -> None:
    application = _get(event.application_id)
    last = application.returns[-1]
    reasons = [[Step(step).value, reason] for step, reason in last.reasons.items()]
    told = {"body": last.body.value, "reasons": reasons}
    applicant = contact_of(application.applicant)
    _write(applicant, "application_returned", application, event.at, **told)


@on(ApplicationAdmitted)
def tell_admitted(event: ApplicationAdmitted) -> None:
    application = _get(event.application_id)
    _write(contact_of(application.applicant), "application_admitted", application, event.at)


@nightly
def forget_papers(at: datetime) -> int:
    """Throw away photos that were replaced or removed, and their files; return how many files."""
    before = at - LOOSE_PHOTOS_KEPT
    with transaction():
        forget_loose_photos(before=before)
    folder = papers_folder(current_app.config["SETTINGS"])
    return forget_unknown(folder, before=before, known=list_photo_hashes)


def _ask_to_sign(application: Application, signed: list[Body], at: datetime) -> None:
    told = {"signed": _names(signed)}
    for official in list_signers(application.town_code or "", waits_for(application)):
        _write(official, "application_to_sign", application, at, path="official", **told)


def _write(
    to: Contact,
    letter: str,
    application: Application,
    at: datetime,
    *,
    path: str = "",
    **told: object,
) -> None:
    own = f"/applications/{application.id}"
    tell(
        to,
        f"suppliers/{letter}",
        {"cooperative": application.name, **told},
        key=f"application:{application.id}:{letter}:{application.version}:"
        f"{len(application.valid_sign_offs)}:{to.account_id}",
        path=f"/official{own}" if path == "official" else own,
        at=at,
    )


def _names(bodies: list[Body]) -> list[str]:
    return [body.value for body in bodies]


def _get(application_id: int) -> Application:
    """The application with the signatures and returns of this very act."""
    application = db.session.get_one(Application, application_id)
    db.session.expire(application, ["sign_offs", "returns", "submissions"])
    return application
