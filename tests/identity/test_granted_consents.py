"""Tokens of a person carry what an administrator lets an application do for them alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.proving import read_claims
from tests.support.service import (
    DESK,
    PASSWORD,
    ROBOT,
    SECRET,
    SEED,
    Service,
    emulator,
    id_of,
    open_service,
    write_seed_file,
)

GRAPH = "https://graph.microsoft.com"
GRANTING = ["DelegatedPermissionGrant.ReadWrite.All", "Application.Read.All"]


async def scopes_of(service: Service) -> set[str]:
    form = {
        "grant_type": "password",
        "client_id": DESK,
        "username": "ada@small.example",
        "password": PASSWORD,
        "scope": f"{GRAPH}/.default",
    }
    answer = await service.ask_token(form)
    assert answer.status_code == 200, answer.text
    return set(read_claims(answer.json()["access_token"])["scp"].split())


@pytest.mark.documented("oAuth2PermissionGrant: Principal, scope")
async def test_a_grant_for_one_person_is_in_their_tokens(tmp_path: Path) -> None:
    applications = [
        {**one, "permissions": {"application": GRANTING}} if one["appId"] == ROBOT else one
        for one in SEED["applications"]
    ]
    seed = write_seed_file(tmp_path / "granting", {**SEED, "applications": applications})
    async with open_service(replace(emulator(tmp_path), seed=seed)) as service:
        form = {
            "grant_type": "client_credentials",
            "client_id": ROBOT,
            "client_secret": SECRET,
            "scope": f"{GRAPH}/.default",
        }
        token = (await service.ask_token(form)).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}

        async def find(app_id: str) -> str:
            path = f"/v1.0/servicePrincipals(appId='{app_id}')"
            id_: str = (await service.client.get(path, headers=headers)).json()["id"]
            return id_

        body = {
            "clientId": await find(DESK),
            "consentType": "Principal",
            "principalId": id_of("user", "ada@small.example"),
            "resourceId": await find("00000003-0000-0000-c000-000000000000"),
            "scope": "Mail.Read",
        }
        before = await scopes_of(service)
        path = "/v1.0/oauth2PermissionGrants"
        made = await service.client.post(path, json=body, headers=headers)
        assert made.status_code == 201, made.text
        assert await scopes_of(service) == before | {"Mail.Read"}
        one = f"{path}/{made.json()['id']}"
        assert (await service.client.delete(one, headers=headers)).status_code == 204
        assert await scopes_of(service) == before
