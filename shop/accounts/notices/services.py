"""Tell people something, once, by every way that reaches them."""

from datetime import datetime
from typing import Any

from sqlalchemy import update

from shop import mail, sms
from shop.accounts.notices.models import Notice
from shop.accounts.notices.queries import get_own_notice
from shop.accounts.notices.rules import Contact
from shop.db import db, insert_once


def tell(
    to: Contact, letter: str, context: dict[str, Any], *, key: str, path: str, at: datetime
) -> bool:
    """Put a notice into somebody's inbox, and send it by mail where they left an address.

    Whoever left only a phone gets a text message, if the letter has words for one: those are the
    few that can't wait. ``letter`` names a file in templates/emails, ``path`` a page of the shop;
    the context must fit JSON. Of several notices of the same key, whoever writes them, one is
    told: the answer says whether it was this one.
    """
    notice_id = insert_once(
        Notice,
        "key",
        account_id=to.account_id,
        key=key,
        letter=letter,
        context=context,
        path=path,
        created_at=at,
    )
    if notice_id is None:
        return False
    written = {"name": to.name, "path": path, **context}
    if to.email:
        mail.post(to.email, letter, written, key=key, language=to.language, at=at)
    elif to.phone:
        sms.post(to.phone, letter, written, key=key, language=to.language, at=at)
    return True


def mark_read(account_id: int, notice_id: int, *, at: datetime) -> Notice:
    """Raises NotFound to strangers. What was read stays read from the first time on."""
    notice = get_own_notice(account_id, notice_id)
    if notice.read_at is None:
        notice.read_at = at
    return notice


def mark_all_read(account_id: int, *, at: datetime) -> None:
    """Everything that was told up to now."""
    db.session.execute(
        update(Notice)
        .where(Notice.account_id == account_id, Notice.read_at.is_(None), Notice.created_at <= at)
        .values(read_at=at)
    )
