"""A tenant where grants are made at noon, and what is told of them as time passes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from tests.storage.test_changes import a_request
from tests.storage.world import NOON, World, reader
from tests.support.events import Told, make_told, read_events, read_rows
from tests.support.sealing import make_signer
from timebound.application.changes import (
    InsertGrant,
    InsertRequest,
)
from timebound.application.sealing import Sealer
from timebound.application.sealing import catch_up as seal_now
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.policies import Policy
from timebound.domain.requests import Status
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.storage.compiling import Statement
from timebound.storage.due_tables import due_work
from timebound.storage.fragments import TENANT as TENANT_ID
from timebound.storage.questions import Questions

DUE_KINDS = (
    EventKind.GRANT_STARTED,
    EventKind.GRANT_EXPIRED,
    EventKind.GRANT_ENDS_SOON,
    EventKind.APPROVAL_TIMED_OUT,
)


@dataclass
class Scene:
    """A tenant of its own, where grants are made at noon."""

    world: World
    url: str

    async def grant(
        self,
        end: timedelta,
        start: timedelta = timedelta(),
        kind: GrantKind = GrantKind.ASSIGNED,
    ) -> Grant:
        id_ = self.world.new_id("f")
        person = await self.world.user()
        window = Window(NOON + start, NOON + end)
        made = Grant(GrantId(id_), reader(person), kind, window, NOON, RequestId(id_))
        assert await self.world.write(InsertGrant(made))
        return made

    async def endless(self, kind: GrantKind) -> Grant:
        return await self.grant(ENDLESS - NOON, kind=kind)

    async def waiting(self) -> RequestId:
        person = await self.world.user()
        request = a_request(self.world, person, status=Status.PENDING_APPROVAL)
        assert await self.world.write(InsertRequest(request, Policy({})))
        return request.id

    async def told(self) -> list[Told]:
        events = await read_events(self.url, self.world.tenant)
        return sorted(
            (e for e in events if e.kind in DUE_KINDS), key=lambda e: (e.effective_at, e.kind.value)
        )

    async def open_kinds(self) -> dict[str, list[str]]:
        """What is still to be done and in nobody's hands, by subject."""
        own, found = due_work.c, dict[str, list[str]]()
        kept = select(own.subject_id, own.kind).where(
            own.tenant_id == TENANT_ID, own.held_until.is_(None)
        )
        asked = Statement(kept.order_by(own.due_at))
        for row in await self.questions.ask(asked, {"tenant": self.world.tenant}):
            found.setdefault(row[0], []).append(row[1])
        return found

    @property
    def questions(self) -> Questions:
        """The store, to be asked and told what no use case does."""
        store = self.world.store
        assert isinstance(store, Questions)
        return store

    async def sealed(self) -> list[Told]:
        """The same in the order of their places in the log, which they are given now."""
        await seal_now(Sealer(self.world.store, make_signer()), self.world.tenant, NOON)
        rows = await read_rows(self.url, "events", self.world.tenant)
        placed = [row for row in rows if row["position"] is not None]
        placed.sort(key=lambda row: int(row["position"]))
        return [make_told(row) for row in placed if EventKind(row["kind"]) in DUE_KINDS]

    async def lines(self) -> list[tuple[EventKind, Instant]]:
        return [(e.kind, e.effective_at) for e in await self.told()]
