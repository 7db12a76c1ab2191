"""An inbox for everybody, the language people read, and dead letters put aside.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("letter", sa.String(length=60), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index("ix_notice_unread", "notice", ["account_id", "read_at"])
    op.create_index("ix_notice_inbox", "notice", ["account_id", "id"])
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("language", sa.String(length=16)))
    with op.batch_alter_table("outbox_message") as table:
        table.add_column(sa.Column("discarded_at", sa.DateTime()))
        table.create_check_constraint(
            op.f("ck_outbox_message_only_dead_discarded"),
            "discarded_at IS NULL OR dead_at IS NOT NULL",
        )
