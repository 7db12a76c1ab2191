"""More units of a variant may cost less each; large changes of listings wait for the platform.

Revision: 0025
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0029"
branch_labels = None
depends_on = None

OPEN = "approved_at IS NULL AND returned_at IS NULL AND withdrawn_at IS NULL"


def upgrade() -> None:
    op.add_column(
        "variant", sa.Column("has_tiers", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("variant_change", sa.Column("price_before_fen", sa.BigInteger(), nullable=True))
    op.add_column("variant_change", sa.Column("tiers_before", sa.JSON(), nullable=True))
    op.add_column(
        "desk_act", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "listing_import_row",
        sa.Column("to_review", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _create_tiers()
    _create_changes()


def _create_tiers() -> None:
    op.create_table(
        "price_tier",
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("after_quantity", sa.Integer(), nullable=True),
        sa.Column("after_price_fen", sa.BigInteger(), nullable=True),
        _check("price_tier", "there_are_few", "position BETWEEN 1 AND 5"),
        _check("price_tier", "begins_above_one", "from_quantity >= 2"),
        _check("price_tier", "price_is_positive", "unit_price_fen > 0"),
        _check(
            "price_tier",
            "all_but_the_first_follow_one",
            "(position = 1) = (after_quantity IS NULL)"
            " AND (after_quantity IS NULL) = (after_price_fen IS NULL)",
        ),
        _check("price_tier", "quantities_ascend", "from_quantity > after_quantity"),
        _check("price_tier", "prices_descend", "unit_price_fen < after_price_fen"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_price_tier_variant_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id", "after_quantity", "after_price_fen"],
            ["price_tier.variant_id", "price_tier.from_quantity", "price_tier.unit_price_fen"],
            name=op.f("fk_price_tier_variant_id_after_quantity_after_price_fen"),
        ),
        sa.PrimaryKeyConstraint("variant_id", "position", name=op.f("pk_price_tier")),
        sa.UniqueConstraint(
            "variant_id",
            "from_quantity",
            "unit_price_fen",
            name=op.f("uq_price_tier_variant_id_from_quantity_unit_price_fen"),
        ),
        sa.UniqueConstraint(
            "variant_id", "after_quantity", name=op.f("uq_price_tier_variant_id_after_quantity")
        ),
    )


def _create_changes() -> None:
    op.create_table(
        "listing_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("price", "origin"),
                name="reviewed_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=True),
        sa.Column("old_price_fen", sa.BigInteger(), nullable=True),
        sa.Column("new_price_fen", sa.BigInteger(), nullable=True),
        sa.Column("old_tiers", sa.JSON(), nullable=True),
        sa.Column("new_tiers", sa.JSON(), nullable=True),
        sa.Column("old_village", sa.String(length=40), nullable=True),
        sa.Column("new_village", sa.String(length=40), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("returned_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("return_reason", sa.String(length=200), nullable=False),
        _check(
            "listing_change",
            "prices_are_of_variants",
            "(kind = 'price') = (variant_id IS NOT NULL)",
        ),
        _check(
            "listing_change",
            "prices_are_said",
            "(kind = 'price') = (old_price_fen IS NOT NULL AND new_price_fen IS NOT NULL"
            " AND old_tiers IS NOT NULL AND new_tiers IS NOT NULL)",
        ),
        _check(
            "listing_change",
            "origins_are_said",
            "(kind = 'origin') = (old_village IS NOT NULL AND new_village IS NOT NULL)",
        ),
        _check("listing_change", "price_is_positive", "new_price_fen > 0"),
        _check("listing_change", "origin_differs", "new_village <> old_village"),
        _check(
            "listing_change",
            "ends_once_by_somebody",
            "(CASE WHEN approved_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END)"
            " = (CASE WHEN ended_by_id IS NULL THEN 0 ELSE 1 END)",
        ),
        _check(
            "listing_change",
            "returned_with_a_reason",
            "(returned_at IS NULL) = (return_reason = '')",
        ),
        *(
            sa.ForeignKeyConstraint([column], [key], name=op.f(f"fk_listing_change_{column}"))
            for column, key in (
                ("cooperative_id", "organisation.id"),
                ("product_id", "product.id"),
                ("variant_id", "variant.id"),
                ("by_id", "account.id"),
                ("ended_by_id", "account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_change")),
    )
    _index("uq_listing_change_open_price", "variant_id", where=f"variant_id IS NOT NULL AND {OPEN}")
    _index("uq_listing_change_open_origin", "product_id", where=f"variant_id IS NULL AND {OPEN}")
    _index("ix_listing_change_waiting", "at", "id", where=OPEN)
    op.create_index("ix_listing_change_of_variant", "listing_change", ["variant_id", "approved_at"])
    op.create_index("ix_listing_change_of_cooperative", "listing_change", ["cooperative_id", "at"])


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _index(name: str, *columns: str, where: str) -> None:
    op.create_index(
        name,
        "listing_change",
        list(columns),
        unique=name.startswith("uq_"),
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
