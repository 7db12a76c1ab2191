"""Each variant counts the changes that people make to it by hand.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("variant", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    kinds = sa.Enum(
        *("price", "edit", "stock", "count"),
        name="change_kind",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "variant_change",
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("version > 1", name=op.f("ck_variant_change_follows_a_version")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_variant_change_variant_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_variant_change_by_id")),
        sa.PrimaryKeyConstraint("variant_id", "version", name=op.f("pk_variant_change")),
    )
    for statement in create_triggers("variant_change", op.get_bind().dialect.name):
        op.execute(statement)
