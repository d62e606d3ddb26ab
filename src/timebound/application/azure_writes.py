"""What change sets write of Azure alone."""

from dataclasses import dataclass
from typing import TypeAlias

from timebound.application.mark_ports import Mark
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.grants import Terms
from timebound.domain.ids import GrantId
from timebound.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class PutScope:
    """A node of the Azure tree under its parent; putting it again moves or changes it."""

    scope: Scope
    parent: Scope | None
    content: NodeContent | None = None


@dataclass(frozen=True, slots=True)
class RemoveScope:
    """A node that is gone, with the policies and the denials that were kept at it."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class PutTerms:
    """What a role assignment says from now on besides who holds what where."""

    grant_id: GrantId
    terms: Terms


@dataclass(frozen=True, slots=True)
class FreeName:
    """An assignment that is over gives the name away that a client chose for it.

    Templates name the same assignment alike each time it is made. Nothing refers to one that was
    made past requests; what was told of it was told under its name.
    """

    grant_id: GrantId
    new_id: GrantId


@dataclass(frozen=True, slots=True)
class PutDenial:
    """A deny assignment, new or changed."""

    denial: Denial


@dataclass(frozen=True, slots=True)
class PurgeDenial:
    """A deny assignment that is no more."""

    denial_id: str


AzureWrite: TypeAlias = (
    PutScope | RemoveScope | PutTerms | FreeName | PutDenial | PurgeDenial | Mark
)
