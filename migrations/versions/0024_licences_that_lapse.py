"""A cooperative sells nothing that depends on a licence that ran out.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("licence_lapsed_at", "food_licence_lapsed_at"):
        op.add_column("organisation", sa.Column(name, sa.DateTime(), nullable=True))
