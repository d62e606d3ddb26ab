"""What the server keeps in the database about itself: named values, ids, signing keys."""

from abc import abstractmethod
from collections.abc import Sequence

from timebound.application.ports import SigningKey
from timebound.storage.asking import Asking
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.metadata import (
    add_key,
    begin_meta,
    put_meta,
    raise_meta,
    remove_key,
    select_keys,
    select_meta,
    swap_meta,
)
from timebound.storage.rows import Row


class Keeping(Asking):
    """Values of the database as a whole; they belong to no tenant."""

    @abstractmethod
    async def tell(self, statements: Sequence[tuple[Statement, Parameters]]) -> Sequence[Row]:
        """The rows that the last of the statements answers, once all of them are durable."""

    async def read_meta(self, key: str) -> str | None:
        """The value of a name; none if it was never written."""
        rows = await self.ask(select_meta(), {"of_key": key})
        return None if not rows else str(rows[0][0])

    async def write_meta(self, key: str, value: str) -> None:
        """Sets the value of a name, durably."""
        await self.tell([(put_meta(), {"key": key, "value": value})])

    async def raise_meta(self, key: str, value: str) -> str:
        """Sets the value of a name unless it has a greater one; answers what is kept then."""
        raising = (raise_meta(), {"key": key, "value": value})
        rows = await self.tell([raising, (select_meta(), {"of_key": key})])
        return str(rows[0][0])

    async def swap_meta(self, key: str, known: str | None, value: str) -> bool:
        """Sets the value of a name if it has the one that is known: true for one of several."""
        if known is None:
            return bool(await self.tell([(begin_meta(), {"key": key, "value": value})]))
        values = {"of_key": key, "known": known, "new_value": value}
        return bool(await self.tell([(swap_meta(), values)]))

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, newest first."""
        return tuple(_read_key(row) for row in await self.ask(select_keys(), {}))

    async def add_signing_key(self, key: SigningKey) -> None:
        """Keeps a new key; nothing happens if another server has added one with the same id."""
        values = {
            "id": key.id,
            "sealed": key.sealed,
            "created_at": key.created_at,
            "algorithm": key.algorithm,
            "begins_at": key.begins_at,
        }
        await self.tell([(add_key(), values)])

    async def remove_signing_key(self, key_id: str) -> None:
        """Forgets a key; nothing happens if it is gone."""
        await self.tell([(remove_key(), {"of_id": key_id})])


def _read_key(row: Row) -> SigningKey:
    # A key that was made before keys said more began at once.
    created_at = read_instant(row[2])
    begins_at = created_at if row[4] is None else read_instant(row[4])
    return SigningKey(row[0], bytes(row[1]), created_at, row[3] or "RS256", begins_at)
