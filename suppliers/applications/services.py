"""Fill in an application, hand it in, sign it or give it back; with both signatures it is admitted.

Whoever changes an application locks it first: of two who act at once, the second sees what the
first has done. A signature names the version that was read, and is refused for any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from catalog.products.gateways import StoredPicture
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.people.models import Account, Body
from shop.accounts.people.services import add_member
from shop.db import db
from shop.errors import NotFound
from shop.events import announce
from shop.organisations.errors import CreditCodeTaken, NameTaken, TownNotAssisted
from shop.organisations.services import CooperativeEntry
from shop.places.queries import is_assisted
from shop.secrets import fingerprint, seal
from suppliers.applications.errors import (
    AlreadySells,
    BodySigned,
    ChangedMeanwhile,
    Incomplete,
    InReview,
    LastPaper,
    MayNotSign,
    NotInReview,
    OwnApplication,
    SignedAlready,
    TooManyPapers,
)
from suppliers.applications.events import (
    ApplicationAdmitted,
    ApplicationReturned,
    ApplicationSigned,
    ApplicationSubmitted,
)
from suppliers.applications.queries import (
    find_signer,
    find_unfinished,
    is_code_taken,
    is_name_taken,
    sells_already,
)
from suppliers.applications.rules import MOST_DOCUMENTS, MOST_PRODUCTS, SIGNERS, missing
from suppliers.licences.models import LicenceRenewal
from suppliers.verification.models import (
    Application,
    ApplicationReturn,
    BankAccount,
    Document,
    DocumentKind,
    Photo,
    SampleProduct,
    SignOff,
    Step,
    Submission,
)
from suppliers.verification.services import admit, register


@dataclass(frozen=True, kw_only=True)
class AccountEntry:
    """Where money is to go. A number comes with the consent to keep it; None keeps the last."""

    holder: str
    bank: str
    number: str | None


def begin(account_id: int, *, at: datetime) -> int:
    """Start an application, or go on with the one that was begun; return its id.

    Raises AlreadySells.
    """
    db.session.get_one(Account, account_id, with_for_update=True)
    unfinished = find_unfinished(account_id)
    if unfinished is not None:
        return unfinished
    if sells_already(account_id):
        raise AlreadySells
    licence = Document(
        kind=DocumentKind.BUSINESS_LICENCE, recorded_at=at, recorded_by_id=account_id
    )
    application = Application(
        applicant_id=account_id,
        created_at=at,
        changed_at=at,
        documents=[licence],
        products=[SampleProduct(name="")],
    )
    db.session.add(application)
    db.session.flush()
    record("begin_application", "application", application.id, by=account_id, at=at)
    return application.id


def save(application_id: int, changes: Mapping[str, Any], *, by: int, at: datetime) -> None:
    """Keep what was filled in of one step. Raises NotFound to strangers, or InReview."""
    application = _lock_own(application_id, by)
    _change(application, application, changes, at)


def save_document(
    application_id: int, document_id: int, changes: Mapping[str, Any], *, by: int, at: datetime
) -> None:
    """Keep what was filled in of a licence. Raises NotFound or InReview."""
    application = _lock_own(application_id, by)
    document = _one(application.documents, document_id)
    _change(application, document, {**changes, "recorded_at": at, "recorded_by_id": by}, at)


def save_product(
    application_id: int, product_id: int, changes: Mapping[str, Any], *, by: int, at: datetime
) -> None:
    """Keep what was filled in of a sample. Raises NotFound or InReview."""
    application = _lock_own(application_id, by)
    _change(application, _one(application.products, product_id), changes, at)


def save_bank_account(application_id: int, entry: AccountEntry, *, by: int, at: datetime) -> None:
    """Keep where money is to go, the number sealed. Raises NotFound, InReview, or Incomplete when
    there is no number yet."""
    application = _lock_own(application_id, by)
    if entry.number is None and application.bank_account is None:
        raise Incomplete
    changes: dict[str, Any] = {"holder": entry.holder, "bank": entry.bank}
    if entry.number is not None:
        changes |= {
            "sealed_number": seal(entry.number),
            "number_fingerprint": fingerprint(entry.number),
            "last_digits": entry.number[-4:],
            "consented_by_id": by,
            "consented_at": at,
        }
        record("consent_to_bank_account", "application", application_id, by=by, at=at)
    account = application.bank_account or BankAccount(application_id=application_id)
    db.session.add(account)
    _change(application, account, changes, at)


def forget_bank_account(application_id: int, *, by: int, at: datetime) -> None:
    """Take the consent back: the number is gone. Raises NotFound or InReview."""
    application = _lock_own(application_id, by)
    if application.bank_account is not None:
        db.session.delete(application.bank_account)
        _change(application, application, {}, at)
        record("withdraw_bank_account", "application", application_id, by=by, at=at)


def add_document(application_id: int, kind: DocumentKind, *, by: int, at: datetime) -> int:
    """Make room for one more licence; return its id. Raises NotFound, InReview, TooManyPapers."""
    application = _lock_own(application_id, by)
    if len(application.documents) >= MOST_DOCUMENTS:
        raise TooManyPapers
    document = Document(kind=kind, recorded_at=at, recorded_by_id=by)
    application.documents.append(document)
    _change(application, application, {}, at)
    return document.id


def add_product(application_id: int, *, by: int, at: datetime) -> int:
    """Make room for one more sample; return its id. Raises NotFound, InReview, TooManyPapers."""
    application = _lock_own(application_id, by)
    if len(application.products) >= MOST_PRODUCTS:
        raise TooManyPapers
    product = SampleProduct(name="")
    application.products.append(product)
    _change(application, application, {}, at)
    return product.id


def remove_document(application_id: int, document_id: int, *, by: int, at: datetime) -> None:
    """Take a licence out; the last one stays. Raises NotFound, InReview or LastPaper."""
    application = _lock_own(application_id, by)
    _remove(application, application.documents, document_id, at)


def remove_product(application_id: int, product_id: int, *, by: int, at: datetime) -> None:
    """Take a sample out; the last one stays. Raises NotFound, InReview or LastPaper."""
    application = _lock_own(application_id, by)
    _remove(application, application.products, product_id, at)


def keep_photo(account_id: int, stored: StoredPicture, *, at: datetime) -> int:
    """Note that a verified photo lies in the uploads; return its id."""
    photo = Photo(
        uploaded_by_id=account_id,
        uploaded_at=at,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
    )
    db.session.add(photo)
    db.session.flush()
    return photo.id


def forget_loose_photos(*, before: datetime) -> None:
    """Forget the photos that others took the place of, or whose paper was removed."""
    kept = [
        select(column).where(column.is_not(None))
        for column in (Document.photo_id, SampleProduct.photo_id, LicenceRenewal.photo_id)
    ]
    loose = delete(Photo).where(Photo.uploaded_at < before)
    db.session.execute(loose.where(*(Photo.id.not_in(ids) for ids in kept)))


def submit(application_id: int, version: int, *, by: int, at: datetime) -> None:
    """Hand in the version that was read through.

    Raises NotFound, InReview, ChangedMeanwhile, Incomplete, AlreadySells, TownNotAssisted,
    CreditCodeTaken or NameTaken.
    """
    application = _lock_own(application_id, by)
    if application.version != version:
        raise ChangedMeanwhile
    if missing(application, clock.day_of(at)):
        raise Incomplete
    if sells_already(by):
        raise AlreadySells
    _require_assisted(application, at)
    if is_code_taken(application.credit_code, application_id):
        raise CreditCodeTaken
    if is_name_taken(application.name):
        raise NameTaken
    application.submitted_at = at
    db.session.add(Submission(application_id=application_id, version=version, at=at))
    try:
        db.session.flush()
    except IntegrityError as race:
        # Somebody else handed in the same code since we looked.
        raise CreditCodeTaken from race
    record("submit_application", "application", application_id, by=by, at=at, version=version)
    announce(ApplicationSubmitted(application_id, at))


def withdraw(application_id: int, *, by: int, at: datetime) -> None:
    """Take an application back to change it; a signature that was given falls.

    Raises NotFound or NotInReview.
    """
    application = _lock(application_id)
    if application.applicant_id != by:
        raise NotFound
    _require_in_review(application)
    _reopen(application, at)
    record("withdraw_application", "application", application_id, by=by, at=at)


def sign(application_id: int, version: int, note: str, *, by: int, at: datetime) -> bool:
    """Sign the version that was read, for one's body; with both signatures the cooperative is
    admitted, and the answer is True.

    Raises NotFound, NotInReview, ChangedMeanwhile, MayNotSign, OwnApplication, SignedAlready,
    BodySigned, TownNotAssisted, or what registering refuses.
    """
    application = _lock_in_review(application_id, version)
    body = _require_signer(application, by)
    _require_assisted(application, at)
    given = select(SignOff).where(
        SignOff.application_id == application_id, SignOff.version == version
    )
    signed = {sign_off.official_id: sign_off.body for sign_off in db.session.scalars(given)}
    if by in signed:
        raise SignedAlready
    if body in signed.values():
        raise BodySigned
    sign_off = SignOff(
        application_id=application_id, version=version, body=body, official_id=by, note=note, at=at
    )
    db.session.add(sign_off)
    db.session.flush()
    what = {"version": version, "body": body.value, "note": note}
    record("sign_application", "application", application_id, by=by, at=at, **what)
    complete = {*signed.values(), body} == set(SIGNERS)
    if complete:
        _admit(application, by, at)
    else:
        announce(ApplicationSigned(application_id, at))
    return complete


def give_back(
    application_id: int, version: int, reasons: Mapping[Step, str], *, by: int, at: datetime
) -> None:
    """Return the version that was read, with what is to be mended in which step.

    Raises NotFound, NotInReview, ChangedMeanwhile, MayNotSign or OwnApplication.
    """
    application = _lock_in_review(application_id, version)
    body = _require_signer(application, by)
    by_step = {step.value: reason for step, reason in reasons.items()}
    given_back = ApplicationReturn(
        application_id=application_id, version=version, body=body, by_id=by, at=at, reasons=by_step
    )
    db.session.add(given_back)
    _reopen(application, at)
    what = {"version": version, "body": body.value, "reasons": by_step}
    record("return_application", "application", application_id, by=by, at=at, **what)
    announce(ApplicationReturned(application_id, at))


def _admit(application: Application, by: int, at: datetime) -> None:
    """Let the cooperative sell; the applicant becomes its manager."""
    entry = CooperativeEntry(
        name=application.name,
        credit_code=application.credit_code,
        town_code=application.town_code or "",
        village=application.village,
        phone=application.phone,
        introduction=application.introduction,
    )
    cooperative = register(entry, by=by, at=at)
    admit(cooperative.id, None, by=by, at=at)
    add_member(application.applicant, cooperative, at=at)
    application.organisation_id, application.admitted_at = cooperative.id, at
    for document in application.documents:
        document.organisation_id = cooperative.id
    if application.bank_account is not None:
        application.bank_account.organisation_id = cooperative.id
    db.session.flush()
    announce(ApplicationAdmitted(application.id, at))


def _lock(application_id: int) -> Application:
    """The application as it is now; nobody else changes it before this act is over."""
    application = db.session.get(
        Application, application_id, with_for_update=True, populate_existing=True
    )
    if application is None:
        raise NotFound
    return application


def _lock_own(application_id: int, by: int) -> Application:
    application = _lock(application_id)
    if application.applicant_id != by:
        raise NotFound
    if application.submitted_at is not None:
        raise InReview
    return application


def _lock_in_review(application_id: int, version: int) -> Application:
    application = _lock(application_id)
    _require_in_review(application)
    if application.version != version:
        raise ChangedMeanwhile
    return application


def _require_in_review(application: Application) -> None:
    if application.submitted_at is None or application.admitted_at is not None:
        raise NotInReview


def _require_signer(application: Application, by: int) -> Body:
    appointment = find_signer(by, application.town_code)
    if appointment is None or appointment.body is None:
        raise MayNotSign
    if application.applicant_id == by:
        raise OwnApplication
    return appointment.body


def _require_assisted(application: Application, at: datetime) -> None:
    if not is_assisted(application.town_code or "", clock.day_of(at)):
        raise TownNotAssisted


def _reopen(application: Application, at: datetime) -> None:
    """Give it back to the applicant; what was signed was another version."""
    application.submitted_at = None
    _change(application, application, {}, at)


def _change(
    application: Application, thing: object, changes: Mapping[str, Any], at: datetime
) -> None:
    for name, value in changes.items():
        setattr(thing, name, value)
    application.version += 1
    application.changed_at = at
    db.session.flush()


def _remove(application: Application, things: list[Any], number: int, at: datetime) -> None:
    thing = _one(things, number)
    if len(things) == 1:
        raise LastPaper
    db.session.delete(thing)
    _change(application, application, {}, at)


def _one(things: list[Any], number: int) -> Any:
    """Raises NotFound for one that belongs to another application."""
    for thing in things:
        if thing.id == number:
            return thing
    raise NotFound
