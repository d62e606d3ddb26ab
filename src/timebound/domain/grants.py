"""The one relation: everything that is held is a grant."""

from dataclasses import dataclass
from enum import Enum

from timebound.domain.ids import GrantId, PrincipalId, RequestId, RoleId
from timebound.domain.scopes import Scope
from timebound.domain.times import ENDLESS, Instant, Window


class GrantKind(Enum):
    """How a role is held."""

    ELIGIBLE = "eligible"
    ASSIGNED = "assigned"
    ACTIVATED = "activated"


ACTIVE_KINDS = (GrantKind.ASSIGNED, GrantKind.ACTIVATED)


@dataclass(frozen=True, slots=True)
class Slot:
    """Who holds what where: the triple that identifies an assignment, whatever its kind."""

    principal_id: PrincipalId
    role_id: RoleId
    scope: Scope


@dataclass(frozen=True, slots=True)
class Basis:
    """What an activation stands on.

    `slot` is where the eligibility is held: the holder's own, or that of a group the holder is a
    member of; the membership is then a basis as well. `eligibility_id` is the eligible grant used.
    """

    slot: Slot
    eligibility_id: GrantId


@dataclass(frozen=True, slots=True)
class Terms:
    """What an Azure role assignment says besides who holds what where.

    The `condition` limits what it gives; `description` and the managed identity are only carried.
    `updated_at` and `updated_by` tell of the last change of any of them.
    """

    condition: str | None = None
    condition_version: str | None = None
    description: str | None = None
    delegated_identity: str | None = None
    created_by: str | None = None
    updated_at: Instant | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a slot for a time. Written once; later only `ended_at` and `ended_by` are set.

    `request_id` is none for what was made outside PIM. `ended_at` may lie ahead: an activation
    whose eligibility was shortened ends with it.
    """

    id: GrantId
    slot: Slot
    kind: GrantKind
    window: Window
    created_at: Instant
    request_id: RequestId | None = None
    basis: Basis | None = None
    ended_at: Instant | None = None
    ended_by: str | None = None
    terms: Terms | None = None
    """None where nothing of the kind was said, and at scopes other than Azure's."""

    @property
    def until(self) -> Instant:
        """The instant from which the grant is not in force any more (ENDLESS if none)."""
        return self.window.end if self.ended_at is None else min(self.window.end, self.ended_at)

    @property
    def span(self) -> Window:
        """The window in which the grant really is in force."""
        return Window(self.window.start, max(self.window.start, self.until))

    @property
    def is_endless(self) -> bool:
        """Whether nothing that is known ends the grant."""
        return self.until == ENDLESS

    def is_in_force(self, at: Instant) -> bool:
        """Whether the grant gives what it gives at `at`."""
        return self.window.start <= at < self.until

    def is_ahead(self, at: Instant) -> bool:
        """Whether the grant will be in force after `at`, but is not yet."""
        return at < self.window.start < self.until
