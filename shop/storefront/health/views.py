"""Whether this process runs, and whether all it needs is there: for supervisors."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from catalog.search.handlers import current_index
from shop import clock
from shop.db import db
from shop.jobs import worker_is_alive
from shop.outbox import count_dead
from shop.web.audience import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def live() -> Response:
    """This process answers; it asks nobody else."""
    return _fresh(jsonify(process=True))


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """Every part by name; 503 as soon as one is missing. Beside them, how many messages were given
    up: they need somebody to look at them, not another process."""
    parts = {
        "database": _database_answers(),
        "search": current_index().ready(),
        "worker": _worker_works(),
    }
    answer = jsonify(**parts, dead_letters=_dead_letters())
    answer.status_code = 200 if all(parts.values()) else 503
    return _fresh(answer)


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _worker_works() -> bool:
    try:
        return worker_is_alive(clock.now())
    except SQLAlchemyError:
        db.session.rollback()
        return False


def _dead_letters() -> int | None:
    try:
        return count_dead()
    except SQLAlchemyError:
        db.session.rollback()
        return None


def _fresh(answer: Response) -> Response:
    answer.cache_control.no_store = True
    return answer
