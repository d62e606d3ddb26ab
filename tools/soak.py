"""`make soak`: an emulator is killed at random, again and again, and nothing is lost or doubled.

One emulator on one data folder. In each run a client assigns and removes roles for a while and
moves the clock; then the process is killed (SIGKILL) at a random moment, and started again. What
the client was told of has to be there, and of everything that came to its end there is one event,
once the clock has been asked for. At the end the log is verified.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.running import TIMEBOUND, RunningService, running

_REQUESTS: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
_ROLES: Final = "/v1.0/roleManagement/directory/roleDefinitions"
_PLAIN_ROLES: Final = 12
"""Among so many roles the client chooses: none of them is Global Administrator."""
_RARELY: Final = 0.2
"""How often the clock is moved, or a role is taken away."""
_LONGEST: Final = 1.5
"""Seconds that a process lives at most, once it is ready."""

_ENDS: Final = """
SELECT g.id, count(e.id) FROM grants AS g LEFT JOIN events AS e
    ON e.tenant_id = g.tenant_id AND e.kind = 'grantExpired'
    AND json_extract(e.data, '$.grantId') = g.id
WHERE g.until_at <= ? AND g.until_at > g.start_at AND g.end_at < '9999'
    AND (g.ended_at IS NULL OR g.ended_at >= g.end_at)
GROUP BY g.id HAVING count(e.id) <> 1
"""
_TWICE: Final = """
SELECT json_extract(data, '$.grantId'), effective_at, count(*) FROM events
WHERE kind IN ('grantExpired', 'grantStarted') GROUP BY 1, 2, kind HAVING count(*) > 1
"""


class LostError(Exception):
    """Something that was promised is not so."""


@dataclass(slots=True)
class Client:
    """What a client of the emulator was told, over all its lives."""

    chance: random.Random
    acknowledged: list[str] = field(default_factory=list)
    now: str = ""
    calls: int = 0

    def use(self, service: RunningService) -> None:
        """Calls until the service is gone."""
        connection = service.connection
        headers = {"authorization": f"Bearer {_ask_token(service)}"}
        control = {"authorization": f"Bearer {connection['controlToken']}"}
        graph, users = connection["graphUrl"], connection["users"]
        found = service.call("GET", f"{graph}{_ROLES}?$top=60", headers=headers).json()["value"]
        names = ("Global Administrator", "Privileged Role Administrator")
        roles = [one["id"] for one in found if one["displayName"] not in names][:_PLAIN_ROLES]
        while True:
            self.calls += 1
            if self.chance.random() < _RARELY:
                minutes = self.chance.choice((1, 10, 60, 300))
                url, body = f"{connection['controlUrl']}/clock", {"advance": f"PT{minutes}M"}
                answer = service.call("POST", url, headers=control, json=body)
                self.now = answer.json()["now"]
                continue
            user = self.chance.choice(users)["id"]
            body = self._order(user, self.chance.choice(roles))
            answer = service.call("POST", f"{graph}{_REQUESTS}", headers=headers, json=body)
            if answer.status_code == httpx.codes.CREATED:
                self.acknowledged.append(answer.json()["id"])

    def _order(self, user_id: str, role_id: str) -> dict[str, Any]:
        order: dict[str, Any] = {
            "action": "adminAssign",
            "principalId": user_id,
            "roleDefinitionId": role_id,
            "directoryScopeId": "/",
            "justification": "Soaking the service",
        }
        if self.chance.random() < _RARELY:
            return {**order, "action": "adminRemove"}
        duration = f"PT{self.chance.choice((5, 7, 30, 120))}M"
        expiration = {"type": "afterDuration", "duration": duration}
        return {**order, "scheduleInfo": {"expiration": expiration}}


def _ask_token(service: RunningService) -> str:
    connection = service.connection
    application = next(one for one in connection["applications"] if one["clientSecret"])
    form = {
        "grant_type": "client_credentials",
        "client_id": application["clientId"],
        "client_secret": application["clientSecret"],
        "scope": "https://graph.microsoft.com/.default",
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
    control = {"authorization": f"Bearer {service.connection['controlToken']}"}
    url = f"{service.connection['controlUrl']}/clock"
    # What the process before had claimed is free after a minute: that is what a real one waits.
    answer = service.call("POST", url, headers=control, json={"advance": "PT0S"})
    if answer.status_code != httpx.codes.OK:
        raise LostError(f"the clock cannot be asked: {answer.text}")
    now = answer.json()["now"]
    if now < client.now:
        raise LostError(f"the clock went back from {client.now} to {now}")
    with closing(sqlite3.connect(folder / "data" / "timebound.db")) as database:
        kept = {row[0] for row in database.execute("SELECT id FROM requests")}
        lost = [one for one in client.acknowledged if one not in kept]
        doubled = database.execute(_TWICE).fetchall()
    if lost or doubled:
        raise LostError(f"lost: {lost}; told twice: {doubled}")


def _check_ends(folder: Path) -> None:
    """Everything that came to its end was told of once; what was claimed is free by now."""
    deadline = time.monotonic() + 90
    with running(folder) as service:
        control = {"authorization": f"Bearer {service.connection['controlToken']}"}
        url = f"{service.connection['controlUrl']}/clock"
        while True:
            answer = service.call("POST", url, headers=control, json={"advance": "PT0S"})
            now = answer.json()["now"]
            with closing(sqlite3.connect(folder / "data" / "timebound.db")) as database:
                missing = database.execute(_ENDS, [now]).fetchall()
            if not missing:
                return
            if time.monotonic() > deadline:
                raise LostError(f"not told once: {missing}")
            time.sleep(1)  # noqa: TID251 - a dead worker's claim ends by the machine's clock


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
        for run in range(1, given.runs + 1):
            try:
                _live_and_die(folder, client)
            except LostError as error:
                print(f"\nrun {run}, --seed {seed}: {error}")
                return 1
            told = f"\r{run} of {given.runs} runs, {client.calls} calls, "
            sys.stderr.write(f"{told}{len(client.acknowledged)} acknowledged (--seed {seed}) ")
        _check_ends(folder)
        verify: list[str | Path] = [TIMEBOUND, "audit", "verify", "--data", folder / "data"]
        done = subprocess.run(verify, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    print(f"\n{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
