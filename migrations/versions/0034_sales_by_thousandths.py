"""The ledger takes sales that were not made online: thousandths of a unit, weights that nobody
knows, the day of the sale itself, and reversals.

Revision: 0034
Follows: 0033
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers, drop_triggers

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLE = "sales_entry"
WITHDRAWN = ("entry_kind", "sale_or_refund", "amounts_are_not_negative")
CHECKS = {
    "entry_kind": "kind IN ('sale', 'refund', 'reversal')",
    "sale_refund_or_reversal": (
        "(kind = 'sale' AND refund_fen = 0 AND amount_fen > 0"
        " AND (corrects_id IS NULL OR channel <> 'online'))"
        " OR (kind = 'refund' AND amount_fen = 0 AND refund_fen > 0"
        " AND corrects_id IS NOT NULL)"
        " OR (kind = 'reversal' AND refund_fen = 0 AND amount_fen < 0"
        " AND corrects_id IS NOT NULL AND channel <> 'online')"
    ),
    "quantity_has_its_sign": "channel = 'online' OR (kind = 'sale') = (quantity_milli > 0)",
    "counted_on_its_day_or_late": (
        "sold_on = counted_on OR (channel <> 'online' AND sold_on < counted_on)"
    ),
    "online_has_a_weight": "channel <> 'online' OR net_weight_g IS NOT NULL",
}
ONE_OF_A_KIND = {
    "uq_sales_entry_one_reversal": "kind = 'reversal'",
    "uq_sales_entry_one_replacement": "kind = 'sale' AND corrects_id IS NOT NULL",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in drop_triggers(TABLE, dialect):
        op.execute(statement)
    with op.batch_alter_table(TABLE) as table:
        for name in WITHDRAWN:
            table.drop_constraint(op.f(f"ck_sales_entry_{name}"), type_="check")
        table.add_column(sa.Column("sold_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("activity_id", sa.Integer(), nullable=True))
        table.alter_column(
            "quantity",
            new_column_name="quantity_milli",
            existing_type=sa.Integer(),
            existing_nullable=False,
            type_=sa.BigInteger(),
        )
        table.alter_column("net_weight_g", existing_type=sa.BigInteger(), nullable=True)
    op.execute(
        "UPDATE sales_entry SET sold_on = counted_on, quantity_milli = quantity_milli * 1000"
    )
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("sold_on", existing_type=sa.Date(), nullable=False)
        for name, condition in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_sales_entry_{name}"), condition)
    for name, condition in ONE_OF_A_KIND.items():
        where = sa.text(condition)
        op.create_index(
            name,
            TABLE,
            ["corrects_id"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    for statement in create_triggers(TABLE, dialect):
        op.execute(statement)
