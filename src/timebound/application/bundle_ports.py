"""What the use cases about assignments of providers need of a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.application.queries import Page, Query
from timebound.domain.authority import Token
from timebound.domain.bundles import BundleFacts, RoleBundle
from timebound.domain.ids import PrincipalId, RoleId, TenantId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class BundleQuestion:
    """Which assignment is asked about, its role, and everybody and every part it concerns."""

    id: str
    kind: ScopeKind
    role_id: RoleId
    principal_ids: tuple[PrincipalId, ...] = ()
    part_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """The facts about one assignment with the versions of everything they rest on."""

    facts: BundleFacts
    versions: Mapping[FactKey, int]


class BundleStore(Protocol):
    """Loads what is decided about assignments of providers."""

    async def load_bundle_facts(
        self, token: Token, question: BundleQuestion, at: Instant
    ) -> LoadedBundle:
        """Everything about one assignment and the caller, as of `at`."""
        ...

    async def find_bundle(
        self, tenant_id: TenantId, kind: ScopeKind, id_: str
    ) -> RoleBundle | None:
        """One assignment of a provider that has not ended."""
        ...


class BundleLists(Protocol):
    """Lists assignments of providers."""

    async def read_bundles(
        self, tenant_id: TenantId, kind: ScopeKind, query: Query, at: Instant
    ) -> Page[RoleBundle]:
        """A page of the assignments of a provider that stand at `at`."""
        ...
