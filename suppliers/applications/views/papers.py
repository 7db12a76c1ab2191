"""The licences and the samples of an application: one a screen, with its photo."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.db import transaction
from shop.errors import DomainError
from shop.web.audience import Role, allow
from suppliers.applications import services
from suppliers.applications.errors import InReview
from suppliers.applications.forms import DocumentForm, ProductForm
from suppliers.applications.queries import (
    get_own_application,
    get_own_document,
    get_own_product,
)
from suppliers.applications.rules import MOST_DOCUMENTS, MOST_PRODUCTS
from suppliers.applications.views.photos import keep_upload
from suppliers.applications.views.steps import page_of, refused
from suppliers.verification.models import Document, DocumentKind, SampleProduct, Step

blueprint = Blueprint("application_papers", __name__, url_prefix="/applications")

Answer = str | Response | tuple[str, int]


@blueprint.get("/<int:application_id>/documents")
@allow(Role.BUYER)
def documents(application_id: int) -> Answer:
    application = get_own_application(current_user.id, application_id)
    if application.submitted_at is not None:
        return refused(application_id, InReview())
    full = len(application.documents) >= MOST_DOCUMENTS
    return page_of(application, Step.DOCUMENTS, kinds=list(DocumentKind), full=full)


@blueprint.post("/<int:application_id>/documents")
@allow(Role.BUYER)
def create_document(application_id: int) -> Answer:
    chosen = request.form.get("kind", "")
    kind = DocumentKind(chosen) if chosen in set(DocumentKind) else DocumentKind.OTHER
    try:
        with transaction():
            document_id = services.add_document(
                application_id, kind, by=current_user.id, at=clock.now()
            )
    except DomainError as refusal:
        return refused(application_id, refusal)
    return redirect(_document_url(application_id, document_id), 303)


@blueprint.get("/<int:application_id>/documents/<int:document_id>")
@allow(Role.BUYER)
def document(application_id: int, document_id: int) -> Answer:
    paper = get_own_document(current_user.id, application_id, document_id)
    if paper.application and paper.application.submitted_at is not None:
        return refused(application_id, InReview())
    return _document_page(paper, _document_form(paper, formdata=None, obj=paper))


@blueprint.post("/<int:application_id>/documents/<int:document_id>")
@allow(Role.BUYER)
def save_document(application_id: int, document_id: int) -> Answer:
    account_id, now = current_user.id, clock.now()
    paper = get_own_document(account_id, application_id, document_id)
    form = _document_form(paper)
    form.check(clock.day_of(now))
    photo = keep_upload(form.photo, account_id)
    try:
        with transaction():
            services.save_document(
                application_id, document_id, {**form.good, **photo}, by=account_id, at=now
            )
    except DomainError as refusal:
        return refused(application_id, refusal)
    if form.errors:
        return _document_page(get_own_document(account_id, application_id, document_id), form), 422
    return redirect(url_for("application_papers.documents", application_id=application_id), 303)


@blueprint.post("/<int:application_id>/documents/<int:document_id>/removal")
@allow(Role.BUYER)
def remove_document(application_id: int, document_id: int) -> Response:
    try:
        with transaction():
            services.remove_document(
                application_id, document_id, by=current_user.id, at=clock.now()
            )
    except DomainError as refusal:
        return refused(application_id, refusal)
    return redirect(url_for("application_papers.documents", application_id=application_id), 303)


@blueprint.get("/<int:application_id>/products")
@allow(Role.BUYER)
def products(application_id: int) -> Answer:
    application = get_own_application(current_user.id, application_id)
    if application.submitted_at is not None:
        return refused(application_id, InReview())
    return page_of(application, Step.PRODUCTS, full=len(application.products) >= MOST_PRODUCTS)


@blueprint.post("/<int:application_id>/products")
@allow(Role.BUYER)
def create_product(application_id: int) -> Answer:
    try:
        with transaction():
            sample_id = services.add_product(application_id, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        return refused(application_id, refusal)
    return redirect(_product_url(application_id, sample_id), 303)


@blueprint.get("/<int:application_id>/products/<int:sample_id>")
@allow(Role.BUYER)
def product(application_id: int, sample_id: int) -> Answer:
    sample = get_own_product(current_user.id, application_id, sample_id)
    if sample.application.submitted_at is not None:
        return refused(application_id, InReview())
    return _product_page(sample, ProductForm(formdata=None, obj=sample))


@blueprint.post("/<int:application_id>/products/<int:sample_id>")
@allow(Role.BUYER)
def save_product(application_id: int, sample_id: int) -> Answer:
    account_id = current_user.id
    get_own_product(account_id, application_id, sample_id)
    form = ProductForm()
    form.validate_on_submit()
    photo = keep_upload(form.photo, account_id)
    try:
        with transaction():
            services.save_product(
                application_id, sample_id, {**form.good, **photo}, by=account_id, at=clock.now()
            )
    except DomainError as refusal:
        return refused(application_id, refusal)
    if form.errors:
        return _product_page(get_own_product(account_id, application_id, sample_id), form), 422
    return redirect(url_for("application_papers.products", application_id=application_id), 303)


@blueprint.post("/<int:application_id>/products/<int:sample_id>/removal")
@allow(Role.BUYER)
def remove_product(application_id: int, sample_id: int) -> Response:
    try:
        with transaction():
            services.remove_product(application_id, sample_id, by=current_user.id, at=clock.now())
    except DomainError as refusal:
        return refused(application_id, refusal)
    return redirect(url_for("application_papers.products", application_id=application_id), 303)


def _document_form(paper: Document, **kwargs: Any) -> DocumentForm:
    return DocumentForm(has_photo=paper.photo_id is not None, **kwargs)


def _document_page(paper: Document, form: DocumentForm) -> str:
    application = get_own_application(current_user.id, paper.application_id or 0)
    return page_of(application, Step.DOCUMENTS, form, document=paper)


def _product_page(sample: SampleProduct, form: ProductForm) -> str:
    application = get_own_application(current_user.id, sample.application_id)
    return page_of(application, Step.PRODUCTS, form, product=sample)


def _document_url(application_id: int, document_id: int) -> str:
    return url_for(
        "application_papers.document", application_id=application_id, document_id=document_id
    )


def _product_url(application_id: int, sample_id: int) -> str:
    return url_for("application_papers.product", application_id=application_id, sample_id=sample_id)
