"""What a product is expected to bring in a week, in versions.

Revision: 0045
Follows: 0044
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLE = "harvest_expectation"
_CHECKS = {
    "quantity_is_sensible": "quantity_g BETWEEN 0 AND 1000000000",
    "versions_count_from_1": "version > 0",
    "begins_with_an_amount": "version > 1 OR quantity_g IS NOT NULL",
    "week_is_a_week": "week LIKE '20__-W__' AND length(week) = 8",
}
_FOREIGN = {
    "product_id": "product.id",
    "cooperative_id": "organisation.id",
    "category_id": "category.id",
    "said_by_id": "account.id",
}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        _number("id"),
        _number("product_id"),
        _text("week", 8),
        _number("version"),
        sa.Column("quantity_g", sa.BigInteger(), nullable=True),
        _text("county_code", 6),
        _text("county_name", 20),
        _text("town_code", 9),
        _text("town_name", 20),
        _number("cooperative_id"),
        _text("cooperative_name", 80),
        _number("category_id"),
        _text("category_name", 20),
        _text("product_name", 60),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{_TABLE}_{name}"))
            for name, condition in _CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{_TABLE}_{column}"))
            for column, to in _FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint(
            *("product_id", "week", "version"), name=op.f(f"uq_{_TABLE}_product_id_week_version")
        ),
    )
    op.create_index(f"ix_{_TABLE}_week", _TABLE, ["week", "town_code"])
    for statement in create_triggers(_TABLE, op.get_bind().dialect.name):
        op.execute(statement)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)
