"""The code with which the operator of a new tenant lets its first administrator in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice
from typing import Final

from timebound.application.first_administrator import has_administrator
from timebound.application.ports import Clock, Store
from timebound.domain.ids import TenantId
from timebound.identity.flows.marks import Marks

LIFE: Final = timedelta(hours=24)
"""How long a code may be used."""
_LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come about, and nothing that looks like something else."""
_LENGTH: Final = 24
_GROUP: Final = 4
_KIND: Final = "bootstrap"


@dataclass(frozen=True, slots=True)
class FirstStart:
    """The codes of all tenants: one each, of which only the mark is kept."""

    store: Store
    marks: Marks
    system: Clock
    movable: Clock

    async def offer_code(self, tenant_id: TenantId) -> str | None:
        """A new code where nobody could sign in as an administrator, and no code is out.

        Of several servers that come at once one gets it, and the others none.
        """
        kept = await self.store.read_meta(_key(tenant_id))
        if self._find_mark(kept) or await self._has_administrator(tenant_id):
            return None
        code = _make()
        is_ours = await self.store.swap_meta(_key(tenant_id), kept, self._write(tenant_id, code))
        return code if is_ours else None

    async def make_code(self, tenant_id: TenantId) -> str | None:
        """A new code in place of any other; none once an administrator can sign in."""
        if await self._has_administrator(tenant_id):
            return None
        code = _make()
        await self.store.write_meta(_key(tenant_id), self._write(tenant_id, code))
        return code

    async def is_code(self, tenant_id: TenantId, typed: str) -> bool:
        """Whether a code lets somebody in: the one made last, not over, and nobody is in yet."""
        kept = await self.store.read_meta(_key(tenant_id))
        return await self._is_code(tenant_id, kept, typed)

    async def use_code(self, tenant_id: TenantId, typed: str) -> bool:
        """Uses a code up: true for exactly one of however many come with it, at any server.

        Who is administrator by now would not do: those who come at once are judged each at an
        instant of their own, at which the others are none yet.
        """
        kept = await self.store.read_meta(_key(tenant_id))
        if kept is None or not await self._is_code(tenant_id, kept, typed):
            return False
        # A code that was made in its place meanwhile stays.
        return await self.store.swap_meta(_key(tenant_id), kept, "")

    async def _is_code(self, tenant_id: TenantId, kept: str | None, typed: str) -> bool:
        mark = self._find_mark(kept)
        if not mark or not self.marks.is_mark(mark, _KIND, tenant_id, _read(typed)):
            return False
        return not await self._has_administrator(tenant_id)

    async def _has_administrator(self, tenant_id: TenantId) -> bool:
        return await has_administrator(self.store, tenant_id, self.movable.now())

    def _find_mark(self, kept: str | None) -> str:
        """The mark of the code that is out; empty where there is none, or it is over."""
        mark, _, end = (kept or "").partition(" ")
        return mark if end and self.system.now() < datetime.fromisoformat(end) else ""

    def _write(self, tenant_id: TenantId, code: str) -> str:
        ends_at = self.system.now() + LIFE
        return f"{self.marks.mark(_KIND, tenant_id, _read(code))} {ends_at.isoformat()}"


def _key(tenant_id: TenantId) -> str:
    return f"{_KIND}.{tenant_id}"


def _read(typed: str) -> str:
    """The letters of a code, whatever was typed between them."""
    return "".join(letter for letter in typed.upper() if letter in _LETTERS)


def _make() -> str:
    letters = "".join(choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[first : first + _GROUP] for first in range(0, _LENGTH, _GROUP))
