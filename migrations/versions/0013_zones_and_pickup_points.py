"""Islands with a fee of their own, and pick-up points with their keepers.

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OFFICES = ("official", "finance", "keeper", "administrator")


def upgrade() -> None:
    _create_zones()
    _create_points()
    _create_pickups()
    names = ", ".join(f"'{office}'" for office in OFFICES)
    for name in ("appointment", "invitation"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_office"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_office"), f"office IN ({names})")


def _create_zones() -> None:
    op.create_table(
        "delivery_zone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("surcharge_fen", sa.BigInteger(), nullable=False),
        sa.Column("extra_days", sa.Integer(), nullable=False),
        sa.Column("free_from_fen", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "surcharge_fen >= 0", name=op.f("ck_delivery_zone_surcharge_is_not_negative")
        ),
        sa.CheckConstraint(
            "extra_days BETWEEN 0 AND 30", name=op.f("ck_delivery_zone_lead_time_is_sensible")
        ),
        sa.CheckConstraint(
            "free_from_fen IS NULL OR free_from_fen > 0",
            name=op.f("ck_delivery_zone_free_from_something"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_zone")),
        sa.UniqueConstraint("name", name=op.f("uq_delivery_zone_name")),
    )
    op.create_table(
        "delivery_zone_town",
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_delivery_zone_town_town_code")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["delivery_zone.id"], name=op.f("fk_delivery_zone_town_zone_id")
        ),
        sa.PrimaryKeyConstraint("town_code", name=op.f("pk_delivery_zone_town")),
    )
    op.create_index(op.f("ix_delivery_zone_town_zone_id"), "delivery_zone_town", ["zone_id"])


def _create_points() -> None:
    op.create_table(
        "pickup_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("opening_hours", sa.String(length=80), nullable=False),
        sa.Column("cut_off", sa.Time(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_pickup_point_fee_is_not_negative")),
        sa.CheckConstraint(
            "lead_days BETWEEN 0 AND 30", name=op.f("ck_pickup_point_lead_time_is_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_pickup_point_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_point")),
        sa.UniqueConstraint("name", name=op.f("uq_pickup_point_name")),
    )
    op.create_table(
        "pickup_keeper",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_pickup_keeper_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["pickup_point.id"], name=op.f("fk_pickup_keeper_point_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_pickup_keeper")),
    )
    op.create_index(op.f("ix_pickup_keeper_point_id"), "pickup_keeper", ["point_id"])


def _create_pickups() -> None:
    op.create_table(
        "pickup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=True),
        sa.Column("arrived_at", sa.DateTime(), nullable=True),
        sa.Column("arrived_by_id", sa.Integer(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(), nullable=True),
        sa.Column("handed_over_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "handed_over_at IS NULL OR arrived_at IS NOT NULL",
            name=op.f("ck_pickup_arrived_before_handed_over"),
        ),
        sa.CheckConstraint(
            "arrived_at IS NULL OR code IS NOT NULL", name=op.f("ck_pickup_arrived_with_a_code")
        ),
        sa.CheckConstraint(
            "(handed_over_at IS NULL) = (handed_over_by_id IS NULL)",
            name=op.f("ck_pickup_handed_over_by_somebody"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_pickup_{column}"))
            for column, target in (
                ("sub_order_id", "sub_order.id"),
                ("point_id", "pickup_point.id"),
                ("arrived_by_id", "account.id"),
                ("handed_over_by_id", "account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup")),
        sa.UniqueConstraint("sub_order_id", name=op.f("uq_pickup_sub_order_id")),
    )
    waits = sa.text("handed_over_at IS NULL")
    op.create_index(
        "uq_pickup_waiting_code",
        "pickup",
        ["point_id", "code"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_pickup_desk", "pickup", ["point_id", "handed_over_at", "arrived_at"])
    op.create_table(
        "wrong_pickup_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_wrong_pickup_code_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_pickup_code")),
    )
    op.create_index("ix_wrong_pickup_code_recent", "wrong_pickup_code", ["account_id", "at"])
