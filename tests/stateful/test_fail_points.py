"""Killed at any commit: whoever starts again finds whole changes, and tells the rest once."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import pytest

from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import ADA, CLEO, DAN, DAY, EVE, GUARDED, HOUR, MORNING, READER, at_root
from tests.support.events import read_events, read_rows
from tests.support.postgres import Cluster
from tests.support.sealing import make_signer
from tests.support.stores import KINDS
from timebound.application.auditing import AuditTrail
from timebound.application.changes import ChangeSet
from timebound.application.due import LEASE
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.sealing import Sealer, seal_all
from timebound.domain.approvals import ReviewResult
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId
from timebound.domain.requests import Action, Request, RequestKind
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.log_sealing import Asked, WritePlan
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store
from timebound.storage.postgres import PostgresStore
from timebound.storage.rows import Row
from timebound.storage.sqlite import SqliteStore

T = TypeVar("T")

ELIGIBILITY, ASSIGNMENT = RequestKind.ELIGIBILITY, RequestKind.ASSIGNMENT
REFUSALS: Final = (EventKind.REQUEST_REFUSED, EventKind.APPROVAL_REFUSED)
"""What somebody is told who asks again for what they have, not knowing that they have it."""


class Killed(BaseException):
    """The process is gone; nothing in it may catch this."""


@dataclass
class Fuse:
    """Counts commits, and kills before or after one of them."""

    number: int | None = None
    is_after: bool = False
    commits: int = 0

    async def guard(self, commit: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Makes the commit, if it comes to that."""
        self.commits += 1
        if self.commits == self.number and not self.is_after:
            raise Killed
        done = await commit()
        if self.commits == self.number:
            raise Killed
        return done


class MortalSqlite(SqliteStore):
    """A store whose process dies at one of its commits."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(Path(url.removeprefix("sqlite:///")))
        self._fuse = fuse

    async def apply(self, change: ChangeSet) -> bool:
        """Applies a change set, or dies."""
        return await self._fuse.guard(lambda: super(MortalSqlite, self).apply(change))

    async def tell(self, statements: Sequence[tuple[Statement, Parameters]]) -> Sequence[Row]:
        """Runs statements, or dies."""
        return await self._fuse.guard(lambda: super(MortalSqlite, self).tell(statements))

    async def follow(self, questions: Sequence[Asked], plan: WritePlan) -> bool:
        """Seals or projects, or dies."""
        return await self._fuse.guard(lambda: super(MortalSqlite, self).follow(questions, plan))


class MortalPostgres(PostgresStore):
    """The same in the other database."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    async def apply(self, change: ChangeSet) -> bool:
        """Applies a change set, or dies."""
        return await self._fuse.guard(lambda: super(MortalPostgres, self).apply(change))

    async def tell(self, statements: Sequence[tuple[Statement, Parameters]]) -> Sequence[Row]:
        """Runs statements, or dies."""
        return await self._fuse.guard(lambda: super(MortalPostgres, self).tell(statements))

    async def follow(self, questions: Sequence[Asked], plan: WritePlan) -> bool:
        """Seals or projects, or dies."""
        return await self._fuse.guard(lambda: super(MortalPostgres, self).follow(questions, plan))


MortalStore: TypeAlias = MortalSqlite | MortalPostgres


@dataclass
class Life:
    """A tenant through a month, whose process may be killed once and is started again."""

    url: str
    fuse: Fuse
    now: Instant = MORNING
    acknowledged: list[str] = field(default_factory=list)
    store: MortalStore = field(init=False)
    place: Place = field(init=False)
    starts: int = 0

    async def start(self) -> None:
        """Opens the store anew, as a process does that knows nothing of the one before."""
        is_on_sqlite = self.url.startswith("sqlite")
        self.store = (MortalSqlite if is_on_sqlite else MortalPostgres)(self.url, self.fuse)
        await self.store.open()
        self.starts += 1
        self.place = Place(self.url, self.store, TenantId("tenant"), f"seed-{self.starts}")

    @property
    def sealer(self) -> Sealer:
        """The sealer of the process that runs."""
        return Sealer(self.store, make_signer())

    @property
    def trail(self) -> AuditTrail:
        """What makes the audit log in the process that runs."""
        return AuditTrail(self.store, self.sealer)

    async def survive(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Does a step; whoever was killed in it is started again and asked once more."""
        try:
            return await step()
        except Killed:
            await self.store.close()
            await self.start()
            return await step()

    async def ask(self, actor: Any, draft: Any) -> str | None:  # noqa: ANN401 - as the place takes it
        """Makes a request; its id if it was acknowledged."""
        answer = await self.survive(lambda: self.place.submit(actor, draft, self.now))
        if isinstance(answer, Request):
            self.acknowledged.append(answer.id)
            return answer.id
        return None

    async def work(self, at: Instant) -> None:
        """Does what a worker does at an instant: what is due, sealing, the audit log."""
        self.now = at
        # Who starts again waits until what the one before had claimed is free.
        await self.survive(lambda: self.place.do_due(at, at + self.starts * LEASE))
        await self.survive(lambda: seal_all(self.sealer, at))
        await self.survive(lambda: self.trail.catch_up(self.place.tenant_id, at))


async def live(url: str, fuse: Fuse) -> Life:
    """A month: eligibilities, activations, an approval, a time-out, ends, and reminders of them."""
    life = Life(url, fuse)
    await life.start()
    reader, guarded = at_root(DAN, READER), at_root(EVE, GUARDED)
    for slot in (reader, guarded):
        draft = make_draft(Action.ADMIN_ASSIGN, ELIGIBILITY, slot, span=30 * DAY)
        await life.ask(ADA, draft)
    activate = make_draft(Action.SELF_ACTIVATE, ASSIGNMENT, reader, span=HOUR)
    await life.ask(DAN, activate)
    wanted = make_draft(Action.SELF_ACTIVATE, ASSIGNMENT, guarded, span=HOUR)
    await life.ask(EVE, wanted)
    await life.work(MORNING + 26 * HOUR)
    await life.ask(EVE, wanted)
    waiting = await waiting_of(life)
    verdict = Verdict(ReviewResult.APPROVE, "go ahead")
    await life.survive(lambda: life.place.review(CLEO, waiting, verdict, life.now))
    await life.ask(DAN, activate)
    leave = make_draft(Action.SELF_DEACTIVATE, ASSIGNMENT, reader)
    life.now += 10 * HOUR / 60
    await life.ask(DAN, leave)
    for day in (3, 16, 17, 29, 30, 31):
        await life.work(MORNING + day * DAY)
    return life


async def waiting_of(life: Life) -> str:
    """The request of Eve's that waits, whether or not she was told of it."""
    rows = await read_rows(life.place.url, "requests", life.place.tenant_id)
    (found,) = [r["id"] for r in rows if r["status"] == "PendingApproval"]
    return str(found)


async def tell(life: Life) -> tuple[Counter[Any], Counter[Any]]:
    """What happened and what the audit log says, without who was refused what they had."""
    url, tenant = life.place.url, life.place.tenant_id
    events = Counter(
        (e.kind, e.effective_at, e.data.get("principalId"), e.data.get("roleId"))
        for e in await read_events(url, tenant)
        if e.kind not in REFUSALS
    )
    audits = Counter(
        (row["activity"], row["result"])
        for row in await read_rows(url, "audit_records", tenant)
        if row["result"] == "success"
    )
    return events, audits


Copies: TypeAlias = Callable[[], AbstractContextManager[str]]
"""Makes copies of a database, each of which is gone after its life."""


async def begin(url: str) -> None:
    """Makes the tenant, in a database of which copies are made."""
    store = open_store(url)
    await store.open()
    await Place(url, store, TenantId("tenant")).begin()
    await store.close()


@pytest.fixture(params=KINDS)
def copies(request: pytest.FixtureRequest, tmp_path: Path) -> Copies:
    """Copies of a database with the tenant."""
    if request.param == "sqlite":
        return _copy_files(tmp_path)
    return _copy_databases(request.getfixturevalue("postgres_cluster"))


def _copy_files(folder: Path) -> Copies:
    url = f"sqlite:///{folder / 'template.db'}"
    migrate(url)
    asyncio.run(begin(url))
    numbers = count(1)

    @contextmanager
    def copy() -> Iterator[str]:
        path = Path(shutil.copy(folder / "template.db", folder / f"{next(numbers)}.db"))
        yield f"sqlite:///{path}"

    return copy


def _copy_databases(cluster: Cluster) -> Copies:
    url = cluster.make_database()
    migrate(url)
    asyncio.run(begin(url))

    @contextmanager
    def copy() -> Iterator[str]:
        copied = cluster.make_database(like=url)
        yield copied
        cluster.drop_database(copied)

    return copy


@pytest.mark.slow
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.inferred("promise 9: killed at any instruction, every due transition happens once")
def test_a_kill_at_any_commit_loses_and_doubles_nothing(copies: Copies, *, is_after: bool) -> None:
    async def play() -> None:
        whole = Fuse()
        with copies() as url:
            life = await live(url, whole)
            expected = await tell(life)
            await life.store.close()
        assert expected[0][EventKind.GRANT_EXPIRED, MORNING + HOUR, DAN, READER] == 1
        for number in range(1, whole.commits + 1):
            with copies() as url:
                life = await live(url, Fuse(number, is_after))
                await check(life, expected, number)
                await life.store.close()

    asyncio.run(play())


async def check(life: Life, expected: object, number: int) -> None:
    """Holds a life in which somebody was killed at a commit against one without."""
    assert life.starts == 2, number
    assert await tell(life) == expected, number
    kept = {row["id"] for row in await read_rows(life.url, "requests", "tenant")}
    assert kept >= set(life.acknowledged), number
    report = await Check(Logbook(life.store, make_signer(), life.place.tenant_id)).run()
    assert (report.findings, report.unsealed) == ([], 0), number
