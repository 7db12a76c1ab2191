"""What was written to the world outside and has not arrived."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.outgoing.errors import ArrivedAlready, MustArrive, NotDead
from shop.accounts.outgoing.forms import DiscardForm, KindForm
from shop.accounts.outgoing.queries import count_kinds, get_message, list_messages
from shop.accounts.outgoing.rules import Heap, heap_of, kind_name, masked, masked_text
from shop.accounts.outgoing.services import discard as put_aside
from shop.accounts.outgoing.services import replay as try_again
from shop.accounts.outgoing.services import replay_kind as try_kind_again
from shop.db import transaction
from shop.outbox import OutboxMessage, may_be_discarded
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("outgoing", __name__, url_prefix="/admin/messages")


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
@shows("letters", "message")
def index() -> str:
    heap = heap_of(request.args.get("show"))
    kind = clean_line(request.args.get("kind", ""))[:40]
    return render_template(
        "shop/accounts/outgoing/index.html",
        page=list_messages(heap, kind, page_number(request.args.get("page"))),
        heap=heap,
        heaps=list(Heap),
        kinds=count_kinds(heap),
        chosen=kind,
        kind_name=kind_name,
        masked_text=masked_text,
    )


@blueprint.get("/<int:message_id>")
@allow(Role.ADMINISTRATOR)
@shows("letter", "message", "message_id")
def show(message_id: int) -> str:
    return _page(get_message(message_id), DiscardForm())


@blueprint.post("/<int:message_id>/attempts")
@allow(Role.ADMINISTRATOR)
def replay(message_id: int) -> Response:
    try:
        with transaction():
            try_again(message_id, by=current_user.id, at=clock.now())
        flash(gettext("正在重发。"), "success")
    except ArrivedAlready as error:
        flash(str(error), "info")
    return redirect(url_for("outgoing.index"), 303)


@blueprint.post("/attempts")
@allow(Role.ADMINISTRATOR)
def replay_kind() -> Response:
    form = KindForm()
    count = 0
    if form.validate_on_submit():
        with transaction():
            count = try_kind_again(form.kind.data or "", by=current_user.id, at=clock.now())
    flash(gettext("正在重发 %(count)s 条。", count=count), "success" if count else "info")
    return redirect(url_for("outgoing.index"), 303)


@blueprint.post("/<int:message_id>/discard")
@allow(Role.ADMINISTRATOR)
def discard(message_id: int) -> Response | tuple[str, int]:
    message = get_message(message_id)
    form = DiscardForm()
    if not form.validate_on_submit():
        return _page(message, form), 422
    try:
        with transaction():
            put_aside(message_id, form.note.data or "", by=current_user.id, at=clock.now())
        flash(gettext("已放弃，不再发送。"), "success")
    except (MustArrive, NotDead) as error:
        flash(str(error), "error")
    return redirect(url_for("outgoing.index"), 303)


def _page(message: OutboxMessage, form: DiscardForm) -> str:
    is_dead = message.dead_at is not None and message.discarded_at is None
    return render_template(
        "shop/accounts/outgoing/show.html",
        message=message,
        kind=kind_name(message.kind),
        lines=masked(message.payload),
        error=masked_text(message.last_error or ""),
        form=form if is_dead and may_be_discarded(message.kind) else None,
        must_arrive=is_dead and not may_be_discarded(message.kind),
    )
