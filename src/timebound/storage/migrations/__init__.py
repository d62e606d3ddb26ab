"""The history of the schema. Where it stands is written here, to be known without Alembic."""

from typing import Final

HEAD: Final = "0028"
"""The newest revision."""

BASE: Final = "base"
"""The revision of an empty database."""


class UnknownRevisionError(Exception):
    """The database stands at a revision that this program does not know: it is from a later one."""
