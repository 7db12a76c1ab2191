"""The first tables.

Revision: 0001
Follows:
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "event_application", "payment_event", "sales_entry", "stock_movement")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "email IS NOT NULL OR phone IS NOT NULL", name=op.f("ck_account_can_be_reached")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_account_phone")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("certificate_covered", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("name", name=op.f("uq_category_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_table(
        "city",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_city")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("dead_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_message_attempts_not_negative")),
        sa.CheckConstraint(
            "delivered_at IS NULL OR dead_at IS NULL", name=op.f("ck_outbox_message_one_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["delivered_at", "dead_at", "due_at"],
        unique=False,
    )
    op.create_table(
        "payment_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payment_event_provider_id")),
        info={"append_only": True},
    )
    op.create_table(
        "policy_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "agreement",
                "privacy",
                name="policy_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_text")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_policy_text_kind_version")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("who_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(
        "ix_sign_in_attempt_address", "sign_in_attempt", ["address_hash", "at"], unique=False
    )
    op.create_index("ix_sign_in_attempt_who", "sign_in_attempt", ["who_hash", "at"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "office",
            sa.Enum(
                "official",
                "finance",
                "administrator",
                name="office",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope_level",
            sa.Enum(
                "bureau",
                "city",
                "county",
                "town",
                name="scope_level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("scope_code", sa.String(length=9), nullable=True),
        sa.Column(
            "body",
            sa.Enum(
                "bureau",
                "headquarters",
                "working_group",
                "town_government",
                "town_team",
                name="body",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(office = 'official') = (body IS NOT NULL)",
            name=op.f("ck_appointment_officials_have_a_body"),
        ),
        sa.CheckConstraint(
            "(office = 'official') = (scope_level IS NOT NULL)",
            name=op.f("ck_appointment_officials_have_a_scope"),
        ),
        sa.CheckConstraint(
            "(scope_level = 'town') = (body IN ('town_government', 'town_team'))",
            name=op.f("ck_appointment_towns_have_two_bodies"),
        ),
        sa.CheckConstraint(
            "(scope_level IS NULL OR scope_level = 'bureau') = (scope_code IS NULL)",
            name=op.f("ck_appointment_a_scope_below_the_bureau_has_a_code"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_appointment_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(op.f("ix_appointment_account_id"), "appointment", ["account_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_entry_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_audit_entry_account_id"), "audit_entry", ["account_id"], unique=False)
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(
        "ix_audit_entry_subject", "audit_entry", ["subject", "subject_id"], unique=False
    )
    op.create_table(
        "basket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (token IS NULL)", name=op.f("ck_basket_has_one_owner")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_basket_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket")),
        sa.UniqueConstraint("account_id", name=op.f("uq_basket_account_id")),
        sa.UniqueConstraint("token", name=op.f("uq_basket_token")),
    )
    op.create_table(
        "browser_session",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_browser_session_account_id")
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_browser_session")),
    )
    op.create_index(
        op.f("ix_browser_session_account_id"), "browser_session", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_browser_session_expires_at"), "browser_session", ["expires_at"], unique=False
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("policy_text_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_consent_account_id")),
        sa.ForeignKeyConstraint(
            ["policy_text_id"], ["policy_text.id"], name=op.f("fk_consent_policy_text_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_account_id"), "consent", ["account_id"], unique=False)
    op.create_table(
        "county",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["city_code"], ["city.code"], name=op.f("fk_county_city_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_county")),
    )
    op.create_index(op.f("ix_county_city_code"), "county", ["city_code"], unique=False)
    op.create_table(
        "event_application",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["payment_event.id"], name=op.f("fk_event_application_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_application")),
        info={"append_only": True},
    )
    op.create_table(
        "town",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["county_code"], ["county.code"], name=op.f("fk_town_county_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_town")),
    )
    op.create_index(op.f("ix_town_county_code"), "town", ["county_code"], unique=False)
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_address_account_id")),
        sa.ForeignKeyConstraint(["town_code"], ["town.code"], name=op.f("fk_address_town_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_account_id"), "address", ["account_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cooperative",
                "enterprise",
                name="organisation_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column(
            "enterprise_type",
            sa.Enum(
                "budget_unit",
                "union",
                "state_owned",
                "private",
                name="enterprise_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("town_code", sa.String(length=9), nullable=True),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("introduction", sa.String(length=1000), nullable=False),
        sa.Column("admitted_at", sa.DateTime(), nullable=True),
        sa.Column("suspended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'cooperative') = (town_code IS NOT NULL)",
            name=op.f("ck_organisation_town_if_coop"),
        ),
        sa.CheckConstraint(
            "(kind = 'enterprise') = (enterprise_type IS NOT NULL)",
            name=op.f("ck_organisation_type_if_enterprise"),
        ),
        sa.CheckConstraint(
            "length(credit_code) = 18", name=op.f("ck_organisation_credit_code_has_18_characters")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_organisation_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisation_credit_code")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_index(op.f("ix_organisation_town_code"), "organisation", ["town_code"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_target_amount_is_positive")),
        sa.CheckConstraint("version > 0", name=op.f("ck_target_versions_count_from_1")),
        sa.CheckConstraint("year BETWEEN 2021 AND 2100", name=op.f("ck_target_year_is_sensible")),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_target_set_by_id")),
        sa.ForeignKeyConstraint(["town_code"], ["town.code"], name=op.f("fk_target_town_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "town_code", "year", "version", name=op.f("uq_target_town_code_year_version")
        ),
    )
    op.create_index(op.f("ix_target_town_code"), "target", ["town_code"], unique=False)
    op.create_table(
        "town_designation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "until IS NULL OR until >= since", name=op.f("ck_town_designation_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_town_designation_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town_designation")),
    )
    op.create_index(
        op.f("ix_town_designation_town_code"), "town_designation", ["town_code"], unique=False
    )
    op.create_table(
        "freight_tariff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("first_g", sa.Integer(), nullable=False),
        sa.Column("first_fen", sa.BigInteger(), nullable=False),
        sa.Column("step_g", sa.Integer(), nullable=False),
        sa.Column("step_fen", sa.BigInteger(), nullable=False),
        sa.Column("free_from_fen", sa.BigInteger(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "first_fen >= 0 AND step_fen >= 0", name=op.f("ck_freight_tariff_fees_are_not_negative")
        ),
        sa.CheckConstraint(
            "first_g > 0 AND step_g > 0", name=op.f("ck_freight_tariff_weights_are_positive")
        ),
        sa.CheckConstraint(
            "free_from_fen IS NULL OR free_from_fen > 0",
            name=op.f("ck_freight_tariff_free_from_something"),
        ),
        sa.CheckConstraint(
            "lead_days BETWEEN 1 AND 30", name=op.f("ck_freight_tariff_lead_time_is_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_freight_tariff_cooperative_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_tariff")),
        sa.UniqueConstraint("cooperative_id", name=op.f("uq_freight_tariff_cooperative_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "office",
            sa.Enum(
                "official",
                "finance",
                "administrator",
                name="office",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "scope_level",
            sa.Enum(
                "bureau",
                "city",
                "county",
                "town",
                name="scope_level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("scope_code", sa.String(length=9), nullable=True),
        sa.Column(
            "body",
            sa.Enum(
                "bureau",
                "headquarters",
                "working_group",
                "town_government",
                "town_team",
                name="body",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(office IS NULL) <> (organisation_id IS NULL)",
            name=op.f("ck_invitation_one_thing_is_offered"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["account.id"], name=op.f("fk_invitation_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "manager",
                "buyer",
                name="member_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "organisation_id",
            "role",
            name=op.f("uq_membership_account_id_organisation_id_role"),
        ),
    )
    op.create_index(
        op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False
    )
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_picture_cooperative_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
    )
    op.create_index(op.f("ix_picture_cooperative_id"), "picture", ["cooperative_id"], unique=False)
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("checkout_key", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
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
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("county_name", sa.String(length=20), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("town_name", sa.String(length=20), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(buyer_type = 'resident') = (organisation_id IS NULL)",
            name=op.f("ck_purchase_order_units_buy_as_units"),
        ),
        sa.CheckConstraint(
            "freight_fen >= 0", name=op.f("ck_purchase_order_freight_is_not_negative")
        ),
        sa.CheckConstraint(
            "goods_fen > 0", name=op.f("ck_purchase_order_goods_are_worth_something")
        ),
        sa.CheckConstraint(
            "total_fen = goods_fen + freight_fen", name=op.f("ck_purchase_order_total_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_purchase_order_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_purchase_order_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("checkout_key", name=op.f("uq_purchase_order_checkout_key")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
    )
    op.create_index(
        op.f("ix_purchase_order_organisation_id"),
        "purchase_order",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_purchase_order_own", "purchase_order", ["account_id", "placed_at"], unique=False
    )
    op.create_index(
        op.f("ix_purchase_order_placed_at"), "purchase_order", ["placed_at"], unique=False
    )
    op.create_index(
        "ix_purchase_order_waiting",
        "purchase_order",
        ["paid_at", "closed_at", "expires_at"],
        unique=False,
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("due_fen", sa.BigInteger(), nullable=False),
        sa.Column("captured_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("captured_fen >= 0", name=op.f("ck_payment_captured_is_not_negative")),
        sa.CheckConstraint("due_fen > 0", name=op.f("ck_payment_something_is_due")),
        sa.CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= captured_fen",
            name=op.f("ck_payment_refunds_were_captured"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_payment_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_order_id")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("season_mask", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("drawing", sa.String(length=40), nullable=True),
        sa.Column("listed_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("delisted_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("season_mask BETWEEN 1 AND 4095", name=op.f("ck_product_has_a_season")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_product_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_product_cooperative_id")
        ),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name=op.f("fk_product_picture_id")),
        sa.ForeignKeyConstraint(["town_code"], ["town.code"], name=op.f("fk_product_town_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index(op.f("ix_product_cooperative_id"), "product", ["cooperative_id"], unique=False)
    op.create_index("ix_product_newest", "product", ["listed_at", "id"], unique=False)
    op.create_index(
        "ix_product_on_sale", "product", ["delisted_at", "category_id", "id"], unique=False
    )
    op.create_index(op.f("ix_product_town_code"), "product", ["town_code"], unique=False)
    op.create_table(
        "sub_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_name", sa.String(length=80), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(), nullable=True),
        sa.Column(
            "accepted_by",
            sa.Enum(
                "buyer",
                "system",
                name="accepted_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL)",
            name=op.f("ck_sub_order_accepted_by_somebody"),
        ),
        sa.CheckConstraint(
            "accepted_at IS NULL OR dispatched_at IS NOT NULL",
            name=op.f("ck_sub_order_sent_before_accepted"),
        ),
        sa.CheckConstraint(
            "dispatched_at IS NULL OR cancelled_at IS NULL",
            name=op.f("ck_sub_order_sent_or_cancelled"),
        ),
        sa.CheckConstraint("freight_fen >= 0", name=op.f("ck_sub_order_freight_is_not_negative")),
        sa.CheckConstraint("goods_fen > 0", name=op.f("ck_sub_order_goods_are_worth_something")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_sub_order_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_sub_order_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sub_order_number")),
    )
    op.create_index(op.f("ix_sub_order_accepted_at"), "sub_order", ["accepted_at"], unique=False)
    op.create_index(
        "ix_sub_order_desk",
        "sub_order",
        ["cooperative_id", "dispatched_at", "cancelled_at"],
        unique=False,
    )
    op.create_index(op.f("ix_sub_order_order_id"), "sub_order", ["order_id"], unique=False)
    op.create_index(op.f("ix_sub_order_promised_on"), "sub_order", ["promised_on"], unique=False)
    op.create_table(
        "parcel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("tracking_number", sa.String(length=40), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(), nullable=False),
        sa.Column("dispatched_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispatched_by_id"], ["account.id"], name=op.f("fk_parcel_dispatched_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_parcel_sub_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_sub_order_id"), "parcel", ["sub_order_id"], unique=False)
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("intent_id", sa.String(length=80), nullable=True),
        sa.Column("client_secret", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "open",
                "succeeded",
                "failed",
                name="attempt_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_attempt_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_attempt_idempotency_key")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_attempt_intent_id")),
    )
    op.create_index(
        op.f("ix_payment_attempt_payment_id"), "payment_attempt", ["payment_id"], unique=False
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=True),
        sa.Column("moved_at", sa.DateTime(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refund_amount_is_positive")),
        sa.CheckConstraint(
            "moved_at IS NULL OR provider_id IS NOT NULL", name=op.f("ck_refund_moved_by_provider")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_refund_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["account.id"], name=op.f("fk_refund_granted_by_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_idempotency_key")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_refund_provider_id")),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_table(
        "variant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("spec", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("net_weight_g", sa.Integer(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "weight",
                "volume",
                "piece",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("measure_amount", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("perishable", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "held >= 0 AND held <= on_hand", name=op.f("ck_variant_held_is_on_hand")
        ),
        sa.CheckConstraint("measure_amount > 0", name=op.f("ck_variant_has_an_amount")),
        sa.CheckConstraint("net_weight_g > 0", name=op.f("ck_variant_has_a_weight")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_variant_price_is_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
    )
    op.create_index(op.f("ix_variant_product_id"), "variant", ["product_id"], unique=False)
    op.create_table(
        "basket_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("basket_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999", name=op.f("ck_basket_line_quantity_is_sensible")
        ),
        sa.ForeignKeyConstraint(
            ["basket_id"], ["basket.id"], name=op.f("fk_basket_line_basket_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_basket_line_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_line")),
        sa.UniqueConstraint(
            "basket_id", "variant_id", name=op.f("uq_basket_line_basket_id_variant_id")
        ),
    )
    op.create_index(op.f("ix_basket_line_variant_id"), "basket_line", ["variant_id"], unique=False)
    op.create_table(
        "cancellation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_cancellation_by_id")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_cancellation_refund_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_cancellation_sub_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellation")),
        sa.UniqueConstraint("sub_order_id", name=op.f("uq_cancellation_sub_order_id")),
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("net_weight_g", sa.Integer(), nullable=False),
        sa.Column("product_name", sa.String(length=60), nullable=False),
        sa.Column("spec", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("perishable", sa.Boolean(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("category_name", sa.String(length=20), nullable=False),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("city_name", sa.String(length=20), nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("county_name", sa.String(length=20), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("town_name", sa.String(length=20), nullable=False),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.CheckConstraint(
            "amount_fen = quantity * unit_price_fen", name=op.f("ck_order_line_amount_adds_up")
        ),
        sa.CheckConstraint("net_weight_g > 0", name=op.f("ck_order_line_has_a_weight")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_order_line_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_order_line_sub_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_order_line_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_product_id"), "order_line", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_order_line_sub_order_id"), "order_line", ["sub_order_id"], unique=False
    )
    op.create_index(op.f("ix_order_line_variant_id"), "order_line", ["variant_id"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receive",
                "hold",
                "release",
                "sell",
                "write_off",
                "return",
                name="movement_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_movement_quantity_is_positive")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_stock_movement_by_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_stock_movement_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        info={"append_only": True},
    )
    op.create_index("ix_stock_movement_reference", "stock_movement", ["reference"], unique=False)
    op.create_index(
        op.f("ix_stock_movement_variant_id"), "stock_movement", ["variant_id"], unique=False
    )
    op.create_table(
        "sales_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sale",
                "refund",
                name="entry_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("city_code", sa.String(length=6), nullable=False),
        sa.Column("city_name", sa.String(length=20), nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("county_name", sa.String(length=20), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("town_name", sa.String(length=20), nullable=False),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("category_name", sa.String(length=20), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("product_name", sa.String(length=60), nullable=False),
        sa.Column("spec", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "online",
                "offline",
                "fair",
                "agreement",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("activity_name", sa.String(length=80), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "direct",
                "helped",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
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
        sa.Column("buyer_district", sa.String(length=20), nullable=False),
        sa.Column("order_number", sa.String(length=24), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(channel = 'online') = (order_line_id IS NOT NULL)",
            name=op.f("ck_sales_entry_online_has_a_line"),
        ),
        sa.CheckConstraint(
            "(kind = 'sale' AND refund_fen = 0 AND amount_fen > 0 AND corrects_id IS NULL) OR (kind = 'refund' AND amount_fen = 0 AND refund_fen > 0 AND corrects_id IS NOT NULL)",
            name=op.f("ck_sales_entry_sale_or_refund"),
        ),
        sa.CheckConstraint(
            "amount_fen >= 0 AND refund_fen >= 0",
            name=op.f("ck_sales_entry_amounts_are_not_negative"),
        ),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_sales_entry_month_is_a_month")),
        sa.CheckConstraint(
            "net_fen = amount_fen - refund_fen", name=op.f("ck_sales_entry_net_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_sales_entry_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["sales_entry.id"], name=op.f("fk_sales_entry_corrects_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_sales_entry_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_sales_entry_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_entry")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_sales_entry_cooperative_id"), "sales_entry", ["cooperative_id"], unique=False
    )
    op.create_index(
        op.f("ix_sales_entry_corrects_id"), "sales_entry", ["corrects_id"], unique=False
    )
    op.create_index(op.f("ix_sales_entry_counted_on"), "sales_entry", ["counted_on"], unique=False)
    op.create_index(
        op.f("ix_sales_entry_county_code"), "sales_entry", ["county_code"], unique=False
    )
    op.create_index("ix_sales_entry_month", "sales_entry", ["month", "id"], unique=False)
    op.create_index(
        "ix_sales_entry_town_month", "sales_entry", ["town_code", "month"], unique=False
    )
    op.create_index(
        "uq_sales_entry_one_sale_per_line",
        "sales_entry",
        ["order_line_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'sale'"),
        postgresql_where=sa.text("kind = 'sale'"),
    )

    for table in APPEND_ONLY:
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index(
        "uq_sales_entry_one_sale_per_line",
        table_name="sales_entry",
        sqlite_where=sa.text("kind = 'sale'"),
        postgresql_where=sa.text("kind = 'sale'"),
    )
    op.drop_index("ix_sales_entry_town_month", table_name="sales_entry")
    op.drop_index("ix_sales_entry_month", table_name="sales_entry")
    op.drop_index(op.f("ix_sales_entry_county_code"), table_name="sales_entry")
    op.drop_index(op.f("ix_sales_entry_counted_on"), table_name="sales_entry")
    op.drop_index(op.f("ix_sales_entry_corrects_id"), table_name="sales_entry")
    op.drop_index(op.f("ix_sales_entry_cooperative_id"), table_name="sales_entry")
    op.drop_table("sales_entry")
    op.drop_index(op.f("ix_stock_movement_variant_id"), table_name="stock_movement")
    op.drop_index("ix_stock_movement_reference", table_name="stock_movement")
    op.drop_table("stock_movement")
    op.drop_index(op.f("ix_order_line_variant_id"), table_name="order_line")
    op.drop_index(op.f("ix_order_line_sub_order_id"), table_name="order_line")
    op.drop_index(op.f("ix_order_line_product_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_table("cancellation")
    op.drop_index(op.f("ix_basket_line_variant_id"), table_name="basket_line")
    op.drop_table("basket_line")
    op.drop_index(op.f("ix_variant_product_id"), table_name="variant")
    op.drop_table("variant")
    op.drop_index(op.f("ix_refund_payment_id"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_payment_attempt_payment_id"), table_name="payment_attempt")
    op.drop_table("payment_attempt")
    op.drop_index(op.f("ix_parcel_sub_order_id"), table_name="parcel")
    op.drop_table("parcel")
    op.drop_index(op.f("ix_sub_order_promised_on"), table_name="sub_order")
    op.drop_index(op.f("ix_sub_order_order_id"), table_name="sub_order")
    op.drop_index("ix_sub_order_desk", table_name="sub_order")
    op.drop_index(op.f("ix_sub_order_accepted_at"), table_name="sub_order")
    op.drop_table("sub_order")
    op.drop_index(op.f("ix_product_town_code"), table_name="product")
    op.drop_index("ix_product_on_sale", table_name="product")
    op.drop_index("ix_product_newest", table_name="product")
    op.drop_index(op.f("ix_product_cooperative_id"), table_name="product")
    op.drop_table("product")
    op.drop_table("payment")
    op.drop_index("ix_purchase_order_waiting", table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_placed_at"), table_name="purchase_order")
    op.drop_index("ix_purchase_order_own", table_name="purchase_order")
    op.drop_index(op.f("ix_purchase_order_organisation_id"), table_name="purchase_order")
    op.drop_table("purchase_order")
    op.drop_index(op.f("ix_picture_cooperative_id"), table_name="picture")
    op.drop_table("picture")
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_table("invitation")
    op.drop_table("freight_tariff")
    op.drop_index(op.f("ix_town_designation_town_code"), table_name="town_designation")
    op.drop_table("town_designation")
    op.drop_index(op.f("ix_target_town_code"), table_name="target")
    op.drop_table("target")
    op.drop_index(op.f("ix_organisation_town_code"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_index(op.f("ix_address_account_id"), table_name="address")
    op.drop_table("address")
    op.drop_index(op.f("ix_town_county_code"), table_name="town")
    op.drop_table("town")
    op.drop_table("event_application")
    op.drop_index(op.f("ix_county_city_code"), table_name="county")
    op.drop_table("county")
    op.drop_index(op.f("ix_consent_account_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_browser_session_expires_at"), table_name="browser_session")
    op.drop_index(op.f("ix_browser_session_account_id"), table_name="browser_session")
    op.drop_table("browser_session")
    op.drop_table("basket")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_account_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_appointment_account_id"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_index("ix_sign_in_attempt_who", table_name="sign_in_attempt")
    op.drop_index("ix_sign_in_attempt_address", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("policy_text")
    op.drop_table("payment_event")
    op.drop_index("ix_outbox_message_due", table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_table("heartbeat")
    op.drop_table("city")
    op.drop_table("category")
    op.drop_table("account")
