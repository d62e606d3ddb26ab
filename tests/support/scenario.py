"""Scenarios: behaviour written once in YAML, played through any door over any store.

A stage says when (`at`), who, what they `do`, and what is to be expected; `docs` of the words are
the tables below. Moments are durations from the beginning of the scenario, or instants; a stage
without `at` happens at the same instant as the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from tests.support.drivers.driver import UNTOLD, Driver, Facts, Listed, Question, Told
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.scopes import Scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant
from timebound.server.seed_yaml import read_yaml

KINDS: Final = {"eligibility": RequestKind.ELIGIBILITY, "assignment": RequestKind.ASSIGNMENT}
REQUESTS: Final[Mapping[str, Action]] = {
    "makeEligible": Action.ADMIN_ASSIGN,
    "assign": Action.ADMIN_ASSIGN,
    "update": Action.ADMIN_UPDATE,
    "remove": Action.ADMIN_REMOVE,
    "extend": Action.ADMIN_EXTEND,
    "renew": Action.ADMIN_RENEW,
    "activate": Action.SELF_ACTIVATE,
    "deactivate": Action.SELF_DEACTIVATE,
    "askExtension": Action.SELF_EXTEND,
    "askRenewal": Action.SELF_RENEW,
}
VERDICTS: Final = {"approve": ReviewResult.APPROVE, "deny": ReviewResult.DENY}
LISTS: Final = {
    "listInstances": Listed.INSTANCES,
    "listSchedules": Listed.SCHEDULES,
    "listRequests": Listed.REQUESTS,
    "listHeld": Listed.HELD,
}
APIS: Final = frozenset({"graph", "arm"})
"""What a scenario can be played through, in all its versions."""
MOMENTS: Final = frozenset({"from", "until", "completed"})


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing unknown, never changed."""


class Expectation(Shape, frozen=True):
    """What has to come of a stage: a status, a refusal with its rules, or exactly these rows."""

    status: str | None = None
    refused: Code | None = None
    rules: tuple[str, ...] = ()
    rows: tuple[dict[str, str | None], ...] | None = None
    start: str | None = None
    """From when, where a request answers it."""


class Stage(Shape, frozen=True):
    """One thing that somebody does; `principal` is whom it is about if not themselves."""

    who: str
    do: str
    expect: Expectation
    at: str | None = None
    principal: str | None = None
    role: str | None = None
    scope: str = "/"
    what: str = "assignment"
    starts: str | None = msgspec.field(name="from", default=None)
    length: str | None = msgspec.field(name="for", default=None)
    ends: str | None = msgspec.field(name="until", default=None)
    is_bare: bool = msgspec.field(name="withoutEnd", default=False)
    """Says no expiration at all, where the default is one that never comes."""
    reason: str | None = "As agreed"
    ticket: str | None = None
    factors: tuple[str, ...] = ()
    rehearse: bool = False
    name: str | None = msgspec.field(name="as", default=None)
    request: str | None = None
    own: str | None = None


class Scenario(Shape, frozen=True):
    """A behaviour with its source; `given` is laid over the seed of the tenant.

    `without` says of each API that it is not played through why what it says means nothing there.
    """

    title: str
    stages: tuple[Stage, ...]
    documented: str | None = None
    observed: str | None = None
    inferred: str | None = None
    given: dict[str, Any] = {}
    without: dict[str, str] = {}

    @property
    def provenance(self) -> tuple[str, str]:
        """The kind of source, and the source."""
        named = {
            "documented": self.documented,
            "observed": self.observed,
            "inferred": self.inferred,
        }
        ((kind, ref),) = ((kind, ref) for kind, ref in named.items() if ref is not None)
        return kind, ref


class World(Protocol):
    """A tenant of its own, with a clock that goes where it is sent."""

    @property
    def began(self) -> Instant:
        """When everything began."""
        ...

    def move_to(self, at: Instant) -> None:
        """Sets the clock; it never goes back."""
        ...

    def now(self) -> Instant:
        """What the clock says."""
        ...

    def find(self, name: str) -> str:
        """The id of a person, a group, an application or a role, by the name the seed gives it."""
        ...

    def find_scope(self, name: str) -> Scope:
        """`/`, an administrative unit, an application or a resource group, by name."""
        ...

    async def sign_in(self, who: str, resource: str, factors: tuple[str, ...]) -> str:
        """An access token."""
        ...

    async def settle(self, bearer: str, request_id: str, result: ReviewResult) -> Told:
        """An approver's word, for which not every door has words."""
        ...


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file; a word that is not known is an error."""
    scenario = msgspec.convert(read_yaml(path.read_text(encoding="utf-8")).data, Scenario)
    assert scenario.provenance[1].strip(), f"{path}: no source"
    known = {*REQUESTS, *VERDICTS, *LISTS, "cancel"}
    unknown = {stage.do for stage in scenario.stages} - known
    assert not unknown, f"{path}: nobody can {unknown}"
    left_out = scenario.without
    assert left_out.keys() < APIS, f"{path}: not played through {set(left_out)}"
    assert all(why.strip() for why in left_out.values()), f"{path}: no reason"
    return scenario


async def play(scenario: Scenario, world: World, driver: Driver) -> None:
    """Plays every stage; AssertionError tells the first that comes out otherwise."""
    player = _Player(world, driver, {})
    for number, stage in enumerate(scenario.stages, 1):
        told = await player.play(stage)
        place = f"stage {number}: {stage.who} {stage.do} {stage.role or stage.request or ''}"
        player.check(place, stage.expect, told)


@dataclass(frozen=True, slots=True)
class _Player:
    world: World
    driver: Driver
    named: dict[str, Told]

    async def play(self, stage: Stage) -> Told:
        """What comes of a stage."""
        if stage.at is not None:
            self.world.move_to(self.read_moment(stage.at))
        bearer = await self.world.sign_in(stage.who, self.driver.resource, stage.factors)
        told = await self.act(bearer, stage)
        if stage.name is not None:
            self.named[stage.name] = told
        return told

    async def act(self, bearer: str, stage: Stage) -> Told:
        """Does what the word says."""
        if stage.do in LISTS:
            return await self.driver.ask(bearer, self.read_question(stage))
        if stage.do in REQUESTS:
            return await self.driver.submit(bearer, self.read_draft(stage))
        request_id = self.named[stage.request or ""].id
        assert request_id is not None, f"{stage.request} came to nothing"
        if stage.do in VERDICTS:
            return await self.world.settle(bearer, request_id, VERDICTS[stage.do])
        return await self.driver.cancel(bearer, KINDS[stage.what], request_id)

    def read_question(self, stage: Stage) -> Question:
        """The list that is asked for; of everybody, where nobody is named."""
        return Question(
            listed=LISTS[stage.do],
            kind=KINDS[stage.what],
            principal_id=self.world.find(stage.principal) if stage.principal else None,
            role_id=self.world.find(stage.role) if stage.role else None,
            relation=stage.own,
        )

    def read_draft(self, stage: Stage) -> Draft:
        """The request that is meant."""
        assert stage.role is not None
        is_eligibility = stage.do == "makeEligible" or stage.what == "eligibility"
        action = REQUESTS[stage.do]
        return Draft(
            kind=RequestKind.ELIGIBILITY if is_eligibility else RequestKind.ASSIGNMENT,
            action=action,
            slot=Slot(
                PrincipalId(self.world.find(stage.principal or stage.who)),
                RoleId(self.world.find(stage.role)),
                self.world.find_scope(stage.scope),
            ),
            schedule=self.read_schedule(stage, action),
            justification=stage.reason,
            ticket=Ticket(stage.ticket),
            is_validation_only=stage.rehearse,
        )

    def read_schedule(self, stage: Stage, action: Action) -> AskedSchedule | None:
        """The schedule that is asked for; what takes something away needs none."""
        start = None if stage.starts is None else self.read_moment(stage.starts)
        if stage.length is not None:
            span = msgspec.convert(stage.length, timedelta)
            return AskedSchedule(start, Expiration(ExpirationType.AFTER_DURATION, duration=span))
        if stage.ends is not None:
            end = self.read_moment(stage.ends)
            return AskedSchedule(start, Expiration(ExpirationType.AFTER_DATE_TIME, end=end))
        if action.is_ending:
            return None
        endless = None if stage.is_bare else Expiration(ExpirationType.NO_EXPIRATION)
        return AskedSchedule(start, endless)

    def read_moment(self, text: str) -> Instant:
        """An instant, or a duration from the beginning."""
        if text.startswith("P"):
            return self.world.began + msgspec.convert(text, timedelta)
        return msgspec.convert(text, Instant)

    def check(self, place: str, expected: Expectation, told: Told) -> None:
        """Whether it came out as it should."""
        assert (told.refused, told.rules) == (expected.refused, expected.rules), f"{place}: {told}"
        if expected.refused is not None:
            return
        assert expected.status is None or told.status == expected.status, f"{place}: {told}"
        if expected.start is not None:
            assert told.rows[0]["from"] == self.read_moment(expected.start), f"{place}: {told}"
        if expected.rows is not None:
            wanted = [self.read_row(row) for row in expected.rows]
            _match_rows(place, wanted, list(told.rows))

    def read_row(self, row: Mapping[str, str | None]) -> Facts:
        """An expected row, its names and moments resolved."""
        return {name: self.read_fact(name, value) for name, value in row.items()}

    def read_fact(self, name: str, value: str | None) -> str | Instant | None:
        """One fact of a row."""
        if value is None:
            return None
        if name in MOMENTS:
            return self.read_moment(value)
        if name in ("principal", "role"):
            return self.world.find(value)
        return self.world.find_scope(value).path if name == "scope" else value


def _match_rows(place: str, wanted: list[Facts], found: list[Facts]) -> None:
    """Every wanted row is found once, with the facts it names, and nothing else is."""
    left = list(found)
    for row in wanted:
        match = next((one for one in left if _agrees(row, one)), None)
        assert match is not None, f"{place}: {row} is not among {left}"
        left.remove(match)
    assert not left, f"{place}: {left} should not be there"


def _agrees(row: Facts, found: Facts) -> bool:
    """Whether a row says what is wanted of it, as far as its door tells it at all."""
    return all(name in found and found[name] in (value, UNTOLD) for name, value in row.items())
