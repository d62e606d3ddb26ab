"""What is kept about the database itself: names with values, signing keys, and its beginning."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.changes import ChangeSet
from timebound.storage.compiling import Statement
from timebound.storage.fragments import parameter
from timebound.storage.log_tables import log_keys
from timebound.storage.statements import Run, Values
from timebound.storage.tables import meta, metadata, signing_keys
from timebound.storage.versions import bump_rows, bump_versions
from timebound.storage.writes import plan_change


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
def raise_meta() -> Statement:
    """Sets the value of a name unless it has one that is as great."""
    statement = upsert(meta)
    new = statement.excluded["value"]
    return Statement(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": new}, where=meta.c.value < new
        )
    )


@cache
def begin_meta() -> Statement:
    """Sets the value of a name that has none; answers the name where it did."""
    return Statement(upsert(meta).on_conflict_do_nothing().returning(meta.c.key))


@cache
def swap_meta() -> Statement:
    """Sets the value of a name that has the one known; answers the name where it did."""
    is_known = (meta.c.key == parameter("of_key"), meta.c.value == parameter("known"))
    changing = update(meta).where(*is_known).values(value=parameter("new_value"))
    return Statement(changing.returning(meta.c.key))


@cache
def select_keys() -> Statement:
    """All signing keys, newest first."""
    keys = signing_keys
    return Statement(
        select(
            keys.c.id, keys.c.sealed, keys.c.created_at, keys.c.algorithm, keys.c.begins_at
        ).order_by(keys.c.created_at.desc(), keys.c.id)
    )


@cache
def add_key() -> Statement:
    """Keeps a signing key unless there is one with its id."""
    return Statement(upsert(signing_keys).on_conflict_do_nothing())


@cache
def remove_key() -> Statement:
    """Forgets a signing key."""
    return Statement(delete(signing_keys).where(signing_keys.c.id == parameter("of_id")))


@cache
def tables_of_tenants() -> tuple[Table, ...]:
    """Every table but the names with values and the keys that sign, what refers first."""
    kept = (meta, signing_keys, log_keys)
    return tuple(table for table in reversed(metadata.sorted_tables) if table not in kept)


def plan_fresh_start(change: ChangeSet, named: Mapping[str, str]) -> list[Run]:
    """The statements that empty these tables, write a change set into them, and set the names."""
    clearing: list[Run] = [(statement, [{}]) for statement in _clear_tables()]
    values: list[Values] = [{"key": key, "value": value} for key, value in named.items()]
    return [
        *clearing,
        (bump_versions(), bump_rows(change)),
        *plan_change(change),
        (put_meta(), values),
    ]


@cache
def _clear_tables() -> tuple[Statement, ...]:
    return tuple(Statement(delete(table)) for table in tables_of_tenants())
