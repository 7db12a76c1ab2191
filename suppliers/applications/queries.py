"""Read applications: an applicant their own, officials those of their scope."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, String, cast, exists, false, select
from sqlalchemy.orm import joinedload, selectinload

from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.rules import Contact, contact_of
from shop.accounts.people.models import (
    Account,
    Appointment,
    Body,
    Membership,
    Office,
    ScopeLevel,
)
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.web.paging import Page, paginate
from suppliers.applications.rules import SIGNERS
from suppliers.licences.models import LicenceRenewal
from suppliers.verification.models import (
    Application,
    ApplicationReturn,
    BankAccount,
    Document,
    Photo,
    SampleProduct,
    SignOff,
)

Thing = TypeVar("Thing")

PER_PAGE = 20

_STORY = (
    selectinload(Application.submissions),
    selectinload(Application.sign_offs).joinedload(SignOff.official).lazyload("*"),
    selectinload(Application.returns).joinedload(ApplicationReturn.by).lazyload("*"),
)
_CONTENT = (
    joinedload(Application.town),
    selectinload(Application.documents).joinedload(Document.photo),
    selectinload(Application.bank_account),
    selectinload(Application.products).joinedload(SampleProduct.photo),
)


def get_own_application(account_id: int, application_id: int) -> Application:
    """An applicant's own. Raises NotFound to strangers."""
    return _get((Application.id == application_id) & (Application.applicant_id == account_id))


def list_own_applications(account_id: int) -> Sequence[Application]:
    """A person's applications, the newest first."""
    query = select(Application).options(*_STORY).where(Application.applicant_id == account_id)
    return db.session.scalars(query.order_by(Application.id.desc())).all()


def find_unfinished(account_id: int) -> int | None:
    """The id of a person's application that has not been admitted."""
    query = select(Application.id).where(
        Application.applicant_id == account_id, Application.admitted_at.is_(None)
    )
    return db.session.scalar(query)


def get_application(application_id: int, scope: Scope | None) -> Application:
    """One that was submitted, in a scope; None is no limit. Raises NotFound."""
    return _get((Application.id == application_id) & _on_desk(scope))


def list_applications(scope: Scope | None, number: int, *, waiting: bool) -> Page[Application]:
    """Those in review, the longest waiting first; else all that were submitted, newest first."""
    query = (
        select(Application).where(_on_desk(scope)).options(joinedload(Application.town), *_STORY)
    )
    if waiting:
        query = query.where(
            Application.submitted_at.is_not(None), Application.admitted_at.is_(None)
        ).order_by(Application.submitted_at, Application.id)
    else:
        query = query.order_by(Application.id.desc())
    return paginate(query, number, PER_PAGE)


def list_admitted_unsigned(scope: Scope | None) -> Sequence[tuple[Organisation, AuditEntry]]:
    """Cooperatives of a scope that an administrator admitted without signatures, the latest first,
    and what was written down of it."""
    query = (
        select(Organisation, AuditEntry)
        .join(
            AuditEntry,
            (AuditEntry.subject == "organisation")
            & (AuditEntry.subject_id == cast(Organisation.id, String)),
        )
        .where(
            AuditEntry.act == "admit_cooperative",
            ~exists().where(Application.organisation_id == Organisation.id),
        )
        .options(joinedload(Organisation.town))
        .order_by(AuditEntry.id.desc())
        .limit(PER_PAGE)
    )
    if scope is not None:
        query = query.where(scope.contains(Organisation.town_code))
    return [(row[0], row[1]) for row in db.session.execute(query)]


def get_own_document(account_id: int, application_id: int, document_id: int) -> Document:
    """A paper of one's own application. Raises NotFound to strangers."""
    query = (
        select(Document)
        .join(Document.application)
        .where(_own(account_id, application_id), Document.id == document_id)
        .options(joinedload(Document.photo), joinedload(Document.application))
    )
    return _found(db.session.scalars(query).one_or_none())


def get_own_product(account_id: int, application_id: int, product_id: int) -> SampleProduct:
    """A sample of one's own application. Raises NotFound to strangers."""
    query = (
        select(SampleProduct)
        .join(SampleProduct.application)
        .where(_own(account_id, application_id), SampleProduct.id == product_id)
        .options(joinedload(SampleProduct.photo), joinedload(SampleProduct.application))
    )
    return _found(db.session.scalars(query).one_or_none())


def get_photo(
    photo_id: int,
    account_id: int,
    town_code: str | None,
    cooperative_id: int | None,
    *,
    sees_all: bool,
) -> Photo:
    """A photo of one's own, of what was handed in to one's town, or of a licence of the cooperative
    that one manages. Raises NotFound to others."""
    query = select(Photo).where(Photo.id == photo_id)
    if not sees_all:
        own = Photo.uploaded_by_id == account_id
        query = query.where(own | _handed_in(town_code) | _of_licences(cooperative_id))
    return _found(db.session.scalars(query).one_or_none())


def list_photo_hashes(among: Collection[str]) -> Sequence[str]:
    """Of these hashes, those of photos that are kept."""
    return db.session.scalars(select(Photo.sha256).where(Photo.sha256.in_(among)).distinct()).all()


def is_code_taken(credit_code: str, application_id: int) -> bool:
    """Whether somebody is registered, or in review, under this code."""
    registered = select(Organisation.id).where(Organisation.credit_code == credit_code)
    in_review = select(Application.id).where(
        Application.credit_code == credit_code,
        Application.submitted_at.is_not(None),
        Application.id != application_id,
    )
    return any(db.session.scalar(query.limit(1)) is not None for query in (registered, in_review))


def is_name_taken(name: str) -> bool:
    query = select(Organisation.id).where(Organisation.name == name)
    return db.session.scalar(query) is not None


def sells_already(account_id: int) -> bool:
    """Whether a person belongs to a cooperative now."""
    query = (
        select(Membership.id)
        .join(Membership.organisation)
        .where(
            Membership.account_id == account_id,
            Membership.ended_at.is_(None),
            Organisation.kind == OrganisationKind.COOPERATIVE,
        )
    )
    return db.session.scalar(query.limit(1)) is not None


def find_signer(account_id: int, town_code: str | None) -> Appointment | None:
    """The office for which a person signs in a town now; nobody can end it meanwhile."""
    query = (
        _town_officials(town_code)
        .where(Appointment.account_id == account_id)
        .with_for_update(read=True)
    )
    return db.session.scalars(query).one_or_none()


def list_signers(town_code: str, bodies: Sequence[Body]) -> list[Contact]:
    """Who is told that a town's signature is wanted."""
    query = (
        select(Account)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(Appointment.id.in_(_town_officials(town_code).with_only_columns(Appointment.id)))
        .where(Appointment.body.in_(bodies), Account.closed_at.is_(None))
        .order_by(Account.id)
    )
    return [contact_of(account) for account in db.session.scalars(query)]


def list_sharing_account(application: Application) -> Sequence[BankAccount]:
    """The accounts of others with the same number as this one's."""
    own = application.bank_account
    if own is None:
        return []
    query = select(BankAccount).where(
        BankAccount.number_fingerprint == own.number_fingerprint, BankAccount.id != own.id
    )
    return db.session.scalars(query.limit(5)).all()


def _get(which: ColumnElement[bool]) -> Application:
    query = select(Application).where(which).options(*_CONTENT, *_STORY)
    return _found(db.session.scalars(query).one_or_none())


def _own(account_id: int, application_id: int) -> ColumnElement[bool]:
    return (Application.id == application_id) & (Application.applicant_id == account_id)


def _on_desk(scope: Scope | None) -> ColumnElement[bool]:
    """Submitted once at least: what nobody has handed in is nobody's business."""
    submitted = Application.submissions.any()
    return submitted if scope is None else submitted & scope.contains(Application.town_code)


def _town_officials(town_code: str | None) -> Select[Appointment]:
    return select(Appointment).where(
        Appointment.office == Office.OFFICIAL,
        Appointment.scope_level == ScopeLevel.TOWN,
        Appointment.scope_code == town_code,
        Appointment.body.in_(SIGNERS),
        Appointment.ended_at.is_(None),
    )


def _handed_in(town_code: str | None) -> ColumnElement[bool]:
    """Whether a photo belongs to an application that a town's bodies look into."""
    of_papers = select(Document.photo_id).join(Document.application)
    of_products = select(SampleProduct.photo_id).join(SampleProduct.application)
    there = (Application.town_code == town_code) & Application.submissions.any()
    return Photo.id.in_(of_papers.where(there)) | Photo.id.in_(of_products.where(there))


def _of_licences(cooperative_id: int | None) -> ColumnElement[bool]:
    """Whether a photo is one of a licence of a cooperative, be it in force or brought anew."""
    if cooperative_id is None:
        return false()
    papers = select(Document.photo_id).where(Document.organisation_id == cooperative_id)
    brought = select(LicenceRenewal.photo_id).where(
        LicenceRenewal.organisation_id == cooperative_id
    )
    return Photo.id.in_(papers) | Photo.id.in_(brought)


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise NotFound
    return thing
