"""Indexes for questions about what has changed, which no other question is to be led by."""

from sqlalchemy import Index, text

_ANY_SCOPE = text("scope_kind <> ''")
"""It is always so. Who does not say it is not offered the index: SQLite has no other way to know
that what somebody holds is better found by who they are."""


def list_change_indexes() -> tuple[Index, Index]:
    """Grants by when they begin and by when they end."""
    return (
        _index("ix_grants_begun", "start_at"),
        _index("ix_grants_over", "until_at"),
    )


def _index(name: str, column: str) -> Index:
    return Index(
        name,
        "tenant_id",
        "scope_kind",
        column,
        sqlite_where=_ANY_SCOPE,
        postgresql_where=_ANY_SCOPE,
    )


def list_purge_indexes() -> tuple[Index]:
    """The few events that tell of what was removed for good."""
    is_purge = text("kind = 'objectPurged'")
    return (
        Index(
            "ix_events_purged",
            "tenant_id",
            "recorded_at",
            "id",
            sqlite_where=is_purge,
            postgresql_where=is_purge,
        ),
    )
