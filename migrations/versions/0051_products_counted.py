"""Products of a day are counted by town, cooperative and category without a look at the rows.

Revision: 0051
Follows: 0050
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

COUNTED = ["town_code", "cooperative_id", "category_id", "listed_at", "delisted_at"]


def upgrade() -> None:
    op.drop_index("ix_product_town_code", table_name="product")
    op.create_index("ix_product_counted", "product", COUNTED)


def downgrade() -> None:
    op.drop_index("ix_product_counted", table_name="product")
    op.create_index("ix_product_town_code", "product", ["town_code"])
