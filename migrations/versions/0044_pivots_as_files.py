"""A pivot can be exported like a summary: the register and its jobs know how it is turned.

Revision: 0044
Follows: 0042
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers, drop_triggers

revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None

CHECKS = {
    "table": "sheet IN ('detail', 'summary', 'pivot')",
    "tables_have_rows_by": "(sheet = 'detail') = (rows_by IS NULL)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in drop_triggers("export_record", dialect):
        op.execute(statement)
    for name in ("export_record", "export_job"):
        with op.batch_alter_table(name) as table:
            for check in ("table", "summary_has_rows_by"):
                table.drop_constraint(op.f(f"ck_{name}_{check}"), type_="check")
            table.alter_column(
                "rows_by", existing_type=sa.String(length=20), type_=sa.String(length=60)
            )
        with op.batch_alter_table(name) as table:
            for check, condition in CHECKS.items():
                table.create_check_constraint(op.f(f"ck_{name}_{check}"), condition)
    for statement in create_triggers("export_record", dialect):
        op.execute(statement)
