"""Lists of what is on sale come out of an index in their order, and are counted in one.

Revision: 0048
Follows: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

ON_SALE = sa.text("delisted_at IS NULL")


def upgrade() -> None:
    _drop()
    for name, columns in (
        ("ix_product_on_sale", ["category_id", "cooperative_id", "town_code", "season_mask"]),
        ("ix_product_newest", ["listed_at", "id"]),
    ):
        op.create_index(name, "product", columns, postgresql_where=ON_SALE, sqlite_where=ON_SALE)


def downgrade() -> None:
    _drop()
    op.create_index("ix_product_on_sale", "product", ["delisted_at", "category_id", "id"])
    op.create_index("ix_product_newest", "product", ["listed_at", "id"])


def _drop() -> None:
    for name in ("ix_product_on_sale", "ix_product_newest"):
        op.drop_index(name, table_name="product")
