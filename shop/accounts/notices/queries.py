"""Read people's inboxes."""

from sqlalchemy import bindparam, func, select

from shop.accounts.notices.models import Notice
from shop.db import db, table_of
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20
# Nobody needs to know how many more than this are unread.
MOST_COUNTED = 99
_NOTICES = table_of(Notice)
# On every page, so it is put together once.
_UNREAD = select(func.count()).select_from(
    select(_NOTICES.c.id)
    .where(_NOTICES.c.account_id == bindparam("account_id"), _NOTICES.c.read_at.is_(None))
    .limit(MOST_COUNTED)
    .subquery()
)


def list_notices(account_id: int, number: int) -> Page[Notice]:
    """A person's notices, the newest first."""
    query = select(Notice).where(Notice.account_id == account_id).order_by(Notice.id.desc())
    return paginate(query, number, PER_PAGE)


def count_unread(account_id: int) -> int:
    """How many notices wait to be read, counted no further than MOST_COUNTED."""
    return db.session.scalar(_UNREAD, {"account_id": account_id}) or 0


def get_own_notice(account_id: int, notice_id: int) -> Notice:
    """Raises NotFound to strangers."""
    query = select(Notice).where(Notice.id == notice_id, Notice.account_id == account_id)
    notice = db.session.scalars(query).one_or_none()
    if notice is None:
        raise NotFound
    return notice
