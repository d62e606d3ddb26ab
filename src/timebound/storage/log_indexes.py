"""Indexes of the log: each event is in exactly one of the two."""

from sqlalchemy import Index, text


def list_log_indexes() -> tuple[Index, Index]:
    """Sealed events by their place, and unsealed ones in the order in which they are sealed."""
    is_sealed, is_unsealed = text("position IS NOT NULL"), text("position IS NULL")
    return (
        Index(
            "ix_events_position",
            "tenant_id",
            "position",
            unique=True,
            sqlite_where=is_sealed,
            postgresql_where=is_sealed,
        ),
        Index(
            "ix_events_unsealed",
            "tenant_id",
            "recorded_at",
            "effective_at",
            "id",
            sqlite_where=is_unsealed,
            postgresql_where=is_unsealed,
        ),
    )
