"""Payments in doubt are asked about again; money that fits nothing and failed refunds are kept.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "'pending', 'open', 'succeeded', 'failed'"


def upgrade() -> None:
    _change_attempts()
    _add_suspense()
    _change_refunds()


def _change_attempts() -> None:
    state = op.f("ck_payment_attempt_attempt_state")
    with op.batch_alter_table("payment_attempt") as table:
        table.add_column(sa.Column("checked_at", sa.DateTime()))
        table.add_column(sa.Column("last_word", sa.String(60), nullable=False, server_default=""))
        table.add_column(sa.Column("check_due_at", sa.DateTime()))
        table.create_index(op.f("ix_payment_attempt_check_due_at"), ["check_due_at"])
        table.drop_constraint(state, type_="check")
        table.create_check_constraint(state, f"state IN ({STATES}, 'quarantined')")
    # What was left open before is asked about as well.
    op.execute(
        "UPDATE payment_attempt SET check_due_at = created_at"
        " WHERE state IN ('pending', 'open') AND method = 'online'"
    )


def _add_suspense() -> None:
    op.create_table(
        "suspense",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wrong_amount",
                "wrong_currency",
                "unknown_intent",
                "unknown_refund",
                name=op.f("ck_suspense_suspense_kind"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(8), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "ending",
            sa.Enum(
                "returned",
                "outside",
                name=op.f("ck_suspense_suspense_end"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(200), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_suspense_amount_is_not_negative")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (ending IS NULL)"
            " AND (settled_at IS NULL) = (settled_by_id IS NULL)",
            name=op.f("ck_suspense_settled_by_somebody"),
        ),
        sa.CheckConstraint(
            "ending <> 'outside' OR note <> ''", name=op.f("ck_suspense_outside_has_a_note")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_suspense_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["account.id"], name=op.f("fk_suspense_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspense")),
        sa.UniqueConstraint("reference", name=op.f("uq_suspense_reference")),
    )
    for column in ("attempt_id", "settled_at"):
        op.create_index(op.f(f"ix_suspense_{column}"), "suspense", [column])


def _change_refunds() -> None:
    with op.batch_alter_table("refund") as table:
        table.add_column(sa.Column("asked_at", sa.DateTime()))
        table.add_column(sa.Column("checked_at", sa.DateTime()))
    op.create_table(
        "refund_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(80), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_failure_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_failure")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_failure_idempotency_key")),
    )
    for column in ("refund_id", "provider_id"):
        op.create_index(op.f(f"ix_refund_failure_{column}"), "refund_failure", [column])
    for statement in create_triggers("refund_failure", op.get_bind().dialect.name):
        op.execute(statement)
