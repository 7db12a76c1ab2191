"""The table of supply can be exported like a summary.

Revision: 0047
Follows: 0046
"""

from alembic import op

from shop.append_only import create_triggers, drop_triggers

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TABLES = "sheet IN ('detail', 'summary', 'pivot', 'supply')"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in drop_triggers("export_record", dialect):
        op.execute(statement)
    for name in ("export_record", "export_job"):
        check = op.f(f"ck_{name}_table")
        with op.batch_alter_table(name) as table:
            table.drop_constraint(check, type_="check")
        with op.batch_alter_table(name) as table:
            table.create_check_constraint(check, TABLES)
    for statement in create_triggers("export_record", dialect):
        op.execute(statement)
