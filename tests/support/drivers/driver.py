"""What a scenario asks of a door: domain words in, domain words out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol, TypeAlias

from timebound.domain.problems import Code
from timebound.domain.requests import Draft, RequestKind
from timebound.domain.times import Instant


class Untold(Enum):
    """That a door does not tell a fact."""

    UNTOLD = "untold"


UNTOLD: Final = Untold.UNTOLD
"""A fact that a door has no word for, or means otherwise: no scenario can ask it of this door."""
Fact: TypeAlias = str | Instant | Untold | None
Facts: TypeAlias = Mapping[str, Fact]
"""A row of a list in domain words: principal, role, scope, how, through, from, until, status."""


class Listed(Enum):
    """What can be listed."""

    INSTANCES = "instances"
    SCHEDULES = "schedules"
    REQUESTS = "requests"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Question:
    """What is listed: of one principal or of everybody; `relation` asks for the caller's own."""

    listed: Listed
    kind: RequestKind
    principal_id: str | None = None
    role_id: str | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a door answered: a request with its status, or why there is none."""

    id: str | None = None
    status: str | None = None
    refused: Code | None = None
    rules: tuple[str, ...] = ()
    rows: tuple[Facts, ...] = field(default_factory=tuple)


class Driver(Protocol):
    """A door that scenarios are played through."""

    @property
    def resource(self) -> str:
        """The scope with which a token for this door is asked for."""
        ...

    async def submit(self, bearer: str, draft: Draft) -> Told:
        """Makes a request."""
        ...

    async def cancel(self, bearer: str, kind: RequestKind, request_id: str) -> Told:
        """Withdraws a request."""
        ...

    async def ask(self, bearer: str, question: Question) -> Told:
        """Lists."""
        ...
