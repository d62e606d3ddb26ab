"""What the use cases about custom extensions need of a store, and of whoever calls them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from timebound.application.changes import FactKey
from timebound.domain.authority import Token
from timebound.domain.evaluations import EvaluationAnswer
from timebound.domain.extensions import CustomExtension, ExtensionFacts
from timebound.domain.ids import RequestId, TenantId
from timebound.domain.requests import Request
from timebound.domain.times import Instant

EXTENSIONS: Final = FactKey("extensions")
"""Which custom extensions there are, and what they say."""


@dataclass(frozen=True, slots=True)
class LoadedExtension:
    """The facts about one extension with the versions of everything they rest on."""

    facts: ExtensionFacts
    versions: Mapping[FactKey, int]


class ExtensionStore(Protocol):
    """Finds custom extensions."""

    async def load_extension(self, token: Token, extension_id: str, at: Instant) -> LoadedExtension:
        """The extension with an id, if there is one, how many there are, and the caller."""
        ...

    async def find_extensions(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, CustomExtension]:
        """The extensions with these ids, by id."""
        ...

    async def list_extensions(self, tenant_id: TenantId) -> Sequence[CustomExtension]:
        """All of them: a tenant has no more than a list can tell."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimedEvaluation:
    """A request that waits for an extension, which nobody else asks about for a while.

    `attempts` counts the calls that failed. It is known by the instant until which it is held.
    """

    tenant_id: TenantId
    request_id: RequestId
    attempts: int
    held_until: Instant | None


class EvaluationStore(Protocol):
    """Keeps which requests wait for an extension; change sets add to them and take from them."""

    async def claim_evaluations(
        self, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[ClaimedEvaluation]:
        """What is held by nobody at `system_at`, and is until `held_until` on the same clock."""
        ...

    async def count_evaluations(self) -> int:
        """How many requests wait, whoever holds them."""
        ...

    async def hold_evaluation(self, claimed: ClaimedEvaluation, until: Instant) -> None:
        """Counts a failure; nobody takes it up before `until` on the system's clock.

        Nothing happens where another has claimed it since, or nobody is asked any more.
        """
        ...

    async def free_evaluations(self) -> None:
        """Takes everything from whoever holds it: for when all of these are known to be dead."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What an extension is asked: about which request, as of when.

    `id` is the same however often it is asked, by whichever server.
    """

    tenant_id: TenantId
    request: Request
    extension: CustomExtension
    id: str
    at: Instant


class Consultant(Protocol):
    """Asks extensions."""

    async def consult(self, question: Question) -> EvaluationAnswer | str:
        """What the extension says, or in a few words why there is no valid answer."""
        ...
