"""An activation that somebody has to agree to: its whole life, over HTTPS, on the test clock.

The service is an emulator in a process of its own with the demo tenant, in which one person asks
and another agrees; its clock is moved to the end of what was activated, which is told as the clock
arrives there, before the answer.
"""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx

from bench.building import Pair, measure_each
from tests.support.running import running
from timebound.application.catalog import built_in_roles_by_name
from timebound.storage.compiling import Database

GOAL: Final = 100
"""Milliseconds that a whole life may take."""
LIVES: Final = 200
_WARMING: Final = 10
_ASKING, _AGREEING = "ben", "ingrid"
_ROLE_ID: Final = built_in_roles_by_name()["Security Administrator"].template_id
_DIRECTORY: Final = "roleManagement/directory"
_REQUESTS: Final = f"v1.0/{_DIRECTORY}/roleAssignmentScheduleRequests"
_INSTANCES: Final = f"v1.0/{_DIRECTORY}/roleAssignmentScheduleInstances"
_APPROVALS: Final = f"beta/{_DIRECTORY}/roleAssignmentApprovals"
_SCOPE: Final = "https://graph.microsoft.com/.default openid"


def measure_approvals(databases: Sequence[Database]) -> None:
    """Measures and prints such lives on each database."""
    measure_each(databases, "approvals", _measure_on)


def _measure_on(pair: Pair, folder: Path) -> None:
    print(f"\n{pair.database.value}, {LIVES} activations with approval, one after the other")
    with running(folder, "emulator", "--database-url", pair.product) as service:
        trusted = ssl.create_default_context(cafile=service.connection["caBundle"])
        with httpx.Client(verify=trusted) as client:
            bench = Bench(service.connection, client)
            bench.begin()
            for _ in range(_WARMING):
                bench.live()
            bench.took.clear()
            for _ in range(LIVES):
                bench.live()
            bench.tell()


class UnexpectedAnswerError(Exception):
    """The service answered with something that is not measured."""


@dataclass(slots=True)
class Bench:
    """Who asks whom, and how long each step took in each life, in milliseconds."""

    connection: Mapping[str, Any]
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)

    def begin(self) -> None:
        """Signs both in, which is not measured."""
        for name in (_ASKING, _AGREEING):
            self.tokens[name] = self._sign_in(name)

    def live(self) -> None:
        """One whole life; what is seen on the way is held against what has to be."""
        began = time.perf_counter()
        asked = self._time("activate", self._activate)
        found = self._time("the approver's list", self._list_waiting)
        _expect([one["id"] for one in found], [asked["approvalId"]])
        self._time("approve", lambda: self._approve(asked["approvalId"]))
        held = self._time("the instance is seen", self._list_held)
        _expect([one["roleDefinitionId"] for one in held], [_ROLE_ID])
        self._time("the clock moves to the end", self._pass_hour)
        _expect(self._time("the instance is gone", self._list_held), [])
        self.took.setdefault("the whole life", []).append((time.perf_counter() - began) * 1e3)

    def tell(self) -> None:
        """Prints what each step took."""
        for name, times in self.took.items():
            tail = quantiles(times, n=100)[-1]
            print(f"{name:28}p50 {median(times):7.1f} ms, p99 {tail:7.1f} ms", flush=True)
        print(f"goal under {GOAL} ms for the whole life")

    def _time(self, name: str, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - what was answered
        began = time.perf_counter()
        answer = act()
        self.took.setdefault(name, []).append((time.perf_counter() - began) * 1e3)
        return answer

    def _activate(self) -> Any:  # noqa: ANN401 - JSON
        sent = {
            "action": "selfActivate",
            "principalId": self._person(_ASKING)["id"],
            "roleDefinitionId": _ROLE_ID,
            "directoryScopeId": "/",
            "justification": "Measuring the service",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
        }
        return self._ask(_ASKING, "POST", _REQUESTS, sent, HTTPStatus.CREATED)

    def _list_waiting(self) -> Any:  # noqa: ANN401 - JSON
        waiting = "$filter=status eq 'PendingApproval'"
        path = f"{_REQUESTS}/filterByCurrentUser(on='approver')?{waiting}"
        return self._ask(_AGREEING, "GET", path)["value"]

    def _approve(self, id_: str) -> None:
        sent = {"reviewResult": "Approve", "justification": "Measured"}
        path = f"{_APPROVALS}/{id_}/steps/{id_}"
        self._ask(_AGREEING, "PATCH", path, sent, HTTPStatus.NO_CONTENT)

    def _list_held(self) -> Any:  # noqa: ANN401 - JSON
        path = f"{_INSTANCES}/filterByCurrentUser(on='principal')"
        return self._ask(_ASKING, "GET", path)["value"]

    def _pass_hour(self) -> None:
        token = self.connection["controlToken"]
        url = f"{self.connection['controlUrl']}/clock"
        self._send("POST", url, token, {"advance": "PT1H"}, HTTPStatus.OK)

    def _ask(
        self, who: str, method: str, path: str, sent: object = None, status: int = HTTPStatus.OK
    ) -> Any:  # noqa: ANN401 - JSON
        url = f"{self.connection['graphUrl']}/{path}"
        return self._send(method, url, self.tokens[who], sent, status)

    def _send(self, method: str, url: str, token: str, sent: object, status: int) -> Any:  # noqa: ANN401 - JSON
        headers = {"authorization": f"Bearer {token}"}
        return _read(self.client.request(method, url, json=sent, headers=headers), status)

    def _sign_in(self, name: str) -> str:
        person = self._person(name)
        applications = self.connection["applications"]
        client_id = next(one["clientId"] for one in applications if one["kind"] == "public")
        form = {
            "grant_type": "password",
            "client_id": client_id,
            "username": person["userPrincipalName"],
            "password": person["password"],
            "scope": _SCOPE,
        }
        authority = f"{self.connection['authority']}/{self.connection['tenantId']}"
        answer = self.client.post(f"{authority}/oauth2/v2.0/token", data=form)
        token: str = _read(answer, HTTPStatus.OK)["access_token"]
        return token

    def _person(self, name: str) -> Mapping[str, Any]:
        users: Sequence[Mapping[str, Any]] = self.connection["users"]
        return next(one for one in users if one["userPrincipalName"].startswith(f"{name}@"))


def _read(answer: httpx.Response, status: int) -> Any:  # noqa: ANN401 - JSON
    if answer.status_code != status:
        raise UnexpectedAnswerError(answer.text)
    return answer.json() if answer.content else None


def _expect(seen: object, wanted: object) -> None:
    if seen != wanted:
        raise UnexpectedAnswerError(f"{seen} instead of {wanted}")
