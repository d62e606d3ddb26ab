"""The Azure SDK of tomorrow, unmodified, in an environment of its own.

A program, since two versions of one package do not fit into one: it is told what to do by its name,
reads the connection file that its first argument names, and writes what it saw as JSON.
"""

import itertools
import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient

# Where the types of today's version are known, those of tomorrow's are not.
models: Any = import_module("azure.mgmt.authorization.models")

SCOPE: Final = "https://management.azure.com/.default"
SUBSCRIPTION: Final = "c84e2b17-6d05-4f39-a1b8-73f2e95d0c46"
PLACE: Final = f"subscriptions/{SUBSCRIPTION}"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ROLE: Final = f"/{PLACE}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
PERSON: Final = "nora@larkfield.example"
MINE: Final = "asTarget()"
_DEEDS: Final = ("activate", "administer", "deactivate")
_NUMBERS: Final = itertools.count(1)


class Person:
    """The credential of somebody who signs in with a password."""

    def __init__(self, connection: Mapping[str, Any], name: str) -> None:
        self._url = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/token"
        user = next(u for u in connection["users"] if u["userPrincipalName"] == name)
        client = next(a for a in connection["applications"] if a["kind"] == "public")
        self.id: str = user["id"]
        self._form = {
            "grant_type": "password",
            "client_id": client["clientId"],
            "username": name,
            "password": user["password"],
        }

    def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        """A token for the scopes."""
        form = self._form | {"scope": " ".join(scopes)}
        answer = requests.post(self._url, data=form, timeout=30)
        answer.raise_for_status()
        return AccessToken(answer.json()["access_token"], 9_999_999_999)


def open_clients(connection: Mapping[str, Any]) -> tuple[Any, Any, str]:
    """The clients of the application that owns the subscription, of a person, and the person."""
    application = next(one for one in connection["applications"] if one["clientSecret"])
    owner = ClientSecretCredential(
        connection["tenantId"],
        application["clientId"],
        application["clientSecret"],
        authority=connection["authority"],
        disable_instance_discovery=True,
    )
    person = Person(connection, PERSON)
    options: dict[str, Any] = {"base_url": connection["armUrl"], "credential_scopes": [SCOPE]}
    clients = (
        AuthorizationManagementClient(one, SUBSCRIPTION, **options) for one in (owner, person)
    )
    return (*clients, person.id)


def new_name() -> str:
    """A name that the client chooses; each deed has names of its own."""
    return f"a5b20000-0000-4000-8{_DEEDS.index(sys.argv[2]):03}-{next(_NUMBERS):012}"


def ask(kind: str, request_type: str, who: str, duration: timedelta | None = None) -> Any:  # noqa: ANN401 - a generated model
    """The body of a request of a kind, for a time or without one."""
    fields: dict[str, Any] = {
        "role_definition_id": ROLE,
        "principal_id": who,
        "request_type": request_type,
        "justification": "incident 42",
    }
    if duration is not None:
        start = f"Role{kind}ScheduleRequestPropertiesScheduleInfo"
        lasting = getattr(models, f"{start}Expiration")(type="AfterDuration", duration=duration)
        fields["schedule_info"] = getattr(models, start)(expiration=lasting)
    properties = getattr(models, f"Role{kind}ScheduleRequestProperties")(**fields)
    return getattr(models, f"Role{kind}ScheduleRequest")(properties=properties)


def activate(owner: Any, person: Any, who: str) -> dict[str, object]:  # noqa: ANN401 - generated clients
    """Makes a person eligible, who activates, and reads what holds now."""
    (reader,) = owner.role_definitions.list(PLACE, filter="roleName eq 'Reader'")
    given = owner.role_eligibility_schedule_requests.create(
        PLACE, new_name(), ask("Eligibility", "AdminAssign", who, timedelta(days=30))
    )
    mine = person.role_assignment_schedule_requests
    rehearsed = mine.validate(
        PLACE, new_name(), ask("Assignment", "SelfActivate", who, timedelta(hours=1))
    )
    activated = mine.create(
        PLACE, new_name(), ask("Assignment", "SelfActivate", who, timedelta(hours=1))
    )
    (held,) = person.role_assignment_schedule_instances.list_for_scope(PLACE, filter=MINE)
    children = person.eligible_child_resources.get(PLACE)
    return {
        "version": metadata.version("azure-mgmt-authorization"),
        "role": reader.properties.role_name,
        "eligibility": given.properties.status,
        "rehearsal": rehearsed.properties.status,
        "activation": activated.properties.status,
        "held": held.properties.assignment_type,
        "lasts": str(held.properties.end_date_time - held.properties.start_date_time),
        "children": sorted(one.name for one in children),
    }


def administer(owner: Any, _person: Any, who: str) -> dict[str, object]:  # noqa: ANN401 - generated clients
    """Changes the policy of a role, and gives and takes the role without one."""
    assignments = owner.role_management_policy_assignments.list_for_scope(PLACE)
    (policy,) = (
        one.properties.policy_id.rsplit("/", 1)[1]
        for one in assignments
        if one.properties.role_definition_id.endswith(READER)
    )
    rule = models.RoleManagementPolicyExpirationRule(
        id="Expiration_EndUser_Assignment",
        is_expiration_required=True,
        maximum_duration="PT2H",
        target=models.RoleManagementPolicyRuleTarget(
            caller="EndUser", operations=["All"], level="Assignment"
        ),
    )
    rules = models.RoleManagementPolicyProperties(rules=[rule])
    changed = owner.role_management_policies.update(
        PLACE, policy, models.RoleManagementPolicy(properties=rules)
    )
    name = new_name()
    plain = models.RoleAssignmentCreateParameters(
        properties=models.RoleAssignmentProperties(role_definition_id=ROLE, principal_id=who)
    )
    owner.role_assignments.create(PLACE, name, plain)
    found = list(owner.role_assignments.list_for_scope(PLACE, filter=f"principalId eq '{who}'"))
    owner.role_assignments.delete(PLACE, name)
    return {
        "longest": [one.maximum_duration for one in changed.properties.rules if one.id == rule.id],
        "given": name in [one.name for one in found],
        "taken": refusal_of(lambda: owner.role_assignments.get(PLACE, name)),
    }


def deactivate(owner: Any, person: Any, who: str) -> dict[str, object]:  # noqa: ANN401 - generated clients
    """Ends what was activated, and takes the eligibility away."""
    ended = person.role_assignment_schedule_requests.create(
        PLACE, new_name(), ask("Assignment", "SelfDeactivate", who)
    )
    removed = owner.role_eligibility_schedule_requests.create(
        PLACE, new_name(), ask("Eligibility", "AdminRemove", who)
    )
    again = ask("Assignment", "SelfActivate", who, timedelta(hours=1))
    mine = person.role_assignment_schedule_requests
    left = person.role_assignment_schedule_instances.list_for_scope(PLACE, filter=MINE)
    return {
        "ended": ended.properties.status,
        "removed": removed.properties.status,
        "left": len(list(left)),
        "refused": refusal_of(lambda: mine.create(PLACE, new_name(), again)),
    }


def refusal_of(call: Callable[[], object]) -> list[object]:
    """Status and code of what the client raises; nothing where it raises nothing."""
    try:
        call()
    except HttpResponseError as error:
        return [error.status_code, error.error.code if error.error else None]
    return []


def main() -> None:
    """Does what is asked for."""
    connection = json.loads(Path(sys.argv[1]).read_text())
    deeds = dict(zip(_DEEDS, (activate, administer, deactivate), strict=True))
    json.dump(deeds[sys.argv[2]](*open_clients(connection)), sys.stdout)


if __name__ == "__main__":
    main()
