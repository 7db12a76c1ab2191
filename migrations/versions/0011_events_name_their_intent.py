"""Events of the payment provider can be found by the intent that they are about.

Revision: 0011
Follows: 0010
"""

import json

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers, drop_triggers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = sa.table(
    "payment_event",
    sa.column("id", sa.Integer()),
    sa.column("payload", sa.Text()),
    sa.column("intent_id", sa.String()),
)


def upgrade() -> None:
    op.add_column(
        "payment_event",
        sa.Column("intent_id", sa.String(80), nullable=False, server_default=""),
    )
    op.create_index(op.f("ix_payment_event_intent_id"), "payment_event", ["intent_id"])
    dialect = op.get_bind().dialect.name
    for statement in drop_triggers("payment_event", dialect):
        op.execute(statement)
    _fill_in()
    for statement in create_triggers("payment_event", dialect):
        op.execute(statement)


def _fill_in() -> None:
    rows = op.get_bind().execute(sa.select(TABLE.c.id, TABLE.c.payload)).all()
    for id_, payload in rows:
        subject = json.loads(payload)["data"]["object"]
        is_intent = subject.get("object") == "payment_intent"
        intent_id = subject["id"] if is_intent else subject.get("payment_intent")
        if intent_id:
            op.execute(
                sa.update(TABLE).where(TABLE.c.id == id_).values(intent_id=str(intent_id)[:80])
            )
