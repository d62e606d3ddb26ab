"""By what that which is held and asked at scopes of Azure is looked up."""

from typing import Final

from sqlalchemy import Index, text

AREA: Final = (
    "(CASE WHEN substr(scope, 1, 15) = '/subscriptions/' THEN substr(scope, 1, 51) ELSE scope END)"
)
"""What assignments are counted in: of what lies in a subscription its path, else the place itself.

The path of a subscription has 51 characters. Statements repeat the text, or no index is used.
"""
_PART: Final = text("scope_kind = 'azure'")
_ACTIVE: Final = text("scope_kind = 'azure' AND kind <> 'eligible'")


def index_azure(name: str, *more: str) -> Index:
    """What lies at one scope, in the order in which lists tell it; the rest does not pay for it."""
    columns = ("tenant_id", "scope", "id", *more)
    return Index(name, *columns, sqlite_where=_PART, postgresql_where=_PART)


def index_assigned() -> Index:
    """How many roles are assigned somewhere; what is over is not counted through."""
    columns = ("tenant_id", text(AREA), "until_at", "start_at")
    return Index(
        "ix_grants_azure_assigned", *columns, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )
