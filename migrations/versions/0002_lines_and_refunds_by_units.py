"""Lines know how many of their units were sent, cancelled, returned and paid back.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    _fill_in()
    _add_constraints()


def _add_columns() -> None:
    with op.batch_alter_table("purchase_order") as table:
        table.add_column(sa.Column("closed_by_id", sa.Integer()))
        table.create_foreign_key(
            op.f("fk_purchase_order_closed_by_id"), "account", ["closed_by_id"], ["id"]
        )
    with op.batch_alter_table("sub_order") as table:
        table.add_column(sa.Column("arrived_at", sa.DateTime()))
        table.add_column(_counter("freight_refunded_fen", sa.BigInteger()))
    with op.batch_alter_table("order_line") as table:
        for name in ("cancelled_quantity", "dispatched_quantity", "returned_quantity"):
            table.add_column(_counter(name, sa.Integer()))
        table.add_column(_counter("refunded_fen", sa.BigInteger()))
        table.add_column(sa.Column("ships_on", sa.Date()))
    method = sa.Enum("online", "transfer", name="payment_method", native_enum=False, length=32)
    with op.batch_alter_table("payment_attempt") as table:
        table.add_column(sa.Column("method", method, nullable=False, server_default="online"))
        table.add_column(_counter("received_fen", sa.BigInteger()))
        table.add_column(_counter("refunded_fen", sa.BigInteger()))
    op.create_table(
        "refund_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refund_item_amount_is_positive")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_refund_item_quantity_is_not_negative")),
        sa.CheckConstraint(
            "order_line_id IS NOT NULL OR quantity = 0",
            name=op.f("ck_refund_item_freight_has_no_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_item_refund_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_refund_item_sub_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_refund_item_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_item")),
    )
    for column in ("refund_id", "sub_order_id", "order_line_id"):
        op.create_index(op.f(f"ix_refund_item_{column}"), "refund_item", [column])


def _counter(name: str, type_: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, type_, nullable=False, server_default="0")


def _fill_in() -> None:
    """Until now a part was sent, cancelled and paid back as a whole."""
    for statement in (
        "UPDATE sub_order SET arrived_at = accepted_at",
        "UPDATE order_line SET dispatched_quantity = quantity WHERE sub_order_id IN"
        " (SELECT id FROM sub_order WHERE dispatched_at IS NOT NULL)",
        "UPDATE order_line SET cancelled_quantity = quantity, refunded_fen = amount_fen"
        " WHERE sub_order_id IN (SELECT id FROM sub_order WHERE cancelled_at IS NOT NULL)",
        "UPDATE sub_order SET freight_refunded_fen = freight_fen WHERE cancelled_at IS NOT NULL",
        "UPDATE payment_attempt SET received_fen ="
        " (SELECT due_fen FROM payment WHERE payment.id = payment_id) WHERE state = 'succeeded'",
        "UPDATE payment_attempt SET refunded_fen ="
        " (SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE attempt_id = payment_attempt.id)",
        "INSERT INTO refund_item (refund_id, sub_order_id, order_line_id, quantity, amount_fen)"
        " SELECT cancellation.refund_id, order_line.sub_order_id, order_line.id, quantity,"
        " amount_fen FROM order_line JOIN cancellation"
        " ON cancellation.sub_order_id = order_line.sub_order_id"
        " WHERE cancellation.refund_id IS NOT NULL",
        "INSERT INTO refund_item (refund_id, sub_order_id, order_line_id, quantity, amount_fen)"
        " SELECT cancellation.refund_id, sub_order.id, NULL, 0, freight_fen FROM sub_order"
        " JOIN cancellation ON cancellation.sub_order_id = sub_order.id"
        " WHERE cancellation.refund_id IS NOT NULL AND freight_fen > 0",
    ):
        op.execute(statement)


def _add_constraints() -> None:
    with op.batch_alter_table("purchase_order") as table:
        table.create_check_constraint(
            op.f("ck_purchase_order_paid_or_closed"), "paid_at IS NULL OR closed_at IS NULL"
        )
        table.create_check_constraint(
            op.f("ck_purchase_order_closed_by_somebody"),
            "closed_by_id IS NULL OR closed_at IS NOT NULL",
        )
    with op.batch_alter_table("sub_order") as table:
        table.create_check_constraint(
            op.f("ck_sub_order_sent_before_arrived"),
            "arrived_at IS NULL OR dispatched_at IS NOT NULL",
        )
        table.create_check_constraint(
            op.f("ck_sub_order_freight_refund_was_paid"),
            "freight_refunded_fen BETWEEN 0 AND freight_fen",
        )
    with op.batch_alter_table("order_line") as table:
        table.create_check_constraint(
            op.f("ck_order_line_sent_or_cancelled_once"),
            "cancelled_quantity >= 0 AND dispatched_quantity >= 0"
            " AND cancelled_quantity + dispatched_quantity <= quantity",
        )
        table.create_check_constraint(
            op.f("ck_order_line_returned_was_sent"),
            "returned_quantity BETWEEN 0 AND dispatched_quantity",
        )
        table.create_check_constraint(
            op.f("ck_order_line_refund_was_paid"), "refunded_fen BETWEEN 0 AND amount_fen"
        )
    with op.batch_alter_table("payment_attempt") as table:
        table.create_check_constraint(
            op.f("ck_payment_attempt_payment_method"), "method IN ('online', 'transfer')"
        )
        table.create_check_constraint(
            op.f("ck_payment_attempt_refunds_were_received"),
            "refunded_fen >= 0 AND refunded_fen <= received_fen",
        )
        table.create_check_constraint(
            op.f("ck_payment_attempt_success_brings_money"),
            "(state = 'succeeded') = (received_fen > 0)",
        )
