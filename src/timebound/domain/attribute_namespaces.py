"""Namespaces of attributes: a name in the tenant, and whoever owns it.

Published is that one is made for an owner, read and deleted by its name; who may is not. Here it is
whoever Azure's roles let at the tenant's own place, where such a namespace lies.
"""

import re
from dataclasses import dataclass
from typing import Final

from timebound.domain.authority import Caller, Target, authorize_action
from timebound.domain.azure.permissions import Rights
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.times import Instant

_ACTION: Final = "Microsoft.Authorization/attributeNamespaces"
READ: Final = f"{_ACTION}/read"
WRITE: Final = f"{_ACTION}/write"
DELETE: Final = f"{_ACTION}/delete"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}", re.IGNORECASE | re.ASCII)
"""What a name is made of is published nowhere; every name can be a segment of a path."""
NAME: Final = "attributeNamespace"
OWNER: Final = "namespaceOwnerPrincipalId"


@dataclass(frozen=True, slots=True)
class AttributeNamespace:
    """A namespace as it was made; names are the same in any casing."""

    name: str
    owner_id: PrincipalId
    created_at: Instant
    created_by: PrincipalId
    is_by_application: bool = False


@dataclass(frozen=True, slots=True)
class NamespaceFacts:
    """Who calls, what they may do at the tenant's own place, and the namespace if there is one."""

    caller: Caller
    rights: Rights
    found: AttributeNamespace | None
    owner: DirectoryObject | None = None
    """Whoever is to own it, where they are there."""

    def check(self, action: str) -> tuple[Problem, ...]:
        """Why the caller may not do this: nothing if they may."""
        return authorize_action(action, self.caller, Target(rights=self.rights))


def decide_namespace(facts: NamespaceFacts, name: str, at: Instant) -> AttributeNamespace | Refused:
    """The namespace from now on: the one that is there, if it is the owner's already.

    Refused without the right to it, with a name that is none, for an owner that is not there, and
    where it is another's.
    """
    if problems := facts.check(WRITE):
        return Refused(problems)
    if _NAME.fullmatch(name) is None:
        return Refused(
            (Problem(Code.INVALID_REQUEST, property=NAME, reason=Reason.UNREADABLE, value=name),)
        )
    if facts.owner is None:
        return Refused((Problem(Code.PRINCIPAL_NOT_FOUND, property=OWNER),))
    found = facts.found
    if found is None:
        caller = facts.caller
        return AttributeNamespace(name, facts.owner.id, at, caller.id, caller.is_application)
    if found.owner_id != facts.owner.id:
        return Refused((Problem(Code.OBJECT_EXISTS, property=NAME, value=found.name),))
    return found


def decide_removal(facts: NamespaceFacts) -> AttributeNamespace | Refused | None:
    """The namespace that is to go; none where there is none to go."""
    if problems := facts.check(DELETE):
        return Refused(problems)
    return facts.found


def decide_reading(facts: NamespaceFacts, name: str) -> AttributeNamespace | Refused:
    """The namespace, for whoever may read it."""
    if problems := facts.check(READ):
        return Refused(problems)
    return facts.found or Refused((Problem(Code.OBJECT_NOT_FOUND, property=NAME, value=name),))
