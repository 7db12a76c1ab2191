"""Applications of cooperatives on every stage of their way. Call them inside a transaction."""

from datetime import date
from itertools import count
from typing import Any

from catalog.products.gateways import StoredPicture
from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.db import db
from suppliers.applications import services
from suppliers.applications.services import AccountEntry
from suppliers.verification.models import Application, DocumentKind, Step
from tests.factories.people import (
    SINCE,
    TOWN,
    make_account,
    make_credit_code,
    make_official,
    make_places,
)

ACCOUNT_NUMBER = "6222020000001234567"

_numbers = count(700_001)


def make_applicant() -> Account:
    return make_account("谢社长")


def begun(applicant: Account | None = None) -> Application:
    """One of which nothing is filled in yet."""
    make_places()
    by = (applicant or make_applicant()).id
    return db.session.get_one(Application, services.begin(by, at=SINCE))


def filled(applicant: Account | None = None, *, town: str = TOWN, **changes: Any) -> Application:
    """One in which nothing is missing."""
    application = begun(applicant)
    fill_in(application, town=town, **changes)
    return application


def fill_in(application: Application, *, town: str = TOWN, **changes: Any) -> None:
    """Leave nothing missing in it, whatever was there before."""
    number, by = next(_numbers), application.applicant_id
    entry = {
        "name": f"申请{number}号农民专业合作社",
        "credit_code": make_credit_code(number),
        "town_code": town,
        "village": "示例村",
        "contact": "谢社长",
        "phone": "13800000000",
    }
    services.save(application.id, entry | changes, by=by, at=SINCE)
    for document in application.documents[1:]:
        services.remove_document(application.id, document.id, by=by, at=SINCE)
    for product in application.products[1:]:
        services.remove_product(application.id, product.id, by=by, at=SINCE)
    photo = services.keep_photo(by, StoredPicture("a" * 64, 640, 480), at=SINCE)
    licence = {
        "kind": DocumentKind.BUSINESS_LICENCE,
        "number": "粤示例001",
        "issued_on": None,
        "expires_on": date(2098, 1, 1),
        "open_ended": False,
        "photo_id": photo,
    }
    services.save_document(application.id, application.documents[0].id, licence, by=by, at=SINCE)
    account = AccountEntry(holder="示例合作社", bank="示例银行", number=ACCOUNT_NUMBER)
    services.save_bank_account(application.id, account, by=by, at=SINCE)
    sample = {"name": "示例番薯"}
    services.save_product(application.id, application.products[0].id, sample, by=by, at=SINCE)


def submitted(applicant: Account | None = None, **changes: Any) -> Application:
    application = filled(applicant, **changes)
    services.submit(application.id, application.version, by=application.applicant_id, at=SINCE)
    return application


def signed_by(application: Application, official: Account, note: str = "属实") -> bool:
    return services.sign(application.id, application.version, note, by=official.id, at=SINCE)


def returned_by(application: Application, official: Account) -> None:
    services.give_back(
        application.id,
        application.version,
        {Step.DOCUMENTS: "照片看不清"},
        by=official.id,
        at=SINCE,
    )


def make_signers(town: str = TOWN) -> tuple[Account, Account]:
    """The two bodies of a town."""
    return (
        make_official(ScopeLevel.TOWN, town, Body.TOWN_GOVERNMENT),
        make_official(ScopeLevel.TOWN, town, Body.TOWN_TEAM),
    )
