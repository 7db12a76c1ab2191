"""Buyers rate what they accepted.

Revision: 0033
Follows: 0031d
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0033"
down_revision = "0031d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("product") as table:
        for name in ("rating_sum", "rating_count"):
            table.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(
            op.f("ck_product_rating_is_of_its_reviews"),
            "rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count",
        )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=8), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_review_stars_are_few")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_review_{column}"))
            for column, table in (
                ("order_line_id", "order_line"),
                ("account_id", "account"),
                ("product_id", "product"),
                ("cooperative_id", "organisation"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_review_order_line_id")),
    )
    op.create_index("ix_review_of_product", "review", ["product_id", "at"])
    op.create_index("ix_review_of_cooperative", "review", ["cooperative_id", "at"])
    op.create_table(
        "review_hiding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_review_hiding_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_review_hiding_review_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_review_hiding_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_hiding")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_hiding_review_id")),
    )
    for table in ("review", "review_hiding"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)
