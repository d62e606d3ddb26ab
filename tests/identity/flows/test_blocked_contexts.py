"""An authentication context that the tenant blocks: refused wherever it is asked for, and told."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.identity.flows.test_sign_in_log import BY_PASSWORD, ask, read
from tests.identity.flows.world import (
    ADA,
    FLOW_SEED,
    LOOPBACK,
    PHONE,
    PKCE,
    VERIFIER,
    World,
    object_id,
    open_world,
    told,
)
from tests.identity.pages.reader import reader_of
from tests.support.service import SECRET, TENANT

C9: Final = '{"access_token":{"acrs":{"essential":true,"value":"c9"}}}'
BLOCKED: Final = 53003
ARCHIVIST: Final = "11111111-0000-4000-8000-00000000000d"
LOG_READER: Final[Mapping[str, Any]] = {
    "displayName": "Archivist",
    "kind": "confidential",
    "appId": ARCHIVIST,
    "clientSecret": SECRET,
    "permissions": {"application": ["AuditLog.Read.All"]},
}
SEED: Final[Mapping[str, Any]] = {
    **FLOW_SEED,
    "applications": [*FLOW_SEED["applications"], LOG_READER],
    "settings": {"authentication_contexts": {"c1": "mfa", "c9": "block"}},
}

pytestmark = pytest.mark.observed(
    "msal and azure-cli issues: AADSTS53003, access_denied to a browser, interaction_required and "
    "message_only at the token endpoint"
)


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[World]:
    """A tenant in which nobody may have c9."""
    async with open_world(tmp_path, SEED) as opened:
        yield opened


async def log_of(world: World, number: int) -> list[dict[str, Any]]:
    """The sign-ins with an error, as Graph tells them."""
    form = {
        "grant_type": "client_credentials",
        "client_id": ARCHIVIST,
        "client_secret": SECRET,
        "scope": "https://graph.microsoft.com/.default",
    }
    token = (await world.service.ask_token(form)).json()["access_token"]
    answer = await world.service.client.get(
        "/v1.0/auditLogs/signIns",
        params={"$filter": f"status/errorCode eq {number}"},
        headers={"authorization": f"Bearer {token}"},
    )
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


async def test_a_browser_comes_back_with_the_refusal(strict: World) -> None:
    reader = reader_of(strict)
    page = await reader.authorize(claims=C9)
    assert 'name="password"' in page.text, "nobody learns of it who has not signed in"
    refused = told(await reader.sign_in(page, ADA))
    assert refused["error"] == "access_denied"
    assert refused["error_description"].startswith("AADSTS53003: ")
    assert "`c9`" in refused["error_description"]
    assert refused["state"] == "s-1"
    assert "code" not in refused

    silent = told(await reader.authorize(claims=C9, prompt="none"))
    assert silent["error_description"] == refused["error_description"]
    assert "code" in told(await reader.authorize())

    kinds = [one.kind for one in await read(strict) if one.fault == BLOCKED]
    assert kinds == ["nonInteractiveUser", "interactiveUser"]
    (one,) = await log_of(strict, BLOCKED)
    assert (one["status"]["errorCode"], one["conditionalAccessStatus"]) == (BLOCKED, "failure")
    assert one["userPrincipalName"] == ADA


async def test_no_factor_opens_it(strict: World) -> None:
    strong = await strict.sign_in(ADA, "otp", "fido", "mfa")
    refused = told(await strong.authorize(claims=C9))
    assert refused["error"] == "access_denied"


@pytest.mark.parametrize("is_refreshed", [True, False])
async def test_the_token_endpoint_says_that_nobody_may(
    strict: World, *, is_refreshed: bool
) -> None:
    given = await ask(strict, BY_PASSWORD)
    again = {
        "grant_type": "refresh_token",
        "client_id": PHONE,
        "refresh_token": given["refresh_token"],
    }
    refused: dict[str, Any] = await ask(strict, again if is_refreshed else BY_PASSWORD, claims=C9)
    assert (refused["error"], refused["suberror"]) == ("interaction_required", "message_only")
    assert refused["error_codes"] == [BLOCKED]
    assert refused["error_description"].startswith("AADSTS53003: ")
    assert "claims" not in refused, "asking again would not help"
    newest = (await read(strict))[0]
    assert (newest.fault, newest.user_id) == (BLOCKED, object_id(ADA))
    # The refresh token is not used up by it.
    assert "access_token" in await ask(strict, again)


async def test_a_code_of_before_is_worth_nothing_for_it(strict: World) -> None:
    """What is blocked when the tokens are made counts, whatever was asked for with the code."""
    visitor = await strict.sign_in()
    more = {"client_id": PHONE, "redirect_uri": LOOPBACK, **PKCE}
    code = told(await visitor.authorize(**more))["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": PHONE,
        "code": code,
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
        "claims": C9,
    }
    refused: dict[str, Any] = (await strict.service.ask_token(form)).json()
    assert refused["error_codes"] == [BLOCKED]


async def test_a_device_is_not_let(strict: World) -> None:
    asked = {"client_id": PHONE, "scope": "openid User.Read", "claims": C9}
    path = f"/{TENANT}/oauth2/v2.0/devicecode"
    codes = (await strict.service.client.post(path, data=asked)).json()
    reader = reader_of(strict)
    page = await reader.visit(path.replace("v2.0/devicecode", "deviceauth"))
    page = await reader.fill(page, "user_code", user_code=codes["user_code"])
    refused = await reader.sign_in(page, ADA)
    assert (refused.status_code, "AADSTS53003" in refused.text) == (400, True)
    assert "`c9`" in refused.text
    newest = (await read(strict))[0]
    assert (newest.fault, newest.user_principal_name, newest.app_id) == (BLOCKED, ADA, PHONE)


async def test_others_are_what_they_were(strict: World) -> None:
    c1 = C9.replace("c9", "c1")
    strong = await strict.sign_in(ADA, "otp", "mfa")
    assert "code" in told(await strong.authorize(claims=c1))
