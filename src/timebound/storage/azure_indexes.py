"""By what that which is held and asked at scopes of Azure is looked up."""

from typing import Final

from sqlalchemy import Index, text

_PART: Final = text("scope_kind = 'azure'")


def index_azure(name: str, *more: str) -> Index:
    """What lies at one scope, in the order in which lists tell it; the rest does not pay for it."""
    columns = ("tenant_id", "scope", "id", *more)
    return Index(name, *columns, sqlite_where=_PART, postgresql_where=_PART)
