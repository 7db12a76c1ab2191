"""Cooperatives bring their renewed licences themselves; the office confirms them.

Revision: 0031b
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0031b"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "licence_renewal"
KINDS = ("business_licence", "food_production", "food_workshop", "other")
ANSWERS = ("confirmed", "refused", "withdrawn")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("open_ended", sa.Boolean(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        _check("has_a_number", "number <> ''"),
        _check("expires_or_never", "open_ended = (expires_on IS NULL)"),
        _check("answered_at_a_moment", "(answer IS NULL) = (answered_at IS NULL)"),
        _check("answered_by_somebody", "(answer IS NULL) = (answered_by_id IS NULL)"),
        _check(
            "confirmed_is_a_document",
            "COALESCE(answer = 'confirmed', FALSE) = (document_id IS NOT NULL)",
        ),
        _check("refused_for_a_reason", "COALESCE(answer = 'refused', FALSE) = (reason <> '')"),
        _check("document_kind", _among("kind", KINDS)),
        _check("renewal_answer", _among("answer", ANSWERS)),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("organisation_id", "organisation"),
                ("photo_id", "verification_photo"),
                ("submitted_by_id", "account"),
                ("answered_by_id", "account"),
                ("document_id", "document"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("document_id", name=op.f(f"uq_{TABLE}_document_id")),
    )
    op.create_index(
        "uq_licence_renewal_waiting",
        TABLE,
        ["organisation_id", "kind"],
        unique=True,
        sqlite_where=sa.text("answer IS NULL"),
        postgresql_where=sa.text("answer IS NULL"),
    )
    op.create_index("ix_licence_renewal_answer", TABLE, ["answer", "submitted_at"])
    op.create_index(op.f("ix_licence_renewal_organisation_id"), TABLE, ["organisation_id"])
    op.create_index(op.f("ix_licence_renewal_photo_id"), TABLE, ["photo_id"])


def _among(column: str, names: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(name) for name in names)})"


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
