"""Variants can be sold in advance of a harvest, and the ledger of stock says so.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("receive", "hold", "release", "sell", "write_off", "return")
PRESALE_KINDS = ("promise", "withdraw", "fulfil")


def upgrade() -> None:
    with op.batch_alter_table("variant") as table:
        table.add_column(sa.Column("presale_ships_on", sa.Date()))
        table.add_column(sa.Column("presale_cap", sa.Integer()))
        table.add_column(sa.Column("promised", sa.Integer(), nullable=False, server_default="0"))
        table.create_check_constraint(op.f("ck_variant_promised_is_not_negative"), "promised >= 0")
        table.create_check_constraint(
            op.f("ck_variant_presale_has_day_and_cap"),
            "(presale_ships_on IS NULL) = (presale_cap IS NULL)",
        )
        table.create_check_constraint(
            op.f("ck_variant_presale_is_capped"),
            "presale_cap IS NULL OR promised <= presale_cap",
        )
    names = ", ".join(f"'{kind}'" for kind in (*KINDS, *PRESALE_KINDS))
    with op.batch_alter_table("stock_movement") as table:
        table.drop_constraint(op.f("ck_stock_movement_movement_kind"), type_="check")
        table.create_check_constraint(op.f("ck_stock_movement_movement_kind"), f"kind IN ({names})")
    if op.get_bind().dialect.name == "sqlite":
        # SQLite copied the table to alter it, and its triggers went with the old one.
        for statement in create_triggers("stock_movement", "sqlite"):
            op.execute(statement)
