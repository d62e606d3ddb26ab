"""Find the policies that ask for somebody's agreement by who that is."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_PLACE = ["tenant_id", "scope_kind", "scope", "role_id"]
_SQLITE = """
    SELECT p.tenant_id, json_extract(one.value, '$.id'), p.scope_kind, p.scope, p.role_id
    FROM policies AS p,
        json_each(p.rules, '$.Approval_EndUser_Assignment.stages') AS stage,
        json_each(stage.value, '$.{named}') AS one
    WHERE json_extract(p.rules, '$.Approval_EndUser_Assignment.is_required')
        AND json_extract(one.value, '$.id') IS NOT NULL
"""
_POSTGRES = """
    SELECT p.tenant_id, one ->> 'id', p.scope_kind, p.scope, p.role_id
    FROM policies AS p,
        jsonb_array_elements(p.rules::jsonb #> '{{Approval_EndUser_Assignment,stages}}') AS stage,
        jsonb_array_elements(stage -> '{named}') AS one
    WHERE p.rules::jsonb #>> '{{Approval_EndUser_Assignment,is_required}}' = 'true'
        AND one ->> 'id' IS NOT NULL
"""


def upgrade() -> None:
    """Adds the table, with those whom the policies of before name."""
    op.create_table(
        "policy_approvers",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("approver_id", _TEXT, nullable=False),
        sa.Column("scope_kind", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("role_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "approver_id", "scope_kind", "scope", "role_id", name="pk_policy_approvers"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_policy_approvers_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_policy_approvers_tenant_id_scope_kind_scope_role_id", "policy_approvers", _PLACE
    )
    find = _POSTGRES if op.get_context().dialect.name == "postgresql" else _SQLITE
    parts = (find.format(named=named) for named in ("primary", "escalation"))
    columns = "tenant_id, approver_id, scope_kind, scope, role_id"
    op.execute(f"INSERT INTO policy_approvers ({columns}) {' UNION '.join(parts)}")


def downgrade() -> None:
    """Removes it; the policies go on naming them."""
    op.drop_table("policy_approvers")
