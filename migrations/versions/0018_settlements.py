"""Commission rates, and what the shop owes each cooperative: the ledger, statements and payouts.

What was accepted and refunded until now is carried into the ledger, without commission.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "commission_rate",
    "payable_entry",
    "settled_part",
    "settlement_statement",
    "statement_entry",
)
KINDS = (
    "goods freight commission goods_refund freight_refund commission_back payout payout_returned"
).split()
OF_LINES = "('goods', 'commission', 'goods_refund', 'commission_back')"
OF_REFUNDS = "('goods_refund', 'freight_refund', 'commission_back')"
OF_PAYOUTS = "('payout', 'payout_returned')"
GAINS = "('goods', 'freight', 'commission_back', 'payout_returned')"


def upgrade() -> None:
    _create_rates()
    with op.batch_alter_table("sub_order") as table:
        table.add_column(
            sa.Column("commission_bp", sa.Integer(), nullable=False, server_default="0")
        )
        table.create_check_constraint(
            op.f("ck_sub_order_commission_is_sensible"), "commission_bp BETWEEN 0 AND 3000"
        )
    with op.batch_alter_table("sub_order") as table:
        table.alter_column("commission_bp", server_default=None)
    _create_statements()
    _create_batches()
    _create_rows()
    _create_entries()
    _fill_in()
    for table in APPEND_ONLY:
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _refers(table: str, column: str, to: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _fen(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _create_rates() -> None:
    table = "commission_rate"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        _check(table, "rate_is_sensible", "basis_points BETWEEN 0 AND 3000"),
        _check(
            table, "for_all_is_a_rate", "cooperative_id IS NOT NULL OR basis_points IS NOT NULL"
        ),
        _check(table, "has_a_reason", "reason <> ''"),
        _refers(table, "cooperative_id", "organisation"),
        _refers(table, "set_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_rate")),
        info={"append_only": True},
    )
    op.create_index("ix_commission_rate_valid", table, ["cooperative_id", "effective_on"])


def _create_statements() -> None:
    table = "settlement_statement"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_name", sa.String(length=80), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        _fen("opening_fen"),
        _fen("paid_fen"),
        _fen("goods_fen"),
        _fen("freight_fen"),
        _fen("refunds_fen"),
        _fen("commission_fen"),
        _fen("closing_fen"),
        _check(table, "period_has_days", "period_until >= period_from"),
        _check(table, "sales_are_not_negative", "goods_fen >= 0 AND freight_fen >= 0"),
        _check(table, "refunds_take_off", "refunds_fen <= 0"),
        _check(
            table,
            "adds_up",
            "closing_fen = opening_fen + paid_fen + goods_fen + freight_fen + refunds_fen"
            " + commission_fen",
        ),
        _refers(table, "cooperative_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_statement")),
        sa.UniqueConstraint(
            "cooperative_id",
            "period_from",
            name=op.f("uq_settlement_statement_cooperative_id_period_from"),
        ),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_settlement_statement_period_from"), table, ["period_from"])
    table = "settled_part"
    op.create_table(
        table,
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        _fen("received_fen"),
        _fen("refunded_fen"),
        _fen("settled_fen"),
        _check(
            table, "never_above_what_was_received", "settled_fen <= received_fen - refunded_fen"
        ),
        _refers(table, "sub_order_id", "sub_order"),
        _refers(table, "statement_id", "settlement_statement"),
        sa.PrimaryKeyConstraint("sub_order_id", name=op.f("pk_settled_part")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_settled_part_statement_id"), table, ["statement_id"])


def _create_batches() -> None:
    table = "payout_batch"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(), nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=False),
        sa.Column("arrangement", sa.String(length=120), nullable=False),
        sa.Column("decision", _one_of("decision", "released", "rejected"), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        _check(table, "under_an_arrangement", "arrangement <> ''"),
        _check(
            table,
            "decided_by_somebody",
            "(decision IS NULL) = (decided_at IS NULL)"
            " AND (decision IS NULL) = (decided_by_id IS NULL)",
        ),
        _check(
            table,
            "four_eyes",
            "decision IS NULL OR decision <> 'released' OR decided_by_id <> prepared_by_id",
        ),
        _check(table, "rejected_for_a_reason", "(decision = 'rejected') = (note <> '')"),
        _refers(table, "prepared_by_id", "account"),
        _refers(table, "decided_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batch")),
    )


def _create_rows() -> None:
    table = "payout_row"
    released = "(outcome IS NOT NULL AND outcome = 'released')"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        _fen("amount_fen"),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("sealed_number", sa.Text(), nullable=False),
        sa.Column("last_digits", sa.String(length=4), nullable=False),
        sa.Column("number_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("outcome", _one_of("outcome", "released", "left_out", "rejected"), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("paid_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_at", sa.DateTime(), nullable=True),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.Column("return_reason", sa.String(length=200), nullable=False),
        _check(table, "amount_is_positive", "amount_fen > 0"),
        _check(table, "decided_at_some_time", "(outcome IS NULL) = (decided_at IS NULL)"),
        _check(table, "paid_once_released", f"paid_at IS NULL OR {released}"),
        _check(table, "returned_once_released", f"returned_at IS NULL OR {released}"),
        _check(table, "returned_for_a_reason", "(returned_at IS NULL) = (return_reason = '')"),
        _check(table, "paid_by_somebody", "(paid_at IS NULL) = (paid_by_id IS NULL)"),
        _check(table, "returned_by_somebody", "(returned_at IS NULL) = (returned_by_id IS NULL)"),
        _refers(table, "batch_id", "payout_batch"),
        _refers(table, "cooperative_id", "organisation"),
        _refers(table, "statement_id", "settlement_statement"),
        _refers(table, "paid_by_id", "account"),
        _refers(table, "returned_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_row")),
    )
    op.create_index(op.f("ix_payout_row_batch_id"), table, ["batch_id"])
    op.create_index(op.f("ix_payout_row_cooperative_id"), table, ["cooperative_id"])
    op.create_index(
        "uq_payout_row_waiting",
        table,
        ["cooperative_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _create_entries() -> None:
    table = "payable_entry"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("entry_kind", *KINDS), nullable=False),
        _fen("amount_fen"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=True),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("refund_item_id", sa.Integer(), nullable=True),
        sa.Column("payout_row_id", sa.Integer(), nullable=True),
        _check(table, "sign_fits", f"(kind IN {GAINS}) = (amount_fen > 0)"),
        _check(table, "is_about_something", "amount_fen <> 0"),
        _check(table, "sales_name_their_part", f"(kind IN {OF_PAYOUTS}) = (sub_order_id IS NULL)"),
        _check(
            table, "goods_name_their_line", f"(kind IN {OF_LINES}) = (order_line_id IS NOT NULL)"
        ),
        _check(
            table,
            "refunds_name_their_item",
            f"(kind IN {OF_REFUNDS}) = (refund_item_id IS NOT NULL)",
        ),
        _check(
            table,
            "payouts_name_their_row",
            f"(kind IN {OF_PAYOUTS}) = (payout_row_id IS NOT NULL)",
        ),
        _refers(table, "cooperative_id", "organisation"),
        _refers(table, "sub_order_id", "sub_order"),
        _refers(table, "order_line_id", "order_line"),
        _refers(table, "refund_item_id", "refund_item"),
        _refers(table, "payout_row_id", "payout_row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable_entry")),
        sa.UniqueConstraint("cause", name=op.f("uq_payable_entry_cause")),
        info={"append_only": True},
    )
    op.create_index("ix_payable_entry_cooperative", table, ["cooperative_id", "id"])
    for column in ("sub_order_id", "order_line_id", "payout_row_id"):
        op.create_index(op.f(f"ix_payable_entry_{column}"), table, [column])
    table = "statement_entry"
    op.create_table(
        table,
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        _refers(table, "entry_id", "payable_entry"),
        _refers(table, "statement_id", "settlement_statement"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_statement_entry")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_statement_entry_statement_id"), table, ["statement_id"])


def _fill_in() -> None:
    """Whatever was accepted is owed; what was refunded before never was, and what was refunded
    after is taken off."""
    for statement in (GOODS, FREIGHT, GOODS_REFUNDS, FREIGHT_REFUNDS):
        op.execute(statement)


GOODS = """
INSERT INTO payable_entry
  (cooperative_id, kind, amount_fen, at, cause, sub_order_id, order_line_id)
SELECT p.cooperative_id, 'goods', l.amount_fen - coalesce(b.fen, 0), p.accepted_at,
  'goods:' || l.id, p.id, l.id
FROM sub_order p
JOIN order_line l ON l.sub_order_id = p.id
LEFT JOIN (
  SELECT i.order_line_id, sum(i.amount_fen) AS fen
  FROM refund_item i
  JOIN refund r ON r.id = i.refund_id
  JOIN sub_order q ON q.id = i.sub_order_id
  WHERE i.order_line_id IS NOT NULL AND r.granted_at <= q.accepted_at
  GROUP BY i.order_line_id
) b ON b.order_line_id = l.id
WHERE p.accepted_at IS NOT NULL AND l.amount_fen - coalesce(b.fen, 0) > 0
ORDER BY p.accepted_at, l.id
"""
FREIGHT = """
INSERT INTO payable_entry (cooperative_id, kind, amount_fen, at, cause, sub_order_id)
SELECT p.cooperative_id, 'freight', p.freight_fen - coalesce(b.fen, 0), p.accepted_at,
  'freight:' || p.id, p.id
FROM sub_order p
LEFT JOIN (
  SELECT i.sub_order_id, sum(i.amount_fen) AS fen
  FROM refund_item i
  JOIN refund r ON r.id = i.refund_id
  JOIN sub_order q ON q.id = i.sub_order_id
  WHERE i.order_line_id IS NULL AND r.granted_at <= q.accepted_at
  GROUP BY i.sub_order_id
) b ON b.sub_order_id = p.id
WHERE p.accepted_at IS NOT NULL AND p.freight_fen - coalesce(b.fen, 0) > 0
ORDER BY p.accepted_at, p.id
"""
GOODS_REFUNDS = """
INSERT INTO payable_entry
  (cooperative_id, kind, amount_fen, at, cause, sub_order_id, order_line_id, refund_item_id)
SELECT p.cooperative_id, 'goods_refund', -i.amount_fen, r.granted_at,
  'goods_refund:' || i.id, p.id, i.order_line_id, i.id
FROM refund_item i
JOIN refund r ON r.id = i.refund_id
JOIN sub_order p ON p.id = i.sub_order_id
WHERE i.order_line_id IS NOT NULL AND r.granted_at > p.accepted_at
ORDER BY i.id
"""
FREIGHT_REFUNDS = """
INSERT INTO payable_entry
  (cooperative_id, kind, amount_fen, at, cause, sub_order_id, refund_item_id)
SELECT p.cooperative_id, 'freight_refund', -i.amount_fen, r.granted_at,
  'freight_refund:' || i.id, p.id, i.id
FROM refund_item i
JOIN refund r ON r.id = i.refund_id
JOIN sub_order p ON p.id = i.sub_order_id
WHERE i.order_line_id IS NULL AND r.granted_at > p.accepted_at
ORDER BY i.id
"""
