"""Units are called off line by line, by the buyer or the cooperative.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sides = sa.Enum("buyer", "cooperative", "platform", name="side", native_enum=False, length=32)
    with op.batch_alter_table("cancellation") as table:
        table.drop_constraint(op.f("uq_cancellation_sub_order_id"), type_="unique")
        table.add_column(sa.Column("side", sides, nullable=False, server_default="buyer"))
        table.create_index(op.f("ix_cancellation_sub_order_id"), ["sub_order_id"])
    with op.batch_alter_table("cancellation") as table:
        table.create_check_constraint(
            op.f("ck_cancellation_side"), "side IN ('buyer', 'cooperative', 'platform')"
        )
    op.create_table(
        "cancellation_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cancellation_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cancellation_item_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["cancellation_id"],
            ["cancellation.id"],
            name=op.f("fk_cancellation_item_cancellation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_cancellation_item_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation_item")),
    )
    for column in ("cancellation_id", "order_line_id"):
        op.create_index(op.f(f"ix_cancellation_item_{column}"), "cancellation_item", [column])
    # Until now a part was called off as a whole.
    op.execute(
        "INSERT INTO cancellation_item (cancellation_id, order_line_id, quantity)"
        " SELECT cancellation.id, order_line.id, order_line.quantity FROM cancellation"
        " JOIN order_line ON order_line.sub_order_id = cancellation.sub_order_id"
    )
