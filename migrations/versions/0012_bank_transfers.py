"""Bank statements, the receipts they tell of, what those were matched to, and payouts.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FOUR_EYES = (
    "proposed_by_id IS NULL OR decision IS NULL"
    " OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)"
)
HOLDS = "decision IS NULL OR decision = 'confirmed'"


def upgrade() -> None:
    _create_statements()
    _create_receipts()
    _create_matches()
    _create_payouts()
    for statement in create_triggers("bank_receipt", op.get_bind().dialect.name):
        op.execute(statement)


def _create_statements() -> None:
    op.create_table(
        "bank_statement",
        _id(),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("ignored_count", sa.Integer(), nullable=False),
        sa.Column("good_count", sa.Integer(), nullable=False),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("known_count", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime()),
        sa.Column("returned_at", sa.DateTime()),
        sa.Column("ended_by_id", sa.Integer()),
        _check("bank_statement", "one_end", "imported_at IS NULL OR returned_at IS NULL"),
        _check(
            "bank_statement",
            "ended_by_somebody",
            "(ended_by_id IS NULL) = (imported_at IS NULL AND returned_at IS NULL)",
        ),
        _key("bank_statement", "uploaded_by_id", "account"),
        _key("bank_statement", "ended_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
    )
    _index("bank_statement", "sha256")
    op.create_table(
        "statement_row",
        _id(),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", _enum("row_state", "good", "wrong", "known"), nullable=False),
        sa.Column("received_on", sa.Date()),
        sa.Column("amount_fen", sa.BigInteger()),
        *_of_a_receipt(),
        sa.Column("faults", sa.String(80), nullable=False),
        sa.Column("raw_day", sa.String(40), nullable=False),
        sa.Column("raw_amount", sa.String(40), nullable=False),
        _check("statement_row", "row_state", "state IN ('good', 'wrong', 'known')"),
        _check("statement_row", "wrong_for_a_reason", "(state = 'wrong') = (faults <> '')"),
        _check(
            "statement_row",
            "complete_or_wrong",
            "state = 'wrong' OR (received_on IS NOT NULL AND amount_fen IS NOT NULL)",
        ),
        _key("statement_row", "statement_id", "bank_statement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_row")),
        sa.UniqueConstraint(
            "statement_id", "number", name=op.f("uq_statement_row_statement_id_number")
        ),
    )


def _create_receipts() -> None:
    op.create_table(
        "bank_receipt",
        _id(),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        *_of_a_receipt(),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        _check("bank_receipt", "amount_is_positive", "amount_fen > 0"),
        _key("bank_receipt", "statement_id", "bank_statement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_receipt")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_bank_receipt_bank_reference")),
        sa.UniqueConstraint("file_sha256", "row_number", name="uq_bank_receipt_place"),
    )
    for column in ("statement_id", "received_on", "amount_fen", "code"):
        _index("bank_receipt", column)


def _create_matches() -> None:
    op.create_table(
        "receipt_match",
        _id(),
        sa.Column("purpose", _enum("purpose", "order", "sender"), nullable=False),
        sa.Column("payment_id", sa.Integer()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer()),
        *_decision(),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("attempt_id", sa.Integer()),
        _check("receipt_match", "purpose", "purpose IN ('order', 'sender')"),
        *_decision_checks("receipt_match"),
        _check(
            "receipt_match", "orders_are_named", "(purpose = 'order') = (payment_id IS NOT NULL)"
        ),
        _check(
            "receipt_match",
            "decided_by_somebody",
            "decided_by_id IS NULL OR decision IS NOT NULL",
        ),
        _check(
            "receipt_match",
            "money_moves_once_confirmed",
            "attempt_id IS NULL OR (decision IS NOT NULL AND decision = 'confirmed')",
        ),
        _key("receipt_match", "payment_id", "payment"),
        _key("receipt_match", "proposed_by_id", "account"),
        _key("receipt_match", "decided_by_id", "account"),
        _key("receipt_match", "attempt_id", "payment_attempt"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_match")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_receipt_match_attempt_id")),
    )
    _index("receipt_match", "payment_id")
    op.create_index("ix_receipt_match_waiting", "receipt_match", ["decision", "proposed_at"])
    op.create_table(
        "matched_receipt",
        _id(),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime()),
        _key("matched_receipt", "match_id", "receipt_match"),
        _key("matched_receipt", "receipt_id", "bank_receipt"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matched_receipt")),
    )
    for column in ("match_id", "receipt_id"):
        _index("matched_receipt", column)
    _only_one("uq_matched_receipt_taken", "matched_receipt", "receipt_id", "released_at IS NULL")


def _create_payouts() -> None:
    op.create_table(
        "payout",
        _id(),
        sa.Column("refund_id", sa.Integer()),
        sa.Column("match_id", sa.Integer()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        *_decision(),
        *_decision_checks("payout"),
        _check("payout", "pays_one_debt", "(refund_id IS NULL) <> (match_id IS NULL)"),
        _key("payout", "refund_id", "refund"),
        _key("payout", "match_id", "receipt_match"),
        _key("payout", "proposed_by_id", "account"),
        _key("payout", "decided_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
    )
    for name in ("refund_id", "match_id", "bank_reference"):
        _only_one(f"uq_payout_{name}", "payout", name, HOLDS)


def _of_a_receipt() -> list[sa.Column[str]]:
    return [
        sa.Column("payer_name", sa.String(80), nullable=False),
        sa.Column("payer_account_tail", sa.String(4), nullable=False),
        sa.Column("remark", sa.String(200), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("bank_reference", sa.String(80)),
    ]


def _decision() -> list[sa.Column[str]]:
    return [
        sa.Column("decision", _enum("decision", "confirmed", "rejected")),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer()),
    ]


def _decision_checks(table: str) -> list[sa.CheckConstraint]:
    return [
        _check(table, "decision", "decision IN ('confirmed', 'rejected')"),
        _check(table, "four_eyes", FOUR_EYES),
        _check(table, "decided_at_some_time", "(decision IS NULL) = (decided_at IS NULL)"),
    ]


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _only_one(name: str, table: str, column: str, where: str) -> None:
    """A unique index over those rows that hold."""
    op.create_index(
        name,
        table,
        [column],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
