"""`make soak`: an emulator is killed at random, again and again, and nothing is lost or doubled.

One emulator on one data folder. In each run a client assigns and removes roles for a while, asks
for what needs an approval that nobody gives, and moves the clock, by minutes or by days; then the
process is killed (SIGKILL) at a random moment, and started again. What the client was told of has
to be there, and of every start, end, reminder and time-out that has come by then there is one
event, as the model says (soak_model.py). At the end the log is verified.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.running import TIMEBOUND, RunningService, running
from timebound.domain.times import Instant
from tools.soak_model import count_told, find_faults

_REQUESTS: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
_ROLES: Final = "/v1.0/roleManagement/directory/roleDefinitions"
_SCOPE: Final = "https://graph.microsoft.com/.default"
_PATIENCE: Final = 90.0
"""Seconds that a moved clock may take: what is held is waited for."""
_PLAIN_ROLES: Final = 12
"""Among so many roles the client chooses: none of them is Global Administrator."""
_RARELY: Final = 0.2
"""How often the clock is moved, or a role is taken away."""
_LONGEST: Final = 1.5
"""Seconds that a process lives at most, once it is ready."""

_MOVES: Final = ("PT1M", "PT10M", "PT1H", "PT5H", "PT25H", "P3D", "P12D")
_SPANS: Final = ("PT5M", "PT7M", "PT30M", "PT2H", "P2D", "P13D", "P20D")
_GUARDED: Final = "Security Administrator"
_ASKER: Final = "ben@larkfield.example"
"""Who may activate a role of the demo tenant that needs approval."""


class LostError(Exception):
    """Something that was promised is not so."""


@dataclass(slots=True)
class Client:
    """What a client of the emulator was told, over all its lives."""

    chance: random.Random
    acknowledged: list[str] = field(default_factory=list)
    instants: list[Instant] = field(default_factory=list)
    calls: int = 0

    @property
    def now(self) -> Instant | None:
        """The latest instant that a clock has told."""
        return max(self.instants, default=None)

    def use(self, service: RunningService) -> None:
        """Calls until the service is gone."""
        desk = _open_desk(service)
        while True:
            self.calls += 1
            if self.chance.random() < _RARELY:
                self.instants.append(_move(service, {"advance": self.chance.choice(_MOVES)}))
                continue
            headers, body = desk.administrator, self._order(desk)
            if self.chance.random() < _RARELY:
                headers, body = desk.asker, desk.ask_guarded()
            answer = service.call("POST", desk.requests, headers=headers, json=body)
            if answer.status_code == httpx.codes.CREATED:
                self.acknowledged.append(answer.json()["id"])

    def _order(self, desk: "_Desk") -> dict[str, Any]:
        order = _write_order("adminAssign", self.chance.choice(desk.users), self._role(desk))
        if self.chance.random() < _RARELY:
            return {**order, "action": "adminRemove"}
        expiration = {"type": "afterDuration", "duration": self.chance.choice(_SPANS)}
        schedule: dict[str, Any] = {"expiration": expiration}
        if self.now is not None and self.chance.random() < _RARELY:
            start = self.now + timedelta(minutes=self.chance.choice((20, 90, 3000)))
            schedule["startDateTime"] = start.isoformat()
        return {**order, "scheduleInfo": schedule}

    def _role(self, desk: "_Desk") -> str:
        return self.chance.choice(desk.roles)


def _write_order(action: str, user_id: str, role_id: str) -> dict[str, Any]:
    return {
        "action": action,
        "principalId": user_id,
        "roleDefinitionId": role_id,
        "directoryScopeId": "/",
        "justification": "Soaking the service",
    }


@dataclass(frozen=True, slots=True)
class _Desk:
    """Whom the client calls as, and about whom and what."""

    requests: str
    administrator: dict[str, str]
    asker: dict[str, str]
    users: list[str]
    roles: list[str]
    asker_id: str
    guarded: str

    def ask_guarded(self) -> dict[str, Any]:
        """An activation that waits for an approval; nobody ever gives it."""
        order = _write_order("selfActivate", self.asker_id, self.guarded)
        expiration = {"type": "afterDuration", "duration": "PT1H"}
        return {**order, "scheduleInfo": {"expiration": expiration}}


def _open_desk(service: RunningService) -> _Desk:
    connection = service.connection
    graph, users = connection["graphUrl"], connection["users"]
    administrator = {"authorization": f"Bearer {_ask_token(service)}"}
    asker = next(one for one in users if one["userPrincipalName"] == _ASKER)
    url = f"{graph}{_ROLES}?$top=200"
    found = service.call("GET", url, headers=administrator).json()["value"]
    ids = {one["displayName"]: one["id"] for one in found}
    names = ("Global Administrator", "Privileged Role Administrator", _GUARDED)
    roles = [id_ for name, id_ in ids.items() if name not in names][:_PLAIN_ROLES]
    return _Desk(
        f"{graph}{_REQUESTS}",
        administrator,
        {"authorization": f"Bearer {_ask_token(service, asker)}"},
        [one["id"] for one in users],
        roles,
        asker["id"],
        ids[_GUARDED],
    )


def _move(service: RunningService, body: dict[str, Any]) -> Instant:
    """The instant on the clock, once it is moved and what fell due is done."""
    control = {"authorization": f"Bearer {service.connection['controlToken']}"}
    url = f"{service.connection['controlUrl']}/clock"
    answer = service.call("POST", url, headers=control, json=body, timeout=_PATIENCE)
    if answer.status_code != httpx.codes.OK:
        raise LostError(f"the clock cannot be moved: {answer.text}")
    return datetime.fromisoformat(answer.json()["now"])


def _ask_token(service: RunningService, person: dict[str, Any] | None = None) -> str:
    """A token of an application, or of a person who signs in with a password."""
    connection = service.connection
    has_secret = person is None
    application = next(
        one for one in connection["applications"] if bool(one["clientSecret"]) is has_secret
    )
    form = {"client_id": application["clientId"], "scope": _SCOPE}
    if person is None:
        form |= {
            "grant_type": "client_credentials",
            "client_secret": application["clientSecret"],
        }
    else:
        form |= {
            "grant_type": "password",
            "username": person["userPrincipalName"],
            "password": person["password"],
        }
    url = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/token"
    return str(service.call("POST", url, data=form).json()["access_token"])


def _live_and_die(folder: Path, client: Client) -> None:
    """One life: it ends at a random moment, whatever it is doing then."""
    with running(folder) as service:
        _check(folder, service, client)
        span = client.chance.uniform(0.02, _LONGEST)
        killer = threading.Timer(span, service.process.send_signal, [signal.SIGKILL])
        killer.start()
        try:
            client.use(service)
        except (httpx.TransportError, ConnectionError):
            killer.join()
        finally:
            killer.cancel()


def _check(folder: Path, service: RunningService, client: Client) -> None:
    """Holds what is kept against what was told, once everything due has been done."""
    # While it stands still, nothing falls due between what is done and what is looked at.
    now = _move(service, {"freeze": True})
    if client.now is not None and now < client.now:
        raise LostError(f"the clock went back from {client.now} to {now}")
    client.instants.append(now)
    path = folder / "data" / "timebound.db"
    with closing(sqlite3.connect(path)) as database:
        kept = {row[0] for row in database.execute("SELECT id FROM requests")}
    lost = [one for one in client.acknowledged if one not in kept]
    faults = find_faults(path, now, client.instants)
    if lost or faults:
        raise LostError("\n".join([f"lost: {lost}", *faults]))
    _move(service, {"freeze": False})


def main() -> int:
    """Runs, shows how far it has come, and answers 1 if something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="to do the same again")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    client = Client(random.Random(seed))  # noqa: S311 - nothing here is to be kept from anybody
    with tempfile.TemporaryDirectory(prefix="timebound-soak-") as name:
        folder = Path(name)
        try:
            for run in range(1, given.runs + 1):
                _live_and_die(folder, client)
                told = f"\r{run} of {given.runs} runs, {client.calls} calls, "
                sys.stderr.write(f"{told}{len(client.acknowledged)} acknowledged (--seed {seed}) ")
            with running(folder) as service:
                _check(folder, service, client)
        except LostError as error:
            print(f"\nlost after {client.calls} calls, --seed {seed}: {error}")
            return 1
        kinds = count_told(folder / "data" / "timebound.db")
        sys.stderr.write("\ntold: " + ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds)))
        verify: list[str | Path] = [TIMEBOUND, "audit", "verify", "--data", folder / "data"]
        done = subprocess.run(verify, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    print(f"\n{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
