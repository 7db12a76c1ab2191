"""Sheets of tracking numbers, and parcels found by their number and by who sent them.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_parcel_tracking_number"), "parcel", ["tracking_number"])
    op.create_index("ix_shipment_sender", "shipment", ["sent_by_id", "sent_at"])
    op.create_table(
        "tracking_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("shipped_count", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime()),
        sa.Column("confirmed_by_id", sa.Integer()),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("discarded_at", sa.DateTime()),
        _check("tracking_sheet", "one_end", "discarded_at IS NULL OR confirmed_at IS NULL"),
        _check(
            "tracking_sheet",
            "confirmed_by_somebody",
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)",
        ),
        _check(
            "tracking_sheet", "confirmed_first", "finished_at IS NULL OR confirmed_at IS NOT NULL"
        ),
        _check("tracking_sheet", "ships_its_rows", "shipped_count BETWEEN 0 AND row_count"),
        _key("tracking_sheet", "cooperative_id", "organisation"),
        _key("tracking_sheet", "uploaded_by_id", "account"),
        _key("tracking_sheet", "confirmed_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_sheet")),
    )
    own = ["cooperative_id", "confirmed_at", "discarded_at"]
    op.create_index("ix_tracking_sheet_own", "tracking_sheet", own)
    unfinished = ["finished_at", "confirmed_at"]
    op.create_index("ix_tracking_sheet_unfinished", "tracking_sheet", unfinished)
    op.create_table(
        "tracking_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("shipment_id", sa.Integer()),
        sa.Column("refusal", sa.String(40), nullable=False),
        _check("tracking_row", "shipped_or_refused", "shipment_id IS NULL OR refusal = ''"),
        _key("tracking_row", "sheet_id", "tracking_sheet"),
        _key("tracking_row", "shipment_id", "shipment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_row")),
        sa.UniqueConstraint("sheet_id", "number", name=op.f("uq_tracking_row_sheet_id_number")),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_tracking_row_shipment_id")),
    )


def _check(table: str, name: str, says: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(says, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
