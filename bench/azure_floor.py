"""The floor under Azure: what remains of a call when all is taken away but its statements.

A bare ASGI application under the product's own HTTP server. It plays each call beforehand on a
store that notes what it is asked and writes nothing, and then does for the call what was noted: a
token that is looked up, the same statements with the same arguments on the raw driver, the same
JSON. `python -m bench.azure_floor` serves it until it is told to stop.
"""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
from starlette.types import ASGIApp

from bench.drivers import Driver, Job, Row, open_driver
from bench.populate import SEED, size_tenant
from bench.processes import HOST
from bench.rehearsal import Asked, Heard, ListeningPostgres, ListeningSqlite, Stage
from timebound.application.changes import ChangeSet
from timebound.application.ports import Ports
from timebound.dialects.arm.door import create_arm
from timebound.domain.ids import PrincipalId
from timebound.server.asgi import Receive, Scope, Send
from timebound.server.clock import machine_sources
from timebound.server.config import Listener
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_sockets
from timebound.storage.at_once import Combiner
from timebound.storage.compiling import Database
from timebound.storage.versions import (
    bump_rows,
    bump_versions,
    insert_zeros,
    read_parameters,
    read_versions,
    zero_rows,
)
from timebound.storage.writes import plan_change

PEOPLE: Final = 2_000
"""How many grants the tenant has beside its cloud."""
_READS, _MADE = 200, 201


class Spoken(msgspec.Struct, frozen=True):
    """One call as the product is asked: a later page is one that the link of `first` leads to."""

    caller: str
    method: str
    path: str
    query: str
    body: bytes = b""
    first: str | None = None

    @property
    def target(self) -> str:
        """Where the call goes."""
        return f"{self.path}?{self.query}"


class Setup(msgspec.Struct, frozen=True):
    """What the floor is told: its database, its port, whose token is whose, what will be asked."""

    database_url: str
    port: int
    origin: str
    tokens: dict[str, str]
    asked: list[Spoken]


@dataclass(frozen=True, slots=True)
class Script:
    """What is done for a call: questions, a write, questions; and what is answered."""

    before: Sequence[tuple[str, Row]]
    job: Job | None
    after: Sequence[tuple[str, Row]]
    body: Any


@dataclass(frozen=True, slots=True)
class Floor:
    """The application with everything it looks up."""

    driver: Driver
    ends_at: float
    callers: dict[bytes, str]
    scripts: dict[tuple[str, str], Script]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call."""
        header = next(value for name, value in scope["headers"] if name == b"authorization")
        caller = self.callers[sha256(header[7:]).digest()]
        if self.ends_at <= machine_sources().wall().timestamp():
            raise RuntimeError("the token is over")
        if scope["method"] == "PUT":
            msgspec.json.decode((await receive())["body"])
        target = f"{scope['path']}?{scope['query_string'].decode()}"
        script = self.scripts[caller, target]
        for text, arguments in script.before:
            await self.driver.ask(text, arguments)
        if script.job is not None and not await self.driver.write(script.job):
            raise RuntimeError("somebody else writes what the floor writes")
        for text, arguments in script.after:
            await self.driver.ask(text, arguments)
        await _answer(send, _MADE if script.job else _READS, msgspec.json.encode(script.body))


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Imagining:
    """A store that notes a change and says that it is made."""

    heard: Heard

    async def apply(self, change: ChangeSet) -> bool:
        """Notes the change."""
        self.heard.change, self.heard.asked_first = change, len(self.heard.questions)
        return True


class _ImaginingSqlite(_Imagining, ListeningSqlite):
    """A SQLite store that is listened to and never written to."""


class _ImaginingPostgres(_Imagining, ListeningPostgres):
    """A PostgreSQL store that is listened to and never written to."""


def _open_arm(ports: Ports, key: bytes) -> ASGIApp:
    return create_arm(ports, key)


async def make_floor(setup: Setup) -> Floor:
    """Plays everything that will be asked on the floor's own database, then opens it by hand."""
    url, at = setup.database_url, machine_sources().wall()
    population = size_tenant(SEED, PEOPLE, at).population
    is_file = url.startswith("sqlite:///")
    database = Database.SQLITE if is_file else Database.POSTGRESQL
    path = Path(url.removeprefix("sqlite:///"))
    store = _ImaginingSqlite(path) if is_file else _ImaginingPostgres(url)
    stage = Stage(store, population, setup.origin, _open_arm)
    await store.open()
    try:
        scripts = {
            (one.caller, one.target): _write_script(await _play(stage, one), database)
            for one in setup.asked
        }
    finally:
        await store.close()
    callers = {sha256(token.encode()).digest(): id_ for id_, token in setup.tokens.items()}
    return Floor(await open_driver(url), at.timestamp() + 86_400, callers, scripts)


async def _play(stage: Stage, spoken: Spoken) -> Heard:
    at, caller = machine_sources().wall(), PrincipalId(spoken.caller)
    query = spoken.query
    if spoken.first is not None:
        first = await stage.play(Asked(caller, "GET", spoken.path, spoken.first.encode()), at)
        query = str(msgspec.json.decode(first.body)["nextLink"]).partition("?")[2]
    asked = Asked(caller, spoken.method, spoken.path, query.encode(), spoken.body)
    return await stage.play(asked, at)


def _write_script(heard: Heard, database: Database) -> Script:
    asked = [
        (compiled.text, compiled.arguments(parameters))
        for compiled, parameters in ((s.compile_for(database), p) for s, p in heard.questions)
    ]
    body = msgspec.json.decode(heard.body)
    if heard.change is None:
        return Script(asked, None, (), body)
    first = heard.asked_first
    return Script(asked[:first], _write_job(heard.change, database), asked[first:], body)


def _write_job(change: ChangeSet, database: Database) -> Job:
    runs = [(bump_versions(), bump_rows(change)), *plan_change(change)]
    zeros = insert_zeros().compile_for(database)
    zero = (zeros.text, [zeros.arguments(row) for row in zero_rows(change)])
    if database is Database.SQLITE:
        judge = read_versions().compile_for(database)
        steps = [
            (compiled.text, [compiled.arguments(row) for row in rows])
            for compiled, rows in ((s.compile_for(database), rows) for s, rows in runs)
        ]
        arguments = judge.arguments(read_parameters(change))
        return Job(
            judge.text, arguments, {str(k): v for k, v in change.expects.items()}, steps, zero
        )
    at_once = Combiner().combine(change, runs)
    if at_once is None:
        raise RuntimeError("the rehearsal did not write at once")
    return Job(at_once.text, tuple(at_once.arguments), {}, (), zero)


async def _serve(setup: Setup) -> None:
    floor = await make_floor(setup)
    with contextlib.ExitStack() as held:
        sockets = bind_sockets(Listener(HOST, setup.port))
        for bound in sockets:
            held.enter_context(contextlib.closing(bound))

        async def announce() -> None:
            """Says nothing: whoever waits asks."""

        await serve_app(floor, sockets, None, announce)


def main() -> None:
    """Serves the floor of a setup file."""
    setup = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Setup)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(setup))


if __name__ == "__main__":
    main()
