"""Tokens that an application gets for an API of the tenant carry the roles it is assigned there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.proving import read_claims
from tests.support.service import (
    EMPTY,
    ROBOT,
    SECRET,
    SEED,
    Service,
    emulator,
    open_service,
    write_seed_file,
)

GRAPH = "https://graph.microsoft.com"
ROLE = "66666666-0000-4000-8000-000000000001"
GRANTING = ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"]


async def claims_for(service: Service, resource: str) -> tuple[str, dict[str, Any]]:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": f"{resource}/.default",
    }
    answer = await service.ask_token(form)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    return token, read_claims(token)


def tasks(*, is_enabled: bool = True) -> dict[str, object]:
    told = {"id": ROLE, "displayName": "Read", "description": "Read", "value": "Tasks.Read"}
    role = {**told, "allowedMemberTypes": ["Application"], "isEnabled": is_enabled}
    return {"appRoles": [role]}


@pytest.mark.documented("access token claims reference: roles, of the API that the token is for")
async def test_a_token_carries_the_roles_of_its_api_alone(tmp_path: Path) -> None:
    applications = [
        {**one, "permissions": {"application": GRANTING}} if one["appId"] == ROBOT else one
        for one in SEED["applications"]
    ]
    seed = write_seed_file(tmp_path / "granting", {**SEED, "applications": applications})
    async with open_service(replace(emulator(tmp_path), seed=seed)) as service:
        token, of_graph = await claims_for(service, GRAPH)
        headers, client = {"authorization": f"Bearer {token}"}, service.client

        async def find(app_id: str) -> str:
            path = f"/v1.0/servicePrincipals(appId='{app_id}')"
            id_: str = (await client.get(path, headers=headers)).json()["id"]
            return id_

        async def know(body: dict[str, object]) -> None:
            path = f"/v1.0/applications(appId='{EMPTY}')"
            assert (await client.patch(path, json=body, headers=headers)).status_code == 204

        await know(tasks())
        assert (await claims_for(service, f"api://{EMPTY}"))[1]["roles"] == []
        robot = await find(ROBOT)
        body = {"principalId": robot, "resourceId": await find(EMPTY), "appRoleId": ROLE}
        path = f"/v1.0/servicePrincipals/{robot}/appRoleAssignments"
        made = await client.post(path, json=body, headers=headers)
        assert made.status_code == 201, made.text
        assert (await claims_for(service, f"api://{EMPTY}"))[1]["roles"] == ["Tasks.Read"]
        assert (await claims_for(service, GRAPH))[1]["roles"] == of_graph["roles"]
        await know(tasks(is_enabled=False))
        assert (await claims_for(service, f"api://{EMPTY}"))[1]["roles"] == []
