"""The calls that are made at every size: of one person, of lists, and many in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from bench.rehearsal import (
    INSTANCES,
    REQUESTS,
    Asked,
    ask_about,
    ask_activation,
    ask_deactivation,
    ask_own,
    ask_transitive,
)
from bench.tenant import MANY, Tenant, plain_roles
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import DIRECTORY_READERS, GLOBAL_ADMINISTRATOR

Call = tuple[str, Asked, int]
"""A name, what is asked, and the status it is answered with."""
Calls = Sequence[Call]

_DIRECTORY: Final = "/v1.0/roleManagement/directory"
_FOUND, _MADE = 200, 201
OWN_THROUGH, OWN_DIRECT = "own, through 50 groups", "own, 50 held directly"
ABOUT_THROUGH, ABOUT_DIRECT = "transitive, through 50 groups", "transitive, 50 held directly"

_LISTS: Final = {
    "instances": (INSTANCES, "$top=100"),
    "instances, expanded": (INSTANCES, "$top=100&$expand=principal,roleDefinition"),
    "instances of a role": (
        INSTANCES,
        f"$top=100&$filter=roleDefinitionId eq '{DIRECTORY_READERS}'&$expand=principal",
    ),
    "instances of a rare role": (
        INSTANCES,
        f"$top=100&$filter=roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'",
    ),
    "instances, activated": (INSTANCES, "$top=100&$filter=assignmentType eq 'Activated'"),
    "schedules, newest first": (
        f"{_DIRECTORY}/roleAssignmentSchedules",
        "$top=100&$orderby=createdDateTime desc",
    ),
    "eligibilities": (
        f"{_DIRECTORY}/roleEligibilityScheduleInstances",
        "$top=100&$expand=principal,roleDefinition",
    ),
    "requests, newest first": (REQUESTS, "$top=100&$orderby=createdDateTime desc"),
    "requests that wait": (
        REQUESTS,
        "$top=100&$filter=status eq 'PendingApproval'&$expand=principal",
    ),
}


@dataclass(frozen=True, slots=True)
class Journey:
    """Calls that are measured together, in the order in which they are made."""

    calls: Sequence[Calls]


def list_journeys(tenant: Tenant) -> list[Journey]:
    """All journeys in one tenant."""
    population = tenant.population
    people, administrator = population.people, population.administrator_id
    own = [[("own instances", ask_own(id_), _FOUND)] for id_ in people]
    about = [[("about a person", ask_about(administrator, id_), _FOUND)] for id_ in people]
    active: list[Calls] = [
        [
            ("activate", ask_activation(id_), _MADE),
            ("deactivate", ask_deactivation(id_), _MADE),
        ]
        for id_ in people
    ]
    approvals = f"{REQUESTS}/filterByCurrentUser(on='approver')"
    waiting = [
        [("for me to approve", Asked(id_, "GET", approvals), _FOUND)] for id_ in tenant.approvers
    ]
    lists = [
        Journey(
            [
                [
                    (
                        name,
                        Asked(administrator, "GET", path, query.replace(" ", "%20").encode()),
                        _FOUND,
                    )
                ]
            ]
        )
        for name, (path, query) in _LISTS.items()
    ]
    many = [calls for id_ in tenant.busy for calls in _ask_many(id_)]
    firsts = [Journey(own), Journey(about), Journey(active), Journey(waiting)]
    return [*firsts, *lists, pair_journey(tenant), Journey(many)]


def pair_journey(tenant: Tenant) -> Journey:
    """What people are told of as many roles, had through groups and directly, call after call."""
    administrator = tenant.population.administrator_id
    return Journey(
        [
            [
                (OWN_THROUGH, ask_own(joiner), _FOUND),
                (OWN_DIRECT, ask_own(holder), _FOUND),
                (ABOUT_THROUGH, ask_transitive(administrator, joiner), _FOUND),
                (ABOUT_DIRECT, ask_transitive(administrator, holder), _FOUND),
            ]
            for joiner, holder in zip(tenant.joiners, tenant.holders, strict=True)
        ]
    )


def _ask_many(person: PrincipalId) -> list[Calls]:
    """Twenty activations one by one and in one batch; they are given back in a batch."""
    roles = plain_roles()[:MANY]
    singly = [
        (
            "one of 20 activations",
            Asked(
                person, "POST", REQUESTS, body=msgspec.json.encode(_ask(person, role, is_on=True))
            ),
            _MADE,
        )
        for role in roles
    ]
    together = ("a batch of 20 activations", _batch(person, roles, is_on=True), _FOUND)
    back = ("a batch of 20 deactivations", _batch(person, roles, is_on=False), _FOUND)
    return [[*singly, back], [together, back]]


def _batch(person: PrincipalId, roles: Sequence[RoleId], *, is_on: bool) -> Asked:
    requests = [
        {
            "id": str(number),
            "method": "POST",
            "url": REQUESTS.removeprefix("/v1.0"),
            "headers": {"content-type": "application/json"},
            "body": _ask(person, role, is_on=is_on),
        }
        for number, role in enumerate(roles)
    ]
    return Asked(person, "POST", "/v1.0/$batch", body=msgspec.json.encode({"requests": requests}))


def _ask(person: PrincipalId, role_id: RoleId, *, is_on: bool) -> dict[str, object]:
    asked: dict[str, object] = {
        "action": "selfActivate" if is_on else "selfDeactivate",
        "principalId": person,
        "roleDefinitionId": role_id,
        "directoryScopeId": "/",
        "justification": "Measuring the service",
    }
    if is_on:
        asked["scheduleInfo"] = {"expiration": {"type": "afterDuration", "duration": "PT1H"}}
    return asked
