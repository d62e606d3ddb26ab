"""Guesses at the secrets of applications: slowed down where they come from, and nowhere else."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from tests.support.builders import NOON
from tests.support.service import (
    DESK,
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.times import Instant
from timebound.identity.client_pacing import CLIENT, ClientPace, Shown
from timebound.identity.pacing import Pace
from timebound.server.app import create_app
from timebound.server.clock import SystemClock, TimeSources

pytestmark = pytest.mark.inferred("issue 3: brute force, and nobody is locked out by it")
HERE, THERE = "203.0.113.9", "198.51.100.7"
TOO_OFTEN: Final = 50196
HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class _Clock:
    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def shown(secret: str, address: str = HERE, app: str = ROBOT) -> Shown:
    """A secret of an application, shown from an address."""
    return Shown(TenantId(TENANT), ApplicationId(app), address, secret)


def guess(pace: ClientPace, number: int, address: str = HERE) -> int:
    """So many wrong secrets; how long one waits for the next."""
    for one in range(number):
        pace.begin(shown(f"wrong {one}", address))
    return pace.begin(shown("one more", address))


def test_a_guesser_waits_where_they_are_and_nobody_elsewhere_does() -> None:
    pace = ClientPace(Pace(_Clock()))
    assert guess(pace, CLIENT.free) > 0
    assert pace.begin(shown(SECRET)) > 0, "a right one would tell who guesses, too"
    assert pace.begin(shown(SECRET, THERE)) == 0
    assert pace.begin(shown(SECRET, HERE, DESK)) == 0


def test_guesses_from_one_network_are_bounded() -> None:
    clock = _Clock()
    pace, judged = ClientPace(Pace(clock)), 0
    while clock.at < NOON + HOUR:
        judged += not pace.begin(shown(f"wrong {clock.at}", f"2001:db8::{judged:x}"))
        clock.at += timedelta(seconds=1)
    assert CLIENT.free < judged <= CLIENT.free + 60 + 10


def test_the_same_wrong_secret_again_is_no_new_guess() -> None:
    """An application that was given a wrong one asks again and again, beside others."""
    pace = ClientPace(Pace(_Clock()))
    for _ in range(10 * CLIENT.free):
        assert pace.begin(shown("of last year")) == 0
    assert pace.begin(shown(SECRET)) == 0


def test_many_who_come_at_once_with_the_right_secret_wait_for_nothing() -> None:
    pace, right = ClientPace(Pace(_Clock())), shown(SECRET)
    assert {pace.begin(right) for _ in range(10 * CLIENT.free)} == {0}
    for _ in range(10 * CLIENT.free):
        pace.take_back(right)
    assert guess(pace, CLIENT.free - 1) == 0, "nor does it count for anything, nor wash others off"
    assert pace.begin(right) > 0


def test_a_right_secret_does_not_wash_off_what_others_guessed() -> None:
    pace, right = ClientPace(Pace(_Clock())), shown(SECRET)
    for number in range(CLIENT.free - 1):
        pace.begin(shown(f"wrong {number}"))
        pace.begin(right)
        pace.take_back(right)
    assert pace.begin(right) == 0
    pace.take_back(right)
    assert pace.begin(shown("the last that is free")) == 0
    assert pace.begin(right) > 0


def test_no_secret_can_be_read_from_what_is_kept() -> None:
    pace = ClientPace(Pace(_Clock()))
    pace.begin(shown(SECRET))
    assert SECRET not in repr(pace)
    assert SECRET not in repr(shown(SECRET))


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Service]:
    """A service at which nobody has guessed yet, and whose time stands still."""
    async with open_service(emulator(tmp_path)) as service:
        at = service.parts.system.now()
        still = SystemClock(TimeSources(lambda: at, lambda: 0.0))
        parts = replace(service.parts, system=still)
        yield Service(parts, service.client, create_app(parts))


FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "token": {
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    },
    "introspect": {"token": "x"},
    "revoke": {"token": "x"},
}


async def prove(client: httpx.AsyncClient, path: str, secret: str) -> httpx.Response:
    """The answer of an endpoint to the robot with a secret."""
    form = {"client_id": ROBOT, "client_secret": secret, **FORMS[path]}
    return await client.post(f"/{TENANT}/oauth2/v2.0/{path}", data=form)


@pytest.mark.documented("RFC 6749, 2.3.1; RFC 7009, 5; RFC 7662, 4: guessing is guarded against")
@pytest.mark.parametrize("path", FORMS)
async def test_every_endpoint_slows_down_those_who_guess(opened: Service, path: str) -> None:
    here = opened.client_at(HERE)
    for number in range(CLIENT.free):
        assert (await prove(here, path, f"wrong {number}")).status_code == 401
    held = await prove(here, path, SECRET)
    assert (held.status_code, held.json()["error_codes"]) == (429, [TOO_OFTEN])
    assert 0 < int(held.headers["retry-after"]) <= 60
    for other in FORMS:
        assert (await prove(here, other, SECRET)).status_code == 429, "one purse for all of them"
    for other in FORMS:
        assert (await prove(opened.client_at(THERE), other, SECRET)).status_code == 200


LONG: Final = "robot-secret-as-long-as-those-that-are-made-1"


@pytest.mark.parametrize(("secret", "status"), [(LONG, 200), (SECRET, 429)], ids=["long", "short"])
async def test_what_proved_a_client_before_waits_for_no_neighbour(
    tmp_path: Path, secret: str, status: int
) -> None:
    """A short one does: whoever guesses would come upon it, if they might try without an end."""
    robot = {**SEED["applications"][0], "clientSecret": secret}
    seed = {**SEED, "applications": [robot, *SEED["applications"][1:]]}
    settings = replace(emulator(tmp_path), seed=write_seed_file(tmp_path / "long", seed))
    async with open_service(settings) as service:
        here = service.client_at(HERE)
        assert (await prove(service.client_at(THERE), "token", secret)).status_code == 200
        wrong = [f"{secret} {number}" for number in range(CLIENT.free + 1)]
        told = [(await prove(here, "token", one)).status_code for one in wrong]
        assert told == [401] * CLIENT.free + [429]
        assert {(await prove(here, one, secret)).status_code for one in FORMS} == {status}
        assert (await prove(here, "token", f"{LONG} another")).status_code == 429
