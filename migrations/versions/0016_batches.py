"""Harvest batches with their certificates, test reports and recalls; parcels name their batches.

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers, drop_triggers

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BASES = ("controlled", "self_tested", "laboratory")
FIRST = sa.text("replaces_id IS NULL")


def upgrade() -> None:
    _create_batches()
    _create_certificates()
    _create_reports()
    _create_recalls()
    op.add_column(
        "shipment_line",
        sa.Column("certificate_covered", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _create_allocations()
    dialect = op.get_bind().dialect.name
    for statement in drop_triggers("stock_movement", dialect):
        op.execute(statement)
    with op.batch_alter_table("stock_movement") as table:
        table.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_stock_movement_batch_id"), "batch", ["batch_id"], ["id"])
        table.create_index(op.f("ix_stock_movement_batch_id"), ["batch_id"])
    for name in ("stock_movement", "conformity_certificate", "batch_recall", "pick_allocation"):
        for statement in create_triggers(name, dialect):
            op.execute(statement)


def _create_batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("quantity_g", sa.BigInteger(), nullable=False),
        sa.Column("allocated_g", sa.BigInteger(), nullable=False),
        sa.Column("plot", sa.String(length=60), nullable=False),
        sa.Column("inputs", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity_g > 0", name=op.f("ck_batch_quantity_is_positive")),
        sa.CheckConstraint(
            "allocated_g BETWEEN 0 AND quantity_g", name=op.f("ck_batch_allocated_is_in_it")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)",
            name=op.f("ck_batch_closed_by_somebody"),
        ),
        *_keys("batch", product_id="product", made_by_id="account", closed_by_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_batch_code")),
        sa.UniqueConstraint("key", name=op.f("uq_batch_key")),
    )
    op.create_index("ix_batch_open", "batch", ["product_id", "closed_at", "harvested_on", "id"])


def _create_certificates() -> None:
    name = "conformity_certificate"
    bases = ", ".join(f"'{basis}'" for basis in BASES)
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("product_name", sa.String(length=60), nullable=False),
        sa.Column("quantity_g", sa.BigInteger(), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.Column("responsible_party", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("contact", sa.String(length=20), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity_g > 0", name=op.f(f"ck_{name}_quantity_is_positive")),
        sa.CheckConstraint(
            "product_name <> '' AND origin <> '' AND responsible_party <> '' AND contact <> ''",
            name=op.f(f"ck_{name}_says_all_that_the_law_asks"),
        ),
        sa.CheckConstraint(f"basis IN ({bases})", name=op.f(f"ck_{name}_basis")),
        *_keys(name, batch_id="batch", replaces_id=name, issued_by_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")),
        sa.UniqueConstraint("replaces_id", name=op.f(f"uq_{name}_replaces_id")),
    )
    op.create_index(op.f(f"ix_{name}_batch_id"), name, ["batch_id"])
    op.create_index(
        f"uq_{name}_first",
        name,
        ["batch_id"],
        unique=True,
        sqlite_where=FIRST,
        postgresql_where=FIRST,
    )


def _create_reports() -> None:
    name = "test_report"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("form IN ('picture', 'pdf')", name=op.f(f"ck_{name}_report_form")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f(f"ck_{name}_hash_is_whole")),
        sa.CheckConstraint("size > 0", name=op.f(f"ck_{name}_holds_something")),
        *_keys(name, batch_id="batch", uploaded_by_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_batch_id"), name, ["batch_id"])


def _create_recalls() -> None:
    name = "batch_recall"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f(f"ck_{name}_says_why")),
        *_keys(name, batch_id="batch", by_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("batch_id", name=op.f(f"uq_{name}_batch_id")),
    )


def _create_allocations() -> None:
    name = "pick_allocation"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_line_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{name}_quantity_is_positive")),
        *_keys(name, shipment_line_id="shipment_line", batch_id="batch"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "shipment_line_id", "batch_id", name=op.f(f"uq_{name}_shipment_line_id_batch_id")
        ),
    )
    op.create_index(op.f(f"ix_{name}_batch_id"), name, ["batch_id"])


def _keys(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, target in targets.items()
    ]
