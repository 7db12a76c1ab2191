"""Changes made at the desk, applied once however often they are sent.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kinds = sa.Enum(
        *("stock", "price"),
        name="act_kind",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "desk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("refused_as", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(version IS NULL) = (refused_as IS NOT NULL)",
            name=op.f("ck_desk_act_has_one_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_desk_act_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_desk_act_cooperative_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_act")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_desk_act_account_id_key")),
    )
    for statement in create_triggers("desk_act", op.get_bind().dialect.name):
        op.execute(statement)
