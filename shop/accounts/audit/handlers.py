"""No act in somebody's name is committed without a trace in the log."""

from typing import Any

from sqlalchemy import event

from shop import clock
from shop.accounts.audit.services import begin_anew, write_down
from shop.db import db


@event.listens_for(db.session, "before_commit")
def see_that_it_is_written(session: Any) -> None:
    write_down(at=clock.now())


@event.listens_for(db.session, "after_commit")
@event.listens_for(db.session, "after_rollback")
def expect_another(session: Any) -> None:
    begin_anew()
