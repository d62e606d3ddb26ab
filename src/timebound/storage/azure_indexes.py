"""By what that which is held and asked at scopes of Azure is looked up."""

from typing import Final

from sqlalchemy import Index, text

AREA: Final = (
    "(CASE WHEN substr(scope, 1, 15) = '/subscriptions/' THEN substr(scope, 1, 51) ELSE scope END)"
)
"""What assignments are counted in: of what lies in a subscription its path, else the place itself.

The path of a subscription has 51 characters. Statements repeat the text, or no index is used.
"""
AREA_LENGTH: Final = 51
_AZURE_ALONE: Final = text("scope_kind < 'b'")
"""The same for PostgreSQL, which would look for no kind in an index that has one kind by its word.

The kind stands in the index for SQLite, which takes an index for the better the more it looks up.
"""
_PART: Final = text("scope_kind = 'azure'")
_ACTIVE: Final = text("scope_kind = 'azure' AND kind <> 'eligible'")


def index_azure(name: str, *columns: str) -> Index:
    """What lies at one scope, in the order of the columns; the rest does not pay for it."""
    first = ("tenant_id", "scope_kind", "scope")
    return Index(name, *first, *columns, sqlite_where=_PART, postgresql_where=_AZURE_ALONE)


def index_area(name: str, *columns: str) -> Index:
    """The same of all that lies in one subscription: a page of it reads no more than itself."""
    first, area = ("tenant_id", "scope_kind"), text(AREA)
    return Index(name, *first, area, *columns, sqlite_where=_PART, postgresql_where=_AZURE_ALONE)


def index_assigned() -> Index:
    """How many roles are assigned somewhere; what is over is not counted through."""
    columns = ("tenant_id", text(AREA), "until_at", "start_at")
    return Index(
        "ix_grants_azure_assigned", *columns, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )
