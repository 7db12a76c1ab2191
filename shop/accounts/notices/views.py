"""A person's inbox (站内信)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock, mail
from shop.accounts.notices.models import Notice
from shop.accounts.notices.queries import count_unread, list_notices
from shop.accounts.notices.services import mark_all_read, mark_read
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from shop.web.paths import own_path

blueprint = Blueprint("inbox", __name__)


@dataclass(frozen=True, slots=True)
class Item:
    """A notice in the reader's language."""

    id: int
    title: str
    text: str
    created_at: datetime
    is_read: bool


@blueprint.get("/account/inbox")
@allow(Role.BUYER)
def index() -> str:
    page = list_notices(current_user.id, page_number(request.args.get("page")))
    items = [_worded(notice) for notice in page.items]
    return render_template("shop/accounts/notices/index.html", page=page, items=items)


@blueprint.post("/account/inbox/<int:notice_id>/reading")
@allow(Role.BUYER)
def read(notice_id: int) -> Response:
    """Note that it was read, and go where it leads."""
    with transaction():
        notice = mark_read(current_user.id, notice_id, at=clock.now())
    return redirect(own_path(notice.path, url_for("inbox.index")), 303)


@blueprint.post("/account/inbox/reading")
@allow(Role.BUYER)
def read_all() -> Response:
    with transaction():
        mark_all_read(current_user.id, at=clock.now())
    flash(gettext("全部标为已读。"), "success")
    return redirect(url_for("inbox.index"), 303)


@blueprint.app_context_processor
def offer_unread() -> dict[str, Any]:
    return {"unread_count": unread_count}


def unread_count() -> int:
    """How many notices the caller has not read; asked for once a page, and not for strangers."""
    if not current_user.is_authenticated:
        return 0
    if "unread_count" not in g:
        g.unread_count = count_unread(current_user.id)
    count: int = g.unread_count
    return count


def _worded(notice: Notice) -> Item:
    words = mail.words_of(notice.letter, notice.context)
    title = words.subject or gettext("一条旧消息")
    return Item(notice.id, title, words.text, notice.created_at, notice.read_at is not None)
