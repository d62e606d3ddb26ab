"""What is kept about the database itself: names with values, and the signing keys."""

from functools import cache

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.storage.compiling import Statement
from timebound.storage.fragments import parameter
from timebound.storage.tables import meta, metadata, signing_keys


@cache
def select_meta() -> Statement:
    """The value of a name."""
    return Statement(select(meta.c.value).where(meta.c.key == parameter("of_key")))


@cache
def put_meta() -> Statement:
    """Sets the value of a name."""
    statement = upsert(meta)
    return Statement(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": statement.excluded.value}
        )
    )


@cache
def select_keys() -> Statement:
    """All signing keys, newest first."""
    keys = signing_keys
    return Statement(
        select(keys.c.id, keys.c.sealed, keys.c.created_at).order_by(
            keys.c.created_at.desc(), keys.c.id
        )
    )


@cache
def add_key() -> Statement:
    """Keeps a signing key unless there is one with its id."""
    return Statement(upsert(signing_keys).on_conflict_do_nothing())


@cache
def clear_tables() -> tuple[Statement, ...]:
    """Empties every table but the names with values and the signing keys."""
    kept = (meta, signing_keys)
    tables = [table for table in reversed(metadata.sorted_tables) if table not in kept]
    return tuple(Statement(delete(table)) for table in tables)
