"""What a client of a soaked emulator does, and what it was told of, over all its lives."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from threading import Event
from typing import Any, Final

import httpx

from tests.support.running import RunningService
from timebound.domain.approvals import ReviewResult
from timebound.domain.times import Instant
from tools.soak_approver import Approver

_DIRECTORY: Final = "/v1.0/roleManagement/directory"
_SCOPE: Final = "https://graph.microsoft.com/.default"
_PATIENCE: Final = 90.0
"""Seconds that a moved clock may take: what is held is waited for."""
_PLAIN_ROLES: Final = 12
"""Among so many roles the client chooses: none of them is Global Administrator."""
_RARELY: Final = 0.2
"""How often the clock is moved, or a role is taken away."""
_LONGEST_WAIT: Final = 0.3
"""Seconds between two moves of the clock where others go on calling."""

_MOVES: Final = ("PT1M", "PT10M", "PT1H", "PT5H", "PT25H", "P3D", "P12D")
_SPANS: Final = ("PT5M", "PT7M", "PT30M", "PT2H", "P2D", "P13D", "P20D")
_GUARDED: Final = "Security Administrator"
_ASKER: Final = "ben@larkfield.example"
"""Who may activate a role of the demo tenant that needs approval."""
_APPROVER: Final = "ingrid@larkfield.example"
"""Who may give it."""


class LostError(Exception):
    """Something that was promised is not so."""


class GoneError(Exception):
    """The service does not answer any more."""


class Life(Enum):
    """How a process lives: when its clock moves, and who does what falls due of that."""

    STEADY = "calls and moves of the clock, one after the other"
    CROWDED = "calls while the clock is moved, and while it is made up for"
    BEHIND = "time has passed while nothing ran, and there are calls and no worker"
    LATE = "time has passed while nothing ran, and the worker catches up beside calls"

    @property
    def is_after_outage(self) -> bool:
        """Whether time has passed meanwhile."""
        return self in (Life.BEHIND, Life.LATE)


@dataclass(slots=True)
class Client:
    """What a client of the emulator was told of, over all its lives."""

    database: Path
    chance: random.Random
    acknowledged: list[str] = field(default_factory=list)
    decided: dict[str, ReviewResult] = field(default_factory=dict)
    """What an approver has said, by request."""
    instants: list[Instant] = field(default_factory=list)
    """Up to which everything due was done, and nothing else was under way."""
    latest: Instant | None = None
    """What a clock has told, or was set to while nothing ran."""
    calls: int = 0

    def use(self, service: RunningService, life: Life) -> None:
        """Calls until the service is gone."""
        desk = open_desk(service)
        if life.is_after_outage:
            self._check_access(desk)
        if life is not Life.CROWDED:
            self._call(desk, moves=life is Life.STEADY)
        with ThreadPoolExecutor() as pool:
            both = (pool.submit(self._call, desk), pool.submit(self._move_now_and_then, desk))
        # Neither ends before there is nobody to answer; what was lost by then goes first.
        ends = [one.exception() for one in both]
        raise next((one for one in ends if isinstance(one, LostError)), None) or GoneError

    def note(self, now: Instant) -> None:
        """An instant that a clock has told."""
        if self.latest is not None and now < self.latest:
            raise LostError(f"the clock went back from {self.latest} to {now}")
        self.latest = now

    def _call(self, desk: "Desk", *, moves: bool = False) -> None:
        while True:
            self.calls += 1
            if moves and self.chance.random() < _RARELY:
                now = move(desk.service, {"advance": self.chance.choice(_MOVES)})
                self.note(now)
                self.instants.append(now)
            elif self.chance.random() < _RARELY:
                self._send(desk, desk.asker, desk.ask_guarded())
                self._decide(desk)
            else:
                self._send(desk, desk.administrator, self._order(desk))

    def _check_access(self, desk: "Desk") -> None:
        """Nobody holds what has ended meanwhile, though nobody has told that it has."""
        url = f"{desk.directory}/roleAssignmentScheduleInstances?$top=100"
        found = desk.service.call("GET", url, headers=desk.administrator).json()["value"]
        ends = [datetime.fromisoformat(one["endDateTime"]) for one in found if one["endDateTime"]]
        if self.latest is not None and min(ends, default=self.latest) < self.latest:
            raise LostError(f"somebody holds until {min(ends)} what is over at {self.latest}")

    def _move_now_and_then(self, desk: "Desk") -> None:
        pause = Event()
        while not pause.wait(self.chance.uniform(0, _LONGEST_WAIT)):
            self.note(move(desk.service, {"advance": self.chance.choice(_MOVES)}))

    def _send(self, desk: "Desk", headers: dict[str, str], body: dict[str, Any]) -> None:
        url = f"{desk.directory}/roleAssignmentScheduleRequests"
        answer = desk.service.call("POST", url, headers=headers, json=body)
        if answer.status_code == httpx.codes.CREATED:
            self.acknowledged.append(answer.json()["id"])

    def _decide(self, desk: "Desk") -> None:
        """Half of what waits is approved, a part is denied, and the rest is left to time."""
        chosen = self.chance.choice((ReviewResult.APPROVE, ReviewResult.DENY, None, None))
        chosen = ReviewResult.APPROVE if self.chance.random() < _RARELY else chosen
        if chosen is not None:
            self.decided.update(desk.approver.decide(self.database, chosen))

    def _order(self, desk: "Desk") -> dict[str, Any]:
        role = self.chance.choice(desk.roles)
        order = _write_order("adminAssign", self.chance.choice(desk.users), role)
        if self.chance.random() < _RARELY:
            return {**order, "action": "adminRemove"}
        expiration = {"type": "afterDuration", "duration": self.chance.choice(_SPANS)}
        schedule: dict[str, Any] = {"expiration": expiration}
        if self.latest is not None and self.chance.random() < _RARELY:
            start = self.latest + timedelta(minutes=self.chance.choice((20, 90, 3000)))
            schedule["startDateTime"] = start.isoformat()
        return {**order, "scheduleInfo": schedule}


def _write_order(action: str, user_id: str, role_id: str) -> dict[str, Any]:
    return {
        "action": action,
        "principalId": user_id,
        "roleDefinitionId": role_id,
        "directoryScopeId": "/",
        "justification": "Soaking the service",
    }


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom the client calls, as whom, and about whom and what."""

    service: RunningService
    administrator: dict[str, str]
    asker: dict[str, str]
    approver: Approver
    users: list[str]
    roles: list[str]
    asker_id: str
    guarded: str

    @property
    def directory(self) -> str:
        """Where roles are asked for."""
        return f"{self.service.connection['graphUrl']}{_DIRECTORY}"

    def ask_guarded(self) -> dict[str, Any]:
        """An activation that waits for an approval."""
        order = _write_order("selfActivate", self.asker_id, self.guarded)
        expiration = {"type": "afterDuration", "duration": "PT1H"}
        return {**order, "scheduleInfo": {"expiration": expiration}}


def open_desk(service: RunningService) -> Desk:
    """What it takes to call a service that has just begun."""
    connection = service.connection
    people = {one["userPrincipalName"]: one for one in connection["users"]}
    administrator = {"authorization": f"Bearer {_ask_token(service)}"}
    url = f"{connection['graphUrl']}{_DIRECTORY}/roleDefinitions?$top=200"
    found = service.call("GET", url, headers=administrator).json()["value"]
    ids = {one["displayName"]: one["id"] for one in found}
    names = ("Global Administrator", "Privileged Role Administrator", _GUARDED)
    roles = [id_ for name, id_ in ids.items() if name not in names][:_PLAIN_ROLES]
    return Desk(
        service,
        administrator,
        {"authorization": f"Bearer {_ask_token(service, people[_ASKER])}"},
        Approver(connection["tenantId"], people[_APPROVER]["id"], _find_client(service)),
        [one["id"] for one in people.values()],
        roles,
        people[_ASKER]["id"],
        ids[_GUARDED],
    )


def move(service: RunningService, body: dict[str, Any]) -> Instant:
    """The instant on the clock, once it is moved and what fell due is done."""
    control = {"authorization": f"Bearer {service.connection['controlToken']}"}
    url = f"{service.connection['controlUrl']}/clock"
    answer = service.call("POST", url, headers=control, json=body, timeout=_PATIENCE)
    if answer.status_code != httpx.codes.OK:
        raise LostError(f"the clock cannot be moved: {answer.text}")
    return datetime.fromisoformat(answer.json()["now"])


def _find_client(service: RunningService) -> str:
    """The application through which people act."""
    return str(_find_application(service, has_secret=False)["clientId"])


def _find_application(service: RunningService, *, has_secret: bool) -> dict[str, Any]:
    listed: list[dict[str, Any]] = service.connection["applications"]
    return next(one for one in listed if bool(one["clientSecret"]) is has_secret)


def _ask_token(service: RunningService, person: dict[str, Any] | None = None) -> str:
    """A token of an application, or of a person who signs in with a password."""
    connection = service.connection
    has_secret = person is None
    application = _find_application(service, has_secret=has_secret)
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
