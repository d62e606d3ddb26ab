"""What is kept of Azure beside its tree: favorites of people, and namespaces of attributes."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from timebound.domain.attribute_namespaces import AttributeNamespace
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Favorite:
    """A place that somebody wants to find again, as the tree spelled it then."""

    principal_id: PrincipalId
    path: str
    created_at: Instant


@dataclass(frozen=True, slots=True)
class PutFavorite:
    """A favorite from now on; one that is there stays as it is."""

    favorite: Favorite


@dataclass(frozen=True, slots=True)
class RemoveFavorite:
    """A favorite that is none any more; the path may be in any casing."""

    principal_id: PrincipalId
    path: str


@dataclass(frozen=True, slots=True)
class PutAttributeNamespace:
    """A namespace that was made."""

    namespace: AttributeNamespace


@dataclass(frozen=True, slots=True)
class RemoveAttributeNamespace:
    """A namespace that is gone."""

    name: str


Mark: TypeAlias = PutFavorite | RemoveFavorite | PutAttributeNamespace | RemoveAttributeNamespace
"""What is written of them."""


class MarkStore(Protocol):
    """Finds favorites and namespaces."""

    async def list_favorites(
        self, tenant_id: TenantId, principal_id: PrincipalId
    ) -> tuple[Favorite, ...]:
        """The favorites of somebody, by their paths in lower case."""
        ...

    async def find_attribute_namespace(
        self, tenant_id: TenantId, name: str
    ) -> AttributeNamespace | None:
        """The namespace of a name, in any casing."""
        ...
