"""Payments know how the buyer means to pay, and bank transfers their matching code.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    method = sa.Enum("online", "transfer", name="payment_method", native_enum=False, length=32)
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("method", method, nullable=False, server_default="online"))
        table.add_column(sa.Column("transfer_code", sa.String(8)))
        table.add_column(sa.Column("reminded_at", sa.DateTime()))
        table.create_unique_constraint(op.f("uq_payment_transfer_code"), ["transfer_code"])
        table.create_check_constraint(
            op.f("ck_payment_payment_method"), "method IN ('online', 'transfer')"
        )
        table.create_check_constraint(
            op.f("ck_payment_transfers_have_a_code"),
            "(method = 'transfer') = (transfer_code IS NOT NULL)",
        )
