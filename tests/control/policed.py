"""The small tenant with people who may activate roles, and one who administers them."""

from collections.abc import Mapping
from typing import Any, Final

from tests.support.service import DESK, PASSWORD, ROBOT, SECRET, SEED, Service, id_of

ADA: Final = "ada@small.example"
BEA: Final = "bea@small.example"
EVA: Final = "eva@small.test"
READER: Final = "Global Reader"
SECURITY_READER: Final = "5d6b6bb7-de71-4623-b4af-96380a352509"
GROUPS_ADMINISTRATOR: Final = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
GRAPH: Final = "https://graph.microsoft.com/"
WRITE: Final = "RoleManagement.ReadWrite.Directory"


def seed() -> dict[str, Any]:
    """Ada reads, Bea administers, Eva is eligible for two roles of which one needs much."""
    robot, desk, empty = SEED["applications"]
    robot = {**robot, "permissions": {"application": ["User.Read.All"]}}
    read = "RoleManagement.Read.Directory"
    desk = {**desk, "permissions": {"delegated": ["User.Read", read, WRITE]}}
    ada, ida, eva = SEED["users"]
    bea = {"userPrincipalName": BEA, "displayName": "Bea Four", "password": PASSWORD}
    return {
        **SEED,
        "users": [ada, ida, {**eva, "password": PASSWORD}, bea],
        "applications": [robot, desk, empty],
        "assignments": [
            *SEED["assignments"],
            {"principal": BEA, "role": "Privileged Role Administrator"},
        ],
        "eligibilities": [
            {"principal": EVA, "role": "Security Reader"},
            {"principal": EVA, "role": "Groups Administrator"},
        ],
        "policies": [
            {
                "role": "Groups Administrator",
                "activation": {
                    "maximumDuration": "PT4H",
                    "requires": ["Justification", "Ticketing", "MultiFactorAuthentication"],
                    "approvers": [ADA],
                },
            }
        ],
    }


async def person(service: Service, name: str, permission: str = WRITE) -> Mapping[str, str]:
    """What a person shows who has signed in to the desk with a password."""
    form = {"grant_type": "password", "client_id": DESK, "username": name, "password": PASSWORD}
    return await _ask(service, {**form, "scope": f"{GRAPH}{permission}"})


async def robot(service: Service) -> Mapping[str, str]:
    """What the application shows."""
    form = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": SECRET}
    return await _ask(service, {**form, "scope": f"{GRAPH}.default"})


async def _ask(service: Service, form: Mapping[str, str]) -> Mapping[str, str]:
    answer = await service.ask_token(form)
    assert answer.is_success, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def user_id(name: str) -> str:
    """The id of a person of the tenant."""
    return id_of("user", name)
