"""What change sets write of Azure alone."""

from dataclasses import dataclass

from timebound.domain.azure.nodes import NodeContent
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
