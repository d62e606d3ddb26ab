"""What tokens say in detail, and what is refused besides the usual."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.identity.test_token_endpoint import APPLICATION, USER, granted
from tests.support.service import (
    DESK,
    ORIGIN,
    ROBOT,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
)
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.ids import ApplicationId, TenantId

pytestmark = pytest.mark.asyncio(loop_scope="module")

AZURE = "https://management.azure.com//.default"


@pytest.mark.documented("access token claims reference: ver, tid, oid, appid, app_displayname")
async def test_a_persons_token_is_framed_by_tenant_and_client(service: Service) -> None:
    _, claims = await granted(service, USER)
    expected = {
        "ver": "2.0",
        "tid": TENANT,
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
        "aud": "https://graph.microsoft.com",
        "oid": id_of("user", "ada@small.example"),
        "appid": DESK,
        "azp": DESK,
        "app_displayname": "Desk",
        "appidacr": "0",
    }
    assert claims.items() >= expected.items()
    assert "roles" not in claims
    assert claims["sub"] != claims["oid"]


@pytest.mark.documented("access token claims reference: ver; appidacr 1 for a secret")
async def test_an_applications_token_tells_how_it_proved_itself(service: Service) -> None:
    _, claims = await granted(service, APPLICATION)
    assert (claims["ver"], claims["appidacr"], claims["azpacr"]) == ("2.0", "1", "1")


@pytest.mark.documented("access token claims reference: azpacr 1 for a secret")
async def test_a_persons_token_tells_whether_the_client_proved_itself(service: Service) -> None:
    secret = {name: APPLICATION[name] for name in ("client_id", "client_secret")}
    _, claims = await granted(service, USER | secret)
    assert (claims["idtyp"], claims["appidacr"], claims["azpacr"]) == ("user", "1", "1")


@pytest.mark.documented("access token claims reference: uti is a token's own")
async def test_no_two_tokens_are_the_same(service: Service) -> None:
    first, second = [(await granted(service, APPLICATION))[1]["uti"] for _ in range(2)]
    assert first != second


@pytest.mark.documented("clients/contract.md, finding 13: Azure's audience ends in a slash")
async def test_a_token_for_azure_acts_for_the_person(service: Service) -> None:
    body, claims = await granted(service, USER | {"scope": AZURE})
    assert claims["aud"] == "https://management.azure.com/"
    assert "user_impersonation" in claims["scp"].split()
    assert "User.Read" not in claims["scp"].split()
    assert AZURE in body["scope"].split()
    _, own = await granted(service, APPLICATION | {"scope": AZURE})
    assert own["roles"] == []


@pytest.mark.inferred("a claims parameter can be anything a client sends; never a 500")
@pytest.mark.parametrize(
    "claims",
    [
        '{"x":' + "[" * 5000 + "]" * 5000 + "}",
        '{"access_token":{"x":' + "[" * 5000 + "]" * 5000 + "}}",
        "[" * 9000,
        "null",
        '{"access_token":{"acrs":{"values":"c1"}}}',
    ],
)
async def test_claims_that_make_no_sense_are_refused(service: Service, claims: str) -> None:
    answer = await service.ask_token(USER | {"claims": claims})
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90013])
    assert "`claims`" in answer.json()["error_description"]


@pytest.mark.documented("AADSTS7000112: the application is disabled")
async def test_a_disabled_application_gets_no_token(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        store, tenant = service.parts.store, TenantId(TENANT)
        at = service.parts.system.now()
        found = await store.find_application(tenant, ApplicationId(ROBOT), at)
        assert found is not None
        disabled = PutObject(replace(found.owner, is_enabled=False))
        assert await store.apply(ChangeSet(tenant, at, {}, frozenset(), (disabled,)))
        answer = await service.ask_token(APPLICATION)
        assert (answer.status_code, answer.json()["error_codes"]) == (401, [7000112])
        # Told only to those who know the secret.
        answer = await service.ask_token(APPLICATION | {"client_secret": "x"})
        assert (answer.status_code, answer.json()["error_codes"]) == (401, [7000215])
