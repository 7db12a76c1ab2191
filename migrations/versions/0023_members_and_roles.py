"""Members of a cooperative are its managers, pickers or accountants, and are asked in by e-mail or
phone.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ROLES = ("manager", "picker", "accountant", "buyer")


def upgrade() -> None:
    names = ", ".join(f"'{role}'" for role in ROLES)
    with op.batch_alter_table("membership") as table:
        table.drop_constraint(op.f("ck_membership_member_role"), type_="check")
        table.create_check_constraint(op.f("ck_membership_member_role"), f"role IN ({names})")
    with op.batch_alter_table("invitation") as table:
        table.alter_column("email", existing_type=sa.String(length=254), nullable=True)
        table.add_column(sa.Column("phone", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("member_role", sa.String(length=32), nullable=True))
    # Whoever was asked into a cooperative before was to manage it.
    op.execute(
        "UPDATE invitation SET member_role = (SELECT CASE organisation.kind"
        " WHEN 'cooperative' THEN 'manager' ELSE 'buyer' END FROM organisation"
        " WHERE organisation.id = invitation.organisation_id) WHERE organisation_id IS NOT NULL"
    )
    with op.batch_alter_table("invitation") as table:
        table.create_check_constraint(
            op.f("ck_invitation_member_role"), f"member_role IN ({names})"
        )
        table.create_check_constraint(
            op.f("ck_invitation_memberships_have_a_role"),
            "(organisation_id IS NULL) = (member_role IS NULL)",
        )
        table.create_check_constraint(
            op.f("ck_invitation_goes_to_one_address"), "(email IS NULL) <> (phone IS NULL)"
        )
