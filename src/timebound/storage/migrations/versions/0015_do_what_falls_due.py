"""Keep what falls due until it is done."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The types are written down as they are at this revision, whatever becomes of them later.
_TEXT = sa.String().with_variant(sa.TEXT(collation="C"), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_ENDS = "until_at < '9999-01-01'"
_OPEN, _GIVEN_UP = sa.text("NOT is_given_up"), sa.text("is_given_up")


def upgrade() -> None:
    """Adds the table, with what is due of everything that was granted and asked before."""
    op.create_table(
        "due_work",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("subject_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("held_until", _INSTANT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", _TEXT, nullable=True),
        sa.Column("is_given_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "subject_id", "kind", name="pk_due_work"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_due_work_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_due_work_open",
        "due_work",
        ["due_at", "tenant_id", "subject_id", "kind"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_due_work_given_up",
        "due_work",
        ["due_at"],
        sqlite_where=_GIVEN_UP,
        postgresql_where=_GIVEN_UP,
    )
    _fill()


def _fill() -> None:
    is_open = "until_at > start_at AND ended_at IS NULL"
    _add("grantStarts", "start_at", f"{is_open} AND start_at > created_at")
    # Of an end that was brought forward nobody has told yet that it came.
    brought_forward = (
        "(tenant_id, principal_id, until_at) IN (SELECT tenant_id, subject_id, effective_at "
        "FROM events WHERE kind = 'grantEnded' AND recorded_at < effective_at)"
    )
    is_ending = f"{_ENDS} AND until_at > start_at"
    _add("grantEnds", "until_at", f"{is_ending} AND (ended_at IS NULL OR {brought_forward})")
    is_reminded = f"{_ENDS} AND {is_open} AND request_id IS NOT NULL AND kind <> 'activated'"
    for kind, days in (("endsInTwoWeeks", 14), ("endsInADay", 1)):
        lead = _moved("until_at", -days)
        _add(kind, lead, f"{is_reminded} AND {lead} > created_at AND {lead} > start_at")
    lapses = _moved("created_at", 1)
    op.execute(_insert("requests", "approvalLapses", lapses, "status = 'PendingApproval'"))


def _add(kind: str, due_at: str, condition: str) -> None:
    op.execute(_insert("grants", kind, due_at, condition))


def _insert(table: str, kind: str, due_at: str, condition: str) -> str:
    return (
        "INSERT INTO due_work (tenant_id, subject_id, kind, due_at, attempts, is_given_up) "  # noqa: S608 - texts of this file
        f"SELECT tenant_id, id, '{kind}', {due_at}, 0, false FROM {table} WHERE {condition}"
    )


def _moved(column: str, days: int) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"{column} + interval '{days} days'"
    return f"strftime('%Y-%m-%dT%H:%M:%S', {column}, '{days} days') || substr({column}, 20)"


def downgrade() -> None:
    """Removes it; nothing that falls due is told of any more."""
    op.drop_table("due_work")
