"""An approver beside a soaked emulator: decides on what waits, in a process of their own.

No door gives approvals yet, so the use case is called on the database, as operators' commands are.
"""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from timebound.application.engine import Engine
from timebound.application.settling import OpenRequest, decide_on_approval
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import ApplicationId, PrincipalId, RequestId, TenantId
from timebound.domain.scopes import ScopeKind
from timebound.domain.settle import Verdict
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.emulation import open_movable_clock
from timebound.server.ids import RandomIds
from timebound.storage.opening import open_store

_PERMITTED: Final = frozenset({"RoleAssignmentSchedule.ReadWrite.Directory"})
_WAITING: Final = (
    "SELECT id FROM requests WHERE status = 'PendingApproval' ORDER BY created_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides, and through which application of the tenant's."""

    tenant_id: str
    user_id: str
    application_id: str

    def decide(self, database: Path, result: ReviewResult) -> dict[str, ReviewResult]:
        """What was decided on the newest request that waits; nothing if that was refused."""
        with closing(sqlite3.connect(database)) as connection:
            waiting = connection.execute(_WAITING).fetchone()
        if waiting is None:
            return {}
        is_decided = asyncio.run(self._decide(database, RequestId(waiting[0]), result))
        return {waiting[0]: result} if is_decided else {}

    async def _decide(self, database: Path, request_id: RequestId, result: ReviewResult) -> bool:
        store = open_store(f"sqlite:///{database}")
        await store.open()
        try:
            clock = await open_movable_clock(store, SystemClock(machine_sources()))
            token = Token(
                TenantId(self.tenant_id),
                PrincipalId(self.user_id),
                ApplicationId(self.application_id),
                _PERMITTED,
            )
            engine, verdict = Engine(store, RandomIds()), Verdict(result, "Soaking the service")
            waiting = OpenRequest(request_id, ScopeKind.DIRECTORY)
            done = await decide_on_approval(engine, token, waiting, verdict, clock.now())
            return not isinstance(done, Refused)
        finally:
            await store.close()
