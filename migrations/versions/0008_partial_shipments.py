"""A part of an order is sent in one or several shipments.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["account.id"], name=op.f("fk_shipment_sent_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_shipment_sub_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("key", name=op.f("uq_shipment_key")),
    )
    op.create_index(op.f("ix_shipment_sub_order_id"), "shipment", ["sub_order_id"], unique=False)
    op.create_table(
        "shipment_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_shipment_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
        sa.UniqueConstraint(
            "shipment_id", "order_line_id", name=op.f("uq_shipment_line_shipment_id_order_line_id")
        ),
    )
    op.create_index(
        op.f("ix_shipment_line_order_line_id"), "shipment_line", ["order_line_id"], unique=False
    )
    with op.batch_alter_table("parcel") as table:
        table.add_column(sa.Column("shipment_id", sa.Integer()))
    _fill_in()
    with op.batch_alter_table("parcel") as table:
        table.drop_index(op.f("ix_parcel_sub_order_id"))
        table.drop_constraint(op.f("fk_parcel_sub_order_id"), type_="foreignkey")
        table.drop_constraint(op.f("fk_parcel_dispatched_by_id"), type_="foreignkey")
        for name in ("sub_order_id", "dispatched_at", "dispatched_by_id"):
            table.drop_column(name)
        table.alter_column("shipment_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_parcel_shipment_id"), "shipment", ["shipment_id"], ["id"])
        table.create_index(op.f("ix_parcel_shipment_id"), ["shipment_id"], unique=False)


def _fill_in() -> None:
    """Until now everything of a part left at once."""
    for statement in (
        "INSERT INTO shipment (sub_order_id, key, sent_at, sent_by_id)"
        " SELECT sub_order_id, 'before-' || sub_order_id, min(dispatched_at),"
        " min(dispatched_by_id) FROM parcel GROUP BY sub_order_id",
        "INSERT INTO shipment_line (shipment_id, order_line_id, quantity)"
        " SELECT shipment.id, order_line.id, dispatched_quantity FROM order_line"
        " JOIN shipment ON shipment.sub_order_id = order_line.sub_order_id"
        " WHERE dispatched_quantity > 0",
        "UPDATE parcel SET shipment_id ="
        " (SELECT id FROM shipment WHERE shipment.sub_order_id = parcel.sub_order_id)",
    ):
        op.execute(statement)
