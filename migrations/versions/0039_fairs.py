"""Activities and fairs, what is put aside for them, and what their tills sold.

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "activity",
                "fair",
                name="activity_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("hosts", sa.String(length=200), nullable=False),
        sa.Column("plan_fen", sa.BigInteger(), nullable=True),
        sa.Column("plan_g", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(), nullable=True),
        sa.Column("announced_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancel_reason = '')",
            name=op.f("ck_activity_cancelled_with_a_reason"),
        ),
        sa.CheckConstraint(
            "(announced_at IS NULL) = (announced_by_id IS NULL)",
            name=op.f("ck_activity_announced_by_somebody"),
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)",
            name=op.f("ck_activity_cancelled_by_somebody"),
        ),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_activity_begins_before_it_ends")),
        sa.CheckConstraint(
            "plan_fen IS NULL OR plan_fen > 0", name=op.f("ck_activity_plans_some_money")
        ),
        sa.CheckConstraint(
            "plan_g IS NULL OR plan_g > 0", name=op.f("ck_activity_plans_some_weight")
        ),
        sa.ForeignKeyConstraint(
            ["announced_by_id"], ["account.id"], name=op.f("fk_activity_announced_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["account.id"], name=op.f("fk_activity_cancelled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["account.id"], name=op.f("fk_activity_made_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_days", "activity", ["until_on", "from_on"], unique=False)
    op.create_table(
        "activity_cooperative",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_cooperative_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["organisation.id"],
            name=op.f("fk_activity_cooperative_cooperative_id"),
        ),
        sa.PrimaryKeyConstraint(
            "activity_id", "cooperative_id", name=op.f("pk_activity_cooperative")
        ),
    )
    op.create_index(
        op.f("ix_activity_cooperative_cooperative_id"),
        "activity_cooperative",
        ["cooperative_id"],
        unique=False,
    )
    op.create_table(
        "activity_town",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_town_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_activity_town_town_code")
        ),
        sa.PrimaryKeyConstraint("activity_id", "town_code", name=op.f("pk_activity_town")),
    )
    op.create_index(
        op.f("ix_activity_town_town_code"), "activity_town", ["town_code"], unique=False
    )
    op.create_table(
        "allotment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("allotted", sa.Integer(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_allotment_price_is_positive")),
        sa.CheckConstraint(
            "sold + released <= allotted", name=op.f("ck_allotment_no_more_goes_than_there_is")
        ),
        sa.CheckConstraint(
            "sold >= 0 AND released >= 0", name=op.f("ck_allotment_nothing_is_negative")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_allotment_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_allotment_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment")),
        sa.UniqueConstraint(
            "activity_id", "variant_id", name=op.f("uq_allotment_activity_id_variant_id")
        ),
    )
    op.create_index(op.f("ix_allotment_variant_id"), "allotment", ["variant_id"], unique=False)
    op.create_table(
        "fair_staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)",
            name=op.f("ck_fair_staff_ended_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_fair_staff_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_fair_staff_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_fair_staff_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["account.id"], name=op.f("fk_fair_staff_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["account.id"], name=op.f("fk_fair_staff_named_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_staff")),
    )
    op.create_index("ix_fair_staff_account", "fair_staff", ["account_id"], unique=False)
    op.create_index(
        "uq_fair_staff_open",
        "fair_staff",
        ["activity_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "till_sale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "buyer_type",
            sa.Enum(
                "resident",
                "budget_unit",
                "union",
                "state_owned",
                "private",
                name="buyer_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("buyer_unit", sa.String(length=80), nullable=False),
        sa.Column(
            "paid_by",
            sa.Enum(
                "cash",
                "other",
                name="paid_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL)",
            name=op.f("ck_till_sale_undone_by_somebody"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_till_sale_is_worth_something")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_till_sale_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_till_sale_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["account.id"], name=op.f("fk_till_sale_undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_sale")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_till_sale_account_id_key")),
    )
    op.create_index("ix_till_sale_of_activity", "till_sale", ["activity_id", "id"], unique=False)
    op.create_table(
        "till_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sale_id", sa.Integer(), nullable=False),
        sa.Column("allotment_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("reversal_id", sa.Integer(), nullable=True),
        sa.Column(
            "doubt",
            sa.Enum(
                "beyond",
                "price",
                "late",
                "over",
                name="doubt",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "verdict",
            sa.Enum(
                "counted",
                "dropped",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("judged_at", sa.DateTime(), nullable=True),
        sa.Column("judged_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("from_store", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'counted') = (entry_id IS NOT NULL AND doubt IS NOT NULL) OR verdict IS NULL",
            name=op.f("ck_till_line_judged_is_counted"),
        ),
        sa.CheckConstraint(
            "verdict IS NULL OR (doubt IS NOT NULL AND note <> '' AND judged_at IS NOT NULL AND judged_by_id IS NOT NULL)",
            name=op.f("ck_till_line_judged_with_a_note"),
        ),
        sa.CheckConstraint(
            "(doubt IS NULL) OR (verdict IS NOT NULL) OR (entry_id IS NULL)",
            name=op.f("ck_till_line_doubtful_is_not_counted"),
        ),
        sa.CheckConstraint(
            "amount_fen = quantity * unit_price_fen", name=op.f("ck_till_line_amount_adds_up")
        ),
        sa.CheckConstraint(
            "doubt IS NOT NULL OR entry_id IS NOT NULL",
            name=op.f("ck_till_line_counts_or_is_in_doubt"),
        ),
        sa.CheckConstraint(
            "from_store >= 0 AND found >= 0", name=op.f("ck_till_line_extra_is_not_negative")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_till_line_quantity_is_positive")),
        sa.CheckConstraint(
            "reversal_id IS NULL OR entry_id IS NOT NULL",
            name=op.f("ck_till_line_reverses_what_counted"),
        ),
        sa.CheckConstraint("unit_price_fen > 0", name=op.f("ck_till_line_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["allotment_id"], ["allotment.id"], name=op.f("fk_till_line_allotment_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["sales_entry.id"], name=op.f("fk_till_line_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["judged_by_id"], ["account.id"], name=op.f("fk_till_line_judged_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["sales_entry.id"], name=op.f("fk_till_line_reversal_id")
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["till_sale.id"], name=op.f("fk_till_line_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_line")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_till_line_entry_id")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_till_line_reversal_id")),
    )
    op.create_index("ix_till_line_allotment_id", "till_line", ["allotment_id"], unique=False)
    op.create_index(
        "ix_till_line_in_doubt",
        "till_line",
        ["allotment_id"],
        unique=False,
        sqlite_where=sa.text("doubt IS NOT NULL AND verdict IS NULL"),
        postgresql_where=sa.text("doubt IS NOT NULL AND verdict IS NULL"),
    )
    op.create_index(op.f("ix_till_line_sale_id"), "till_line", ["sale_id"], unique=False)
