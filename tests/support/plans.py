"""How PostgreSQL goes about a statement whose parameters it does not know."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from timebound.storage.compiling import Database, Statement


@asynccontextmanager
async def connect_to_explain(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that plans as the store's do."""
    connection = await asyncpg.connect(
        url,
        statement_cache_size=0,
        server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off"},
    )
    try:
        yield connection
    finally:
        await connection.close()


async def explain(connection: asyncpg.Connection, statement: Statement) -> Sequence[str]:
    """The steps of the plan."""
    text = statement.compile_for(Database.POSTGRESQL).text
    count = max(int(number) for number in re.findall(r"\$(\d+)", text))
    await connection.execute(f"PREPARE asked AS {text}")
    blanks = ", ".join(["NULL"] * count)
    steps = [row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE asked({blanks})")]
    await connection.execute("DEALLOCATE asked")
    return steps
