"""Baskets remember what a line cost when its owner last saw it.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("basket_line") as table:
        table.add_column(sa.Column("seen_price_fen", sa.BigInteger()))
    op.execute(
        "UPDATE basket_line SET seen_price_fen ="
        " (SELECT price_fen FROM variant WHERE variant.id = variant_id)"
    )
    with op.batch_alter_table("basket_line") as table:
        table.alter_column("seen_price_fen", existing_type=sa.BigInteger(), nullable=False)
