"""Bodies made at random from the types that the door reads, and bodies spoilt."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from timebound.dialects.graph.convert.extensions import RoleManagementCustomCalloutExtension
from timebound.dialects.graph.directory_reads import bodies as reads
from timebound.dialects.graph.directory_writes import bodies as writes
from timebound.dialects.graph.operations import Operation
from timebound.dialects.graph.wire import (
    ApprovalStep,
    PrivilegedAccessGroupScheduleRequest,
    UnifiedRoleAssignment,
    UnifiedRoleAssignmentMultiple,
    UnifiedRoleDefinition,
    UnifiedRoleScheduleRequest,
)
from timebound.domain.requests import Action

Body = dict[str, Any]
_KEPT: Final = (
    *("employeeid", "immutableid", "templateid", "resourceappid"),
    *("appscopeid", "appscopeids", "scopes"),
)
_OTHER: Final = "11111111-2222-4333-8444-555555555555"
_SINGLE: Final = ("directory", "entitlementManagement", "exchange")
TYPES: Final[dict[str, type[msgspec.Struct] | None]] = {
    "roleAssignmentScheduleRequests": UnifiedRoleScheduleRequest,
    "roleEligibilityScheduleRequests": UnifiedRoleScheduleRequest,
    "assignmentScheduleRequests": PrivilegedAccessGroupScheduleRequest,
    "eligibilityScheduleRequests": PrivilegedAccessGroupScheduleRequest,
    "customExtensions": RoleManagementCustomCalloutExtension,
    "roleDefinitions": UnifiedRoleDefinition,
    "users": writes.User,
    "groups": writes.Group,
    "administrativeUnits": writes.AdministrativeUnit,
    "applications": writes.Application,
    "servicePrincipals": writes.ServicePrincipal,
    "$ref": writes.Reference,
    "addPassword": writes.AddPassword,
    "removePassword": writes.RemovePassword,
    "addKey": writes.AddKey,
    "removeKey": writes.RemoveKey,
    "changePassword": writes.ChangePassword,
    "federatedIdentityCredentials": writes.FederatedIdentityCredential,
    "appRoleAssignments": writes.AppRoleAssignment,
    "appRoleAssignedTo": writes.AppRoleAssignment,
    "oauth2PermissionGrants": writes.OAuth2PermissionGrant,
    "checkMemberGroups": reads.CheckMemberGroups,
    "checkMemberObjects": reads.CheckMemberObjects,
    "getMemberGroups": reads.GetMembers,
    "getMemberObjects": reads.GetMembers,
    "getByIds": reads.GetByIds,
    "directoryRoles": reads.ActivateRole,
    "cancel": None,
    "restore": None,
    "roleManagementPolicies": None,
    "rules": None,
    "stages": ApprovalStep,
    "steps": ApprovalStep,
    "revokeSignInSessions": None,
}
"""What is read by an operation that sends something, by the last name in its path."""


@dataclass(frozen=True, slots=True)
class Pools:
    """What random calls choose from: ids, of which some are scopes, and a domain for names.

    Where any text is kept as it comes, `kept` stand instead of the ids.
    """

    ids: tuple[str, ...]
    domain: str
    kept: tuple[str, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """Places that a role can be held at, and some that it cannot."""
        units = (f"/administrativeUnits/{id_}" for id_ in self.ids)
        return ("/", *units, *(f"/{id_}" for id_ in self.ids))


def body_type(operation: Operation) -> type[msgspec.Struct] | None:
    """The type that an operation reads; none where it reads nothing."""
    names = [step for step in operation.path.split("/") if step != "{id}"]
    if names[-1] == "roleAssignments":
        return UnifiedRoleAssignment if names[-2] in _SINGLE else UnifiedRoleAssignmentMultiple
    return TYPES[names[-1]]


@cache
def fields_of(type_: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """The members of a type."""
    told = inspect.type_info(type_)
    assert isinstance(told, inspect.StructType)
    return told.fields


def objects(type_: type[msgspec.Struct], pools: Pools) -> st.SearchStrategy[Body]:
    """Objects of a type, of which some members may be left out."""
    values = {
        field.encode_name: _values(field.encode_name, field.type, pools)
        for field in fields_of(type_)
    }
    return st.fixed_dictionaries({}, optional=values)


def _values(name: str, told: inspect.Type, pools: Pools) -> st.SearchStrategy[Any]:
    match told:
        case inspect.UnionType(types=types):
            return st.one_of(*(_values(name, one, pools) for one in types))
        case inspect.BoolType():
            return st.booleans()
        case inspect.ListType(item_type=item):
            return st.lists(_values(name, item, pools), max_size=2)
        case inspect.StructType(cls=cls):
            return objects(cls, pools)
        case inspect.StrType():
            return texts(name, pools)
        case _:
            return st.none()


def texts(name: str, pools: Pools) -> st.SearchStrategy[str]:
    """Texts that could stand under a name."""
    folded = name.lower()
    if folded == "id":
        return st.sampled_from(pools.kept)
    for ending, strategy in _by_ending(pools).items():
        if folded.endswith(ending):
            return strategy
    return st.sampled_from(("Ours", "x", "", "C1", "Unified", "User.Read", "\N{SNOWMAN}"))


@cache
def _by_ending(pools: Pools) -> dict[str, st.SearchStrategy[str]]:
    ids, references = (
        st.sampled_from(pools.ids),
        [f"/v1.0/directoryObjects/{id_}" for id_ in pools.ids],
    )
    scopes, kept = st.sampled_from(pools.scopes), st.sampled_from(pools.kept)
    root = "https://localhost:8443"
    return {
        "datetime": st.sampled_from(("2030-03-05T08:00:00Z", "2031-01-01T00:00:00Z", "soon")),
        "duration": st.sampled_from(("PT1H", "P30D", "PT1S", "P9999D", "hour")),
        "action": st.sampled_from([one.value for one in Action]),
        "actions": st.sampled_from(
            ("microsoft.directory/applications/basic/update", "Microsoft.CloudPC/CloudPCs/Read")
        ),
        **dict.fromkeys(_KEPT, kept),
        "scopeid": scopes,
        "scopeids": scopes,
        "scope": scopes,
        "@odata.id": st.sampled_from([f"{root}{one}" for one in references]),
        "@odata.bind": st.sampled_from([f"{root}{one}" for one in references]),
        "id": ids,
        "ids": ids,
        "type": st.sampled_from(
            ("afterDuration", "afterDateTime", "noExpiration", "AllPrincipals")
        ),
        "password": st.sampled_from(("Correct-Horse-7", "short")),
        "principalname": st.sampled_from([f"new{n}@{pools.domain}" for n in range(5)]),
        "nickname": st.sampled_from(("ours", "a b", "")),
    }


_JUNK: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from((_OTHER, "\0", "\ufffe", "x" * 5_000, 10**40, -(10**400))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=5,
)


@st.composite
def spoilt(draw: st.DrawFn, body: object) -> bytes:
    """The body as it is sent: somewhere another value, a member more or twice, or no JSON."""
    for _ in range(draw(st.integers(0, 2))):
        body = _replace(draw, body)
    sent = json.dumps(body).encode()
    how = draw(st.sampled_from(("as it is", "as it is", "as it is", "cut", "twice", "raw")))
    match how:
        case "cut":
            return sent[: draw(st.integers(0, len(sent)))]
        case "twice":
            return b'{"id":"a","id":"b",' + sent.lstrip(b"{")
        case "raw":
            return draw(st.binary(max_size=20))
        case _:
            return sent


def _replace(draw: st.DrawFn, value: object) -> object:
    """The value with something else in one place of it."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: _replace(draw, value[name])}
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(st.text(max_size=8)): draw(_JUNK)}
    if isinstance(value, list) and value:
        return [_replace(draw, value[0]), *value[1:]]
    return draw(_JUNK)
