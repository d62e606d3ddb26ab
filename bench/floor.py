"""The floor: what remains of a call when all of the product is taken away but its statements.

A bare ASGI application under the product's own HTTP server: a token that is looked up, the same
statements on the raw driver, the same JSON. It decides next to nothing and checks next to nothing,
so it is a bound and not an alternative. `python -m bench.floor` serves it until it is told to stop.
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

from bench.answers import Answers
from bench.drivers import Driver, Job, Row, open_driver
from bench.population import Population, imagine_population
from bench.processes import HOST
from bench.rehearsal import OWN, ListeningPostgres, ListeningSqlite, Stage
from bench.scripts import (
    CALLER,
    UNKNOWN,
    Keys,
    Scripts,
    WriteScript,
    order_values,
    tell_moment,
    write_scripts,
)
from bench.weaving import Plan, Values
from timebound.domain.times import Instant
from timebound.server.asgi import Receive, Scope, Send
from timebound.server.clock import machine_sources
from timebound.server.config import Listener
from timebound.server.ids import RandomIds
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_sockets
from timebound.storage.columns import write_instant
from timebound.storage.compiling import Database

_FOUND_EMPTY: Final = "the floor found nothing where the product finds something"
_PRINCIPAL: Final = "principal/"


class Setup(msgspec.Struct, frozen=True):
    """What the floor is told: its database, its port, the population, and whose token is whose."""

    database_url: str
    port: int
    origin: str
    seed: str
    size: int
    tokens: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Caller:
    id: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class Floor:
    """The application with everything it looks up."""

    driver: Driver
    database: Database
    tenant_id: str
    scripts: Scripts
    answers: Answers
    callers: dict[bytes, _Caller]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call."""
        if scope["path"] == "/healthz":
            await _answer(send, 200, b"")
            return
        caller = self._find_caller(scope)
        if scope["method"] == "POST":
            body, status = await self._write(caller, await _read_body(receive)), 201
        else:
            body, status = await self._read(caller, scope), 200
        await _answer(send, status, body)

    def _find_caller(self, scope: Scope) -> str:
        header = next(value for name, value in scope["headers"] if name == b"authorization")
        caller = self.callers[sha256(header[7:]).digest()]
        if caller.ends_at <= machine_sources().wall().timestamp():
            raise RuntimeError("the token is over")
        return caller.id

    async def _read(self, caller: str, scope: Scope) -> bytes:
        at = machine_sources().wall()
        moment: Any = at if self.database is Database.POSTGRESQL else write_instant(at)
        if scope["path"] == OWN:
            rows = await self._ask_all(self.scripts.own, (caller, moment))
            return self.answers.list_own(rows)
        person = scope["query_string"][-37:-1].decode()
        rows = await self._ask_all(self.scripts.about, (caller, moment, person))
        return self.answers.list_about(rows)

    async def _ask_all(self, plans: Sequence[Plan], values: Values) -> Sequence[Row]:
        """The rows of the last of the questions."""
        rows: Sequence[Row] = ()
        for plan in plans:
            rows = await self.driver.ask(plan.text, plan.fill(values))
            if not rows:
                raise RuntimeError(_FOUND_EMPTY)
        return rows

    async def _write(self, caller: str, body: bytes) -> bytes:
        asked = msgspec.json.decode(body)
        is_activation = asked["action"] == "selfActivate"
        script = self.scripts.activation if is_activation else self.scripts.deactivation
        at = machine_sources().wall()
        moment = tell_moment(at, self.database)
        ids = [RandomIds().new_id() for _ in range(script.ids)]
        values = order_values(caller, moment, "", ids, UNKNOWN)
        rows = await self.driver.ask(script.facts.text, script.facts.fill(values))
        grant_id = self._judge(rows, moment.at, is_activation=is_activation)
        versions = self._read_versions(rows, caller)
        keys = self._order_keys(caller, versions)
        values = order_values(caller, moment, grant_id, ids, keys)
        if not await self.driver.write(_make_job(script, values, body, versions, self.tenant_id)):
            raise RuntimeError("somebody else writes what the floor writes")
        for plan in script.after:
            await self.driver.ask(plan.text, plan.fill(values))
        return self.answers.show_request(ids[0], caller, at, asked)

    def _judge(self, rows: Sequence[Row], at: Any, *, is_activation: bool) -> str:  # noqa: ANN401 - the driver's
        """The activation to be ended; none for a new one, which needs an eligibility alone."""
        places = self.scripts.places
        found = ""
        is_eligible = False
        for row in rows:
            if row[0] != "slot" or row[places.ended_at] is not None or row[places.grant_end] <= at:
                continue
            if row[places.grant_kind] == "eligible":
                is_eligible = True
            else:
                found = row[places.grant_id]
        if not is_eligible or is_activation is bool(found):
            raise RuntimeError(_FOUND_EMPTY)
        return found

    def _read_versions(self, rows: Sequence[Row], caller: str) -> dict[str, int]:
        places = self.scripts.places
        steady = [key.replace(CALLER, caller) for key in self.scripts.steady_keys]
        found = dict.fromkeys(steady, 0)
        found.update(
            (row[places.key], row[places.version])
            for row in rows
            if row[0] in ("version", "version_of")
        )
        return found

    def _order_keys(self, caller: str, versions: dict[str, int]) -> Keys:
        if self.database is Database.SQLITE:
            return Keys(msgspec.json.encode(list(versions)).decode())
        own, *steady = versions
        # What comes behind the steady ones is of the groups, and is locked before the rest.
        count = len(self.scripts.steady_keys) - 1
        locked = [*sorted(steady[count:]), *steady[:count]]
        if own != f"{_PRINCIPAL}{caller}":
            raise RuntimeError("the caller is not the first to be locked")
        return Keys(locked, list(versions), list(versions.values()), len(versions))


def _make_job(
    script: WriteScript, values: Values, body: bytes, versions: dict[str, int], tenant_id: str
) -> Job:
    digests = tuple(sha256(body).hexdigest() for _ in range(script.digests))
    whole = (*values, *digests)
    return Job(
        script.judge.text,
        script.judge.fill(whole),
        versions,
        [(text, [plan.fill(whole) for plan in plans]) for text, plans in script.runs],
        (script.zeros, [(tenant_id, key, 0) for key in versions]),
    )


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message["body"])
        if not message.get("more_body", False):
            return body


async def make_floor(setup: Setup) -> Floor:
    """Rehearses on the floor's own database, then opens it by hand."""
    population = imagine_population(setup.seed, setup.size)
    database, stage = _set_stage(setup, population)
    await stage.store.open()
    try:
        scripts = await write_scripts(stage, database, _now())
    finally:
        await stage.store.close()
    ends_at = _now().timestamp() + 86_400
    callers = {
        sha256(token.encode()).digest(): _Caller(id_, ends_at)
        for id_, token in setup.tokens.items()
    }
    driver = await open_driver(setup.database_url)
    return Floor(driver, database, population.tenant_id, scripts, Answers(setup.origin), callers)


def _set_stage(setup: Setup, population: Population) -> tuple[Database, Stage]:
    url = setup.database_url
    if url.startswith("sqlite:///"):
        store = ListeningSqlite(Path(url.removeprefix("sqlite:///")))
        return Database.SQLITE, Stage(store, population, setup.origin)
    return Database.POSTGRESQL, Stage(ListeningPostgres(url), population, setup.origin)


def _now() -> Instant:
    at = machine_sources().wall()
    # A fraction of zero would be left out of texts, and the plans are made from texts.
    return at if at.microsecond else at.replace(microsecond=1)


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
