"""A refund that the payment provider can't make is paid out by bank transfer.

Revision: 0052
Follows: 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

CHECKS = {
    "rerouted_by_somebody": "(rerouted_at IS NULL) = (rerouted_by_id IS NULL)",
    "rerouted_is_not_asked": "rerouted_at IS NULL OR asked_at IS NULL",
}


def upgrade() -> None:
    with op.batch_alter_table("refund") as table:
        table.add_column(sa.Column("rerouted_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("rerouted_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_refund_rerouted_by_id"), "account", ["rerouted_by_id"], ["id"]
        )
        for name, condition in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_refund_{name}"), condition)


def downgrade() -> None:
    with op.batch_alter_table("refund") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_refund_{name}"), type_="check")
        table.drop_constraint(op.f("fk_refund_rerouted_by_id"), type_="foreignkey")
        table.drop_column("rerouted_by_id")
        table.drop_column("rerouted_at")
