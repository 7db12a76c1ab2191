"""Applications to join against the signatures of a town's two bodies."""

from typing import Any

from sqlalchemy import Select, Subquery, func, or_, select

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


def signed_unadmitted() -> Select[Any]:
    signed = _signatures()
    return (
        select(Application.id)
        .join(signed, signed.c.of == Application.id)
        .where(Application.admitted_at.is_(None), signed.c.bodies > 1)
        .order_by(Application.id)
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
