"""Quality claims, their photos and their steps.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_claim()
    _create_line()
    _create_photo()
    _create_step()
    for statement in create_triggers("claim_step", op.get_bind().dialect.name):
        op.execute(statement)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_claim() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("fault", _one_of(op.f("ck_claim_fault"), *FAULTS), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("waits_for", _one_of(op.f("ck_claim_side"), *SIDES), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("goods_fen > 0", name=op.f("ck_claim_something_is_claimed")),
        sa.CheckConstraint("freight_fen >= 0", name=op.f("ck_claim_freight_is_not_negative")),
        sa.CheckConstraint(
            "(waits_for IS NULL) = (closed_at IS NOT NULL)", name=op.f("ck_claim_waits_or_closed")
        ),
        sa.CheckConstraint(
            "(due_at IS NULL) = (closed_at IS NOT NULL)", name=op.f("ck_claim_due_or_closed")
        ),
        sa.CheckConstraint(
            "refund_id IS NULL OR closed_at IS NOT NULL", name=op.f("ck_claim_refund_closes")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_claim_sub_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["account.id"], name=op.f("fk_claim_opened_by_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_claim_refund_id")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_claim_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_sub_order_id"), "claim", ["sub_order_id"])
    op.create_index("ix_claim_waiting", "claim", ["waits_for", "due_at"])
    op.create_index(
        "uq_claim_open",
        "claim",
        ["sub_order_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_line() -> None:
    op.create_table(
        "claim_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claim_line_quantity_is_positive")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_claim_line_amount_is_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_line_claim_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_claim_line_order_line_id")
        ),
        sa.UniqueConstraint(
            "claim_id", "order_line_id", name=op.f("uq_claim_line_claim_id_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
    )
    op.create_index(op.f("ix_claim_line_order_line_id"), "claim_line", ["order_line_id"])


def _create_photo() -> None:
    op.create_table(
        "claim_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_claim_photo_hash_is_whole")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_claim_photo_has_a_size")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_photo_claim_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_claim_photo_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_photo")),
    )
    for column in ("claim_id", "uploaded_by_id"):
        op.create_index(op.f(f"ix_claim_photo_{column}"), "claim_photo", [column])


def _create_step() -> None:
    op.create_table(
        "claim_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of(op.f("ck_claim_step_step_kind"), *STEPS), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("with_return", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(amount_fen IS NOT NULL) = (kind IN ('made', 'offered', 'decided'))",
            name=op.f("ck_claim_step_some_steps_name_an_amount"),
        ),
        sa.CheckConstraint(
            "amount_fen IS NULL OR amount_fen >= 0",
            name=op.f("ck_claim_step_amount_is_not_negative"),
        ),
        sa.CheckConstraint(
            "NOT with_return OR kind = 'offered'",
            name=op.f("ck_claim_step_offers_ask_for_a_return"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_step_claim_id")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_claim_step_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_step")),
    )
    op.create_index(op.f("ix_claim_step_claim_id"), "claim_step", ["claim_id"])


FAULTS = ("spoiled", "damaged", "wrong", "missing")
SIDES = ("buyer", "cooperative", "platform")
STEPS = (
    "made",
    "offered",
    "refused",
    "agreed",
    "returned",
    "escalated",
    "decided",
    "withdrawn",
    "lapsed",
)
