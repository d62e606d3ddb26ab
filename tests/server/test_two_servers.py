"""Two server processes over one PostgreSQL: whatever meets, one lawful outcome, nothing lost."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from bench.building import Pair, build
from bench.population import ROLE, Population, imagine_population
from bench.processes import HOST, Server, find_free_port, run_server
from bench.rehearsal import REQUESTS, ask_activation, ask_deactivation, ask_own
from bench.rounds import write_request
from tests.support.running import TIMEBOUND
from timebound.domain.ids import PrincipalId
from timebound.storage.compiling import Database

EACH = 6
"""How many pairs of each kind meet."""
ELIGIBILITIES = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
MADE, REFUSED = HTTPStatus.CREATED, HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Office:
    """A tenant, who may ask in it, and two servers that answer for it."""

    url: str
    population: Population
    tokens: dict[PrincipalId, str]
    servers: tuple[httpx.AsyncClient, httpx.AsyncClient]

    async def ask(self, server: int, caller: PrincipalId, path: str, body: bytes) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self.tokens[caller]}",
            "content-type": "application/json",
        }
        return await self.servers[server].post(path, content=body, headers=headers)

    async def activate(self, server: int, person: PrincipalId) -> httpx.Response:
        return await self.ask(server, person, REQUESTS, ask_activation(person).body)

    async def give_back(self, server: int, person: PrincipalId) -> httpx.Response:
        return await self.ask(server, person, REQUESTS, ask_deactivation(person).body)

    async def remove(self, server: int, person: PrincipalId) -> httpx.Response:
        body = (
            f'{{"action":"adminRemove","principalId":"{person}","roleDefinitionId":"{ROLE}",'
            '"directoryScopeId":"/","justification":"Over"}'
        )
        return await self.ask(
            server, self.population.administrator_id, ELIGIBILITIES, body.encode()
        )

    async def count(self, person: PrincipalId) -> Counter[tuple[str, bool]]:
        """The grants of the role by their kind and by whether they are over."""
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch(
            "SELECT kind, until_at <= clock_timestamp() FROM grants"
            " WHERE principal_id = $1 AND role_id = $2",
            person,
            ROLE,
        )
        await connection.close()
        return Counter((row[0], row[1]) for row in rows)


@pytest.fixture
def servers(
    tmp_path: Path, fresh_postgres_database: str
) -> Iterator[tuple[Population, dict[PrincipalId, str], str, tuple[Server, Server]]]:
    """A small tenant, and two processes that serve it."""
    population = imagine_population("two servers", 5 * EACH)
    ports = find_free_port(), find_free_port()
    origin = f"http://{HOST}:{ports[0]}"
    url = fresh_postgres_database
    pair = Pair(Database.POSTGRESQL, url, url, lambda: None)
    (tmp_path / "0").mkdir()
    tokens = asyncio.run(build(pair, tmp_path / "0", population, origin))
    # Each has a folder of its own with the same master key, as on two machines.
    shutil.copytree(tmp_path / "0", tmp_path / "1")
    command = [str(TIMEBOUND), "serve", "--database-url", url]
    command += ["--host", HOST, "--plain-http", "--trusted-proxy", f"{HOST}/32"]
    command += ["--origin", origin]
    first, second = (
        [*command, "--port", str(port), "--data", str(tmp_path / str(n))]
        for n, port in enumerate(ports)
    )
    hello = write_request(ask_own(population.people[0]), origin[7:], tokens, is_last=True)
    with (
        run_server(first, ports[0], tmp_path / "first.log") as one,
        run_server(second, ports[1], tmp_path / "second.log") as other,
    ):
        one.await_answer(hello)
        other.await_answer(hello)
        yield population, tokens, origin, (one, other)


@pytest.fixture
async def office(servers: Any, fresh_postgres_database: str) -> AsyncIterator[Office]:  # noqa: ANN401 - as above
    """The same, with a client of each server."""
    population, tokens, origin, (one, other) = servers
    headers = {"host": origin.removeprefix("http://")}
    async with AsyncExitStack() as held:
        clients = [
            await held.enter_async_context(
                httpx.AsyncClient(base_url=f"http://{HOST}:{server.port}", headers=headers)
            )
            for server in (one, other)
        ]
        yield Office(fresh_postgres_database, population, tokens, (clients[0], clients[1]))


@pytest.mark.slow
@pytest.mark.documented("issue: two server processes on one PostgreSQL, no lost update")
async def test_whatever_meets_has_one_lawful_outcome(office: Office) -> None:
    people = list(office.population.people)
    twice, cut, back, gone, apart = (people[n * EACH : (n + 1) * EACH] for n in range(5))
    for person in back:
        assert (await office.activate(0, person)).status_code == MADE
    calls = []
    sides = cycle((0, 1))
    for n in range(EACH):
        side = next(sides)
        calls += [
            office.activate(side, twice[n]),
            office.activate(1 - side, twice[n]),
            office.activate(side, cut[n]),
            office.remove(1 - side, cut[n]),
            office.give_back(side, back[n]),
            office.give_back(1 - side, back[n]),
            office.remove(side, gone[n]),
            office.remove(1 - side, gone[n]),
            office.activate(side, apart[n]),
        ]
    answers = [answer.status_code for answer in await asyncio.gather(*calls)]
    for n in range(EACH):
        told = answers[9 * n : 9 * n + 9]
        assert sorted(told[:2]) == [MADE, REFUSED], told
        for first in (4, 6):
            # Of two that take away, one may have been asked at an instant before the other's end.
            assert MADE in told[first : first + 2], told
        assert set(told) <= {MADE, REFUSED}, told
        assert told[2] in (MADE, REFUSED)
        assert (told[3], told[8]) == (MADE, MADE)
        left = {("eligible", False): 1, ("activated", False): 1}
        assert await office.count(twice[n]) == left
        assert await office.count(apart[n]) == left
        # What stood on the eligibility ended with it, whichever of the two came first.
        ended = {("eligible", True): 1} | ({("activated", True): 1} if told[2] == MADE else {})
        assert await office.count(cut[n]) == ended
        assert await office.count(back[n]) == {("eligible", False): 1, ("activated", True): 1}
        assert await office.count(gone[n]) == {("eligible", True): 1}
