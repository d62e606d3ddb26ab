"""The ids of policies and of their assignments, as Graph computes them from what they are for.

A policy is `{type}_{tenant or group}_{guid}`, its assignment adds the role. Either word for the
directory is taken everywhere, and what was asked with it is told with it.
"""

import re
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final

from timebound.application.policy_names import policy_guid
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.scopes import GUID
from timebound.domain.ids import TenantId
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, group_scope

_POLICY: Final = re.compile(rf"([a-z]+)_({GUID.pattern})_({GUID.pattern})")
_ROOT: Final = "/"


class ScopeType(Enum):
    """The published words for what a policy is about."""

    DIRECTORY = "Directory"
    DIRECTORY_ROLE = "DirectoryRole"
    GROUP = "Group"


_TYPES: Final = {type_.value.lower(): type_ for type_ in ScopeType}


@dataclass(frozen=True, slots=True)
class PolicyId:
    """What the id of a policy says; `middle` is the tenant, or the group."""

    type: ScopeType
    middle: str
    guid: str

    @property
    def scope(self) -> Scope:
        """Where the role is held that the policy is for."""
        return group_scope(self.middle) if self.type is ScopeType.GROUP else DIRECTORY_ROOT

    def is_of(self, tenant_id: TenantId) -> bool:
        """Whether a tenant may have such a policy; whose a group is, its directory knows."""
        return self.type is ScopeType.GROUP or self.middle == tenant_id


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy with the word under which it was asked for."""

    type: ScopeType
    tenant_id: TenantId
    stored: StoredPolicy

    @property
    def id(self) -> str:
        """The id of the policy."""
        return format_policy_id(self.type, self.tenant_id, self.stored.place)

    @property
    def assignment_id(self) -> str:
        """The id of its assignment to the role."""
        return f"{self.id}_{self.stored.place.role_id}"

    @property
    def scope_id(self) -> str:
        """The group, or the root of the directory."""
        return self.stored.place.scope.path


def format_policy_id(type_: ScopeType, tenant_id: TenantId, place: PolicyPlace) -> str:
    """The id of the policy of a place under a word."""
    middle = place.scope.path if type_ is ScopeType.GROUP else tenant_id
    return f"{type_.value}_{middle}_{policy_guid(place)}"


def read_policy_id(text: str) -> PolicyId:
    """What an id says, in any case; refused when it is of no such form."""
    found = _POLICY.fullmatch(text.lower())
    type_ = _TYPES.get(found[1]) if found else None
    if found is None or type_ is None:
        raise refuse_provider()
    return PolicyId(type_, found[2], found[3])


def read_assignment_id(text: str) -> tuple[PolicyId, str]:
    """What the id of an assignment says: the policy and the role that it is assigned to."""
    policy, _, role_id = text.lower().rpartition("_")
    return read_policy_id(policy), role_id


def read_scope(type_text: str, scope_id: str) -> tuple[ScopeType, Scope]:
    """What a filter asks for by word and id; refused when they do not belong together."""
    type_ = _TYPES.get(type_text.lower())
    if type_ is None or (type_ is not ScopeType.GROUP and scope_id != _ROOT):
        raise refuse_provider()
    if type_ is ScopeType.GROUP:
        return type_, group_scope(scope_id.lower())
    return type_, DIRECTORY_ROOT


def refuse_provider() -> Refusal:
    """The refusal of what does not say whose policy is meant."""
    # quirk(graph): the error is JSON in the message of another - behaviour book, POL-032
    message = '{"errorCode":"MissingProvider","message":"The provider is missing."}'
    error = GraphError(HTTPStatus.BAD_REQUEST, "UnknownError", message)
    return Refusal(error, "MissingProvider")
