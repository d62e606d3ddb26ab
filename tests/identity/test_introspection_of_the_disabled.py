"""A token does not outlive the one it speaks of."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.service import (
    DESK,
    PASSWORD,
    ROBOT,
    SECRET,
    TENANT,
    emulator,
    id_of,
    open_service,
)
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.ids import TenantId

USER = {
    "grant_type": "password",
    "client_id": DESK,
    "username": "ada@small.example",
    "password": PASSWORD,
    "scope": "https://graph.microsoft.com/.default openid",
}


@pytest.mark.documented("RFC 7662, 2.2: active while the token counts")
async def test_the_token_of_somebody_disabled_is_inactive(tmp_path: Path) -> None:
    ada = id_of("user", "ada@small.example")
    async with open_service(emulator(tmp_path)) as service:
        token = (await service.ask_token(USER)).json()["access_token"]
        form = {"client_id": ROBOT, "client_secret": SECRET, "token": token}
        url, headers = f"/{TENANT}/oauth2/v2.0/introspect", {"authorization": f"Bearer {token}"}
        assert (await service.client.post(url, data=form)).json()["active"] is True
        store, at = service.parts.store, service.parts.clock.now()
        found = (await store.find_objects(TenantId(TENANT), [ada]))[ada]
        put = PutObject(replace(found, is_enabled=False))
        change = ChangeSet(TenantId(TENANT), at, {}, frozenset(), (put,), ())
        assert await store.apply(change)
        assert (await service.client.post(url, data=form)).json() == {"active": False}
        assert (await service.client.get("/oidc/userinfo", headers=headers)).status_code == 401
