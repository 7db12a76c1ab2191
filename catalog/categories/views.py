"""The administrator's page of categories."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from catalog.categories import services
from catalog.categories.forms import CategoryForm, NewCategoryForm
from catalog.categories.queries import get_category, list_categories
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow

blueprint = Blueprint("categories", __name__, url_prefix="/admin/categories")

Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> Answer:
    return _page(NewCategoryForm(formdata=None))


@blueprint.post("")
@allow(Role.ADMINISTRATOR)
def create() -> Answer:
    form = NewCategoryForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with transaction():
            services.add_category(
                form.slug.data,
                form.name.data,
                certificate_covered=form.certificate_covered.data,
                by=current_user.id,
                at=clock.now(),
            )
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page(form), 422
    flash(_("已经添加类别“%(name)s”。", name=form.name.data), "success")
    return redirect(url_for("categories.index"), 303)


@blueprint.get("/<int:category_id>/edit")
@allow(Role.ADMINISTRATOR)
def edit(category_id: int) -> Answer:
    category = get_category(category_id)
    return _page_edit(category_id, CategoryForm(obj=category, formdata=None))


@blueprint.post("/<int:category_id>")
@allow(Role.ADMINISTRATOR)
def update(category_id: int) -> Answer:
    get_category(category_id)
    form = CategoryForm()
    if not form.validate_on_submit():
        return _page_edit(category_id, form), 422
    try:
        with transaction():
            services.change_category(
                category_id,
                name=form.name.data,
                position=form.position.data,
                certificate_covered=form.certificate_covered.data,
                closed=form.closed.data,
                by=current_user.id,
                at=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page_edit(category_id, form), 422
    flash(_("已经保存。"), "success")
    return redirect(url_for("categories.index"), 303)


def _page(form: NewCategoryForm) -> str:
    return render_template("catalog/categories/index.html", form=form, categories=list_categories())


def _page_edit(category_id: int, form: CategoryForm) -> str:
    return render_template(
        "catalog/categories/edit.html", form=form, category=get_category(category_id)
    )
