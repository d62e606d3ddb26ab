"""The few kinds of column there are, and how their values look on either database."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Dialect, LargeBinary, String
from sqlalchemy.dialects.postgresql import TEXT, TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

from timebound.domain.times import Instant


class InstantType(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL; on SQLite text of one width, which sorts as it is."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(27)
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(27))


# Bytes decide the order of texts on PostgreSQL too, whatever the locale of the cluster.
TextType: Final = String().with_variant(TEXT(collation="C"), "postgresql")
BooleanType: Final = Boolean()
NumberType: Final = BigInteger()
BytesType: Final = LargeBinary()
InstantColumn: Final = InstantType()


def write_instant(at: Instant) -> str:
    """The text of an instant, with microseconds and Z."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def read_instant(value: str | datetime) -> Instant:
    """The instant that a column holds, whichever database it comes from."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    # What never ends is infinity to asyncpg, which reads that back as a time without a zone.
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def read_optional_instant(value: str | datetime | None) -> Instant | None:
    """The instant that a column holds, or none."""
    return None if value is None else read_instant(value)
