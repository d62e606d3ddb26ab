"""Acting for people with Azure Resource Manager: a permission like others, and consented to."""

from typing import Any, Final

import pytest

from tests.identity.flows.world import (
    ADA,
    LOOPBACK,
    PHONE,
    PKCE,
    VERIFIER,
    WEB,
    World,
    told,
)
from tests.identity.pages.reader import Reader, reader_of
from tests.identity.pages.test_consent_page import ADMIN, answer_of
from tests.identity.pages.test_consent_strength import for_all
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import DESK, TENANT
from tests.support.sheets import Sheet
from timebound.domain.events import Fact
from timebound.domain.first_party import AZURE_APP_ID, AZURE_PERMISSION, AZURE_SCOPE_ID

CLI: Final = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
POWERSHELL: Final = "1950a258-227b-4e31-a9cf-717495945fc2"
SCOPE: Final = "https://management.azure.com//.default offline_access openid profile"
BY_NAME: Final = "openid https://management.core.windows.net/user_impersonation"
WORDS: Final = "See and change Azure resources"

pytestmark = pytest.mark.documented(
    "Azure Resource Manager, delegated permission user_impersonation; AADSTS65001"
)


async def arrive(reader: Reader, client_id: str, scope: str = SCOPE) -> Any:  # noqa: ANN401 - an answer
    """Where the request of a program on somebody's machine leads, once ADA has signed in."""
    asked = {"client_id": client_id, "redirect_uri": LOOPBACK, "scope": scope, **PKCE}
    return await reader.sign_in(await reader.authorize(**asked), ADA)


async def redeem(world: World, client_id: str, code: str) -> dict[str, Any]:
    """The tokens for a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
    }
    found: dict[str, Any] = (await world.service.ask_token(form)).json()
    return found


@pytest.mark.parametrize("client_id", [CLI, POWERSHELL])
@pytest.mark.parametrize("scope", [SCOPE, BY_NAME])
async def test_programs_of_microsofts_ask_nobody(world: World, client_id: str, scope: str) -> None:
    code = told(await arrive(reader_of(world), client_id, scope))["code"]
    tokens = await redeem(world, client_id, code)
    assert "user_impersonation" in claims_of(tokens["access_token"])["scp"].split()


@pytest.mark.parametrize("client_id", [CLI, DESK])
async def test_by_password_where_it_is_permitted(world: World, client_id: str) -> None:
    """As `az login -u -p` does, and a client that the seed permits it to."""
    assert "access_token" in await _by_password(world, client_id)


async def _by_password(world: World, client_id: str, scope: str = SCOPE) -> dict[str, Any]:
    form = {
        "grant_type": "password",
        "client_id": client_id,
        "username": ADA,
        "password": "pass-word-1",
        "scope": scope,
    }
    found: dict[str, Any] = (await world.service.ask_token(form)).json()
    return found


async def test_no_other_program_gets_it_unasked(world: World) -> None:
    refused = await _by_password(world, PHONE)
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [65001])
    assert refused["suberror"] == "consent_required"
    graph = await _by_password(world, PHONE, "openid offline_access User.Read")
    again = {
        "grant_type": "refresh_token",
        "client_id": PHONE,
        "refresh_token": graph["refresh_token"],
        "scope": SCOPE,
    }
    refused = (await world.service.ask_token(again)).json()
    assert refused["error_codes"] == [65001]


@pytest.mark.parametrize("scope", [SCOPE, BY_NAME])
async def test_a_person_agrees_once_and_for_themselves(world: World, scope: str) -> None:
    reader = reader_of(world)
    sheet = Sheet((await arrive(reader, PHONE, scope)).text)
    assert "May Phone do this for you?" in sheet.words
    assert WORDS in sheet.words
    code = told(await reader.send(answer_of(sheet, "accept")))["code"]
    tokens = await redeem(world, PHONE, code)
    assert claims_of(tokens["access_token"])["scp"].split()[0] == "user_impersonation"
    assert "access_token" in await _by_password(world, PHONE)
    assert AZURE_PERMISSION not in await for_all(world)
    own = Sheet((await reader.visit(f"/{TENANT}/security")).text)
    assert WORDS in own.words


async def test_an_administrator_agrees_to_what_a_registration_declares(world: World) -> None:
    access: Fact = {"id": AZURE_SCOPE_ID, "type": "Scope"}
    resource: Fact = {"resourceAppId": AZURE_APP_ID, "resourceAccess": (access,)}
    await world.change(WEB, requiredResourceAccess=(resource,))
    reader = reader_of(world)
    asked = {"client_id": WEB, "redirect_uri": "https://app.example/cb"}
    page = await reader.sign_in(await reader.visit(ADMIN, asked), "gus@small.example")
    sheet = Sheet(page.text)
    assert WORDS in sheet.words
    assert told(await reader.send(answer_of(sheet, "accept")))["admin_consent"] == "True"
    assert AZURE_PERMISSION in await for_all(world)


async def test_there_is_no_other_permission(world: World) -> None:
    reader = reader_of(world)
    refused = told(await arrive(reader, CLI, "https://management.azure.com/everything"))
    assert "AADSTS650053" in refused["error_description"]
