"""Applications and re-checks against the signatures of a town's two bodies."""

from typing import Any

from sqlalchemy import Select, String, Subquery, and_, cast, exists, func, or_, select

from shop.accounts.audit.models import AuditEntry
from shop.organisations.models import Organisation
from suppliers.rechecks.models import Recheck, RecheckSignOff
from suppliers.verification.models import Application, SignOff


def admitted_unsigned() -> Select[Any]:
    """Two signatures of the version that was admitted, by two bodies and two people, before it."""
    signed = _signatures()
    return (
        select(Application.id)
        .outerjoin(signed, signed.c.of == Application.id)
        .where(
            Application.admitted_at.is_not(None),
            or_(
                signed.c.of.is_(None),
                signed.c.signatures != 2,
                signed.c.bodies != 2,
                signed.c.people != 2,
                signed.c.last > Application.admitted_at,
            ),
        )
        .order_by(Application.id)
    )


def admitted_for_no_reason() -> Select[Any]:
    """An administrator may admit without signatures, and then says why."""
    reason = AuditEntry.detail["reason"].as_string()
    return (
        select(Organisation.id)
        .join(
            AuditEntry,
            and_(
                AuditEntry.subject == "organisation",
                AuditEntry.subject_id == cast(Organisation.id, String),
            ),
        )
        .where(
            AuditEntry.act == "admit_cooperative",
            or_(reason.is_(None), reason == ""),
            ~exists().where(
                Application.organisation_id == Organisation.id,
                Application.admitted_at.is_not(None),
            ),
        )
        .order_by(Organisation.id)
    )


def signed_unadmitted() -> Select[Any]:
    signed = _signatures()
    return (
        select(Application.id)
        .join(signed, signed.c.of == Application.id)
        .where(Application.admitted_at.is_(None), signed.c.bodies > 1)
        .order_by(Application.id)
    )


def wrong_rechecks() -> Select[Any]:
    """Finished with two signatures of its last version, by two bodies and two people, and never
    without: nor open with them."""
    signed = (
        select(
            RecheckSignOff.recheck_id.label("of"),
            func.count(RecheckSignOff.body.distinct()).label("bodies"),
            func.count(RecheckSignOff.official_id.distinct()).label("people"),
        )
        .join(Recheck, Recheck.id == RecheckSignOff.recheck_id)
        .where(RecheckSignOff.version == Recheck.version)
        .group_by(RecheckSignOff.recheck_id)
        .subquery()
    )
    complete = and_(signed.c.of.is_not(None), signed.c.bodies == 2, signed.c.people == 2)
    finished = Recheck.finished_at.is_not(None)
    return (
        select(Recheck.id)
        .outerjoin(signed, signed.c.of == Recheck.id)
        .where(or_(and_(finished, ~complete), and_(~finished, complete)))
        .order_by(Recheck.id)
    )


def _signatures() -> Subquery:
    """How many signatures the present version of each application has, and of whom."""
    return (
        select(
            SignOff.application_id.label("of"),
            func.count(SignOff.id).label("signatures"),
            func.count(SignOff.body.distinct()).label("bodies"),
            func.count(SignOff.official_id.distinct()).label("people"),
            func.max(SignOff.at).label("last"),
        )
        .join(Application, Application.id == SignOff.application_id)
        .where(SignOff.version == Application.version)
        .group_by(SignOff.application_id)
        .subquery()
    )
