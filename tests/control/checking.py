"""The small tenant with a tree in Azure, and with what some hold there and in the directory."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.service import (
    DESK,
    PASSWORD,
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    write_seed_file,
)
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet, InsertGrant, principal_key
from timebound.domain.azure.places import ROOT
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import ENDLESS, Window

ADA: Final = "ada@small.example"
EVA: Final = "eva@small.test"
IDA: Final = "ida@small.example"
SUBSCRIPTION: Final = "/subscriptions/22222222-0000-4000-8000-000000000001"
CREW: Final = f"{SUBSCRIPTION}/resourceGroups/Crew"
MACHINE: Final = f"{CREW}/providers/Microsoft.Compute/virtualMachines/one"
START: Final = "Microsoft.Compute/virtualMachines/start/action"
USERS: Final = "microsoft.directory/users/basic/update"
CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
ONE: Final = "/access/v1/evaluation"
SEVERAL: Final = "/access/v1/evaluations"
HOUR: Final = timedelta(hours=1)
ARM: Final = "https://management.azure.com/"
GRAPH: Final = "https://graph.microsoft.com/"
OWN_ARM: Final = f"{ARM}user_impersonation"
READ: Final = f"{GRAPH}RoleManagement.Read.Directory"


def seed() -> dict[str, Any]:
    """Ada reads, Eva administers people and contributes to a resource group, the robot reads."""
    ada, ida, eva = SEED["users"]
    robot, desk, empty = SEED["applications"]
    return {
        **SEED,
        "users": [ada, ida, {**eva, "password": PASSWORD}],
        "applications": [robot, desk, {**empty, "clientSecret": SECRET}],
        "assignments": [
            *SEED["assignments"],
            {"principal": EVA, "role": "User Administrator"},
        ],
    }


@asynccontextmanager
async def open_planted(folder: Path) -> AsyncIterator[Service]:
    """An emulator with somebody who holds something in Azure and in the directory."""
    file = write_seed_file(folder / "seeds", seed())
    async with open_service(replace(emulator(folder), seed=file)) as opened:
        await plant(opened)
        yield opened


async def plant(service: Service) -> None:
    """Makes the tree, and who holds what there: Eva contributes for the next eight hours."""
    place, above = Scope(ScopeKind.AZURE, CREW), Scope(ScopeKind.AZURE, SUBSCRIPTION)
    tree = (PutScope(above, ROOT), PutScope(place, above))
    await write(service, *tree)
    await hold(service, user_id(EVA), place.path, CONTRIBUTOR, hours=8)


async def hold(
    service: Service,
    who: str,
    path: str,
    role_id: RoleId = READER,
    *,
    hours: int | None = None,
    condition: str | None = None,
) -> None:
    """Gives somebody a role in Azure from now on."""
    now = service.parts.clock.now()
    end = ENDLESS if hours is None else now + hours * HOUR
    grant = Grant(
        GrantId(service.parts.ids.new_id()),
        Slot(PrincipalId(who), role_id, Scope(ScopeKind.AZURE, path)),
        GrantKind.ASSIGNED,
        Window(now, end),
        now,
        terms=Terms(condition) if condition else None,
    )
    await write(service, InsertGrant(grant), bumps=frozenset({principal_key(who)}))


async def write(service: Service, *writes: Any, **changes: Any) -> None:  # noqa: ANN401 - any writes there are
    """Applies writes as one change set."""
    now = service.parts.clock.now()
    told = {"expects": {}, "bumps": frozenset(), "writes": writes, **changes}
    assert await service.parts.store.apply(ChangeSet(TenantId(TENANT), now, **told))


def user_id(name: str) -> str:
    """The id of a person of the tenant."""
    return id_of("user", name)


def program_id(name: str) -> str:
    """The id of the account of an application of the tenant."""
    return id_of("servicePrincipal", name)


async def person(service: Service, name: str, scope: str) -> Mapping[str, str]:
    """What a person shows who has signed in to the desk with a password."""
    form = {"grant_type": "password", "client_id": DESK, "username": name, "password": PASSWORD}
    return await _ask(service, {**form, "scope": scope})


async def program(service: Service, app_id: str = ROBOT, api: str = GRAPH) -> Mapping[str, str]:
    """What an application shows."""
    form = {"grant_type": "client_credentials", "client_id": app_id, "client_secret": SECRET}
    return await _ask(service, {**form, "scope": f"{api}.default"})


async def _ask(service: Service, form: Mapping[str, str]) -> Mapping[str, str]:
    answer = await service.ask_token(form)
    assert answer.is_success, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def question(
    who: str = EVA,
    action: str | Mapping[str, object] = START,
    place: str = MACHINE,
    **changes: object,
) -> dict[str, Any]:
    """A question in the words of AuthZEN; a path of Azure unless it is said otherwise."""
    kind = "azure" if place == "/" or place.startswith(("/subscriptions", "/providers")) else None
    return {
        "subject": {"type": "user", "id": who},
        "action": {"name": action} if isinstance(action, str) else action,
        "resource": {"type": kind or "directory", "id": place},
        **changes,
    }


async def ask(
    service: Service,
    headers: Mapping[str, str],
    body: Mapping[str, object],
    path: str = ONE,
) -> httpx.Response:
    """The answer of the door."""
    return await service.client.post(path, json=body, headers=headers)


async def told(
    service: Service, headers: Mapping[str, str], body: Mapping[str, object], path: str = ONE
) -> dict[str, Any]:
    """What the door says to a question that it answers."""
    answer = await ask(service, headers, body, path)
    assert answer.status_code == httpx.codes.OK, answer.text
    said: dict[str, Any] = answer.json()
    return said


def several(*parts: object, **common: object) -> dict[str, object]:
    """Several questions, and what they have in common."""
    return {"evaluations": list(parts), **common}


def knowing(attributes: Mapping[str, object]) -> Mapping[str, object]:
    """An action with attributes."""
    return {"name": START, "properties": {"attributes": attributes}}
