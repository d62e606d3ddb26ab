"""Bearer tokens that are not believed, and why."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.scenarios.calls import UNKNOWN, error_of
from tests.scenarios.company import Company

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.documented("ERR-090: 401 InvalidAuthenticationToken; Graph error documentation"),
]

READ = "/v1.0/roleManagement/directory/roleDefinitions"


def decode(part: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def encode(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def refuse(company: Company, authorization: str | None) -> str:
    headers = {} if authorization is None else {"authorization": authorization}
    response = await company.client.get(READ, headers=headers)
    error = error_of(response)
    assert (response.status_code, error["code"]) == (401, "InvalidAuthenticationToken")
    assert response.headers["www-authenticate"].startswith("Bearer ")
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic cGlhOnBhc3M=", "bearer:x", "Negotiate x"],
)
async def test_no_token(shared_company: Company, authorization: str | None) -> None:
    assert await refuse(shared_company, authorization) == "Access token is empty."


@pytest.mark.parametrize(
    "text", ["x", "x.y", "x.y.z", "....", "a.b.c.d.e", "eyJ9.eyJ9.eyJ9", "é.é.é", "A" * 40_000]
)
async def test_what_is_no_token(shared_company: Company, text: str) -> None:
    headers = [(b"authorization", f"Bearer {text}".encode())]
    response = await shared_company.client.get(READ, headers=headers)
    assert (response.status_code, error_of(response)["code"]) == (
        401,
        "InvalidAuthenticationToken",
    )


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "somebody else": lambda claims: claims | {"oid": UNKNOWN},
    "another tenant": lambda claims: claims | {"tid": UNKNOWN},
    "more rights": lambda claims: claims | {"scp": claims["scp"] + " RoleManagement.Read.All"},
    "longer life": lambda claims: claims | {"exp": claims["exp"] + 1},
    "an application": lambda claims: claims | {"idtyp": "app", "roles": ["Directory.Read.All"]},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_token_that_was_changed(
    shared_company: Company, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    header, claims, signature = (await shared_company.sign_in("rex")).split(".")
    changed = encode(change(decode(claims)))
    message = await refuse(shared_company, f"Bearer {header}.{changed}.{signature}")
    assert "signature" in message


async def test_a_token_that_nobody_signed(shared_company: Company) -> None:
    header, claims, _ = (await shared_company.sign_in("gail")).split(".")
    for name in ("none", "None", "NONE", "nOnE"):
        bare = encode(decode(header) | {"alg": name})
        await refuse(shared_company, f"Bearer {bare}.{claims}.")
        await refuse(shared_company, f"Bearer {bare}.{claims}.AAAA")


async def test_a_token_signed_with_the_public_key_as_a_secret(shared_company: Company) -> None:
    header, claims, _ = (await shared_company.sign_in("gail")).split(".")
    confused = encode(decode(header) | {"alg": "HS256"})
    pair = await shared_company.parts.keys.find(decode(header)["kid"])
    assert pair is not None
    public = pair.key.as_pem(private=False)
    digest = hmac.digest(public, f"{confused}.{claims}".encode(), "sha256")
    forged = urlsafe_b64encode(digest).decode().rstrip("=")
    await refuse(shared_company, f"Bearer {confused}.{claims}.{forged}")


async def test_a_token_signed_with_a_key_of_ones_own(shared_company: Company) -> None:
    header, claims, _ = (await shared_company.sign_in("gail")).split(".")
    own = ECKey.generate_key("P-256")
    known, alien = decode(header), decode(header) | {"kid": "mine"}
    carried = known | {"jwk": own.as_dict(private=False)}
    for named in (known, alien, carried):
        forged = jwt.encode(named, decode(claims), own, algorithms=["ES256"])
        await refuse(shared_company, f"Bearer {forged}")


REFUSED_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "over": ({"nbf": 1_000_000_000, "exp": 1_000_003_600}, "expired"),
    "not yet begun": ({"nbf": 4_000_000_000, "exp": 4_000_003_600}, "not yet valid"),
    "for another API": ({"aud": "https://management.azure.com"}, "audience"),
    "for nobody we know": ({"aud": "https://elsewhere.example"}, "audience"),
    "from another issuer": ({"iss": "https://elsewhere.example/x/v2.0"}, "issuer"),
    "from another tenant's issuer": ({"tid": UNKNOWN}, "issuer"),
    "without a sense of time": ({"exp": "tomorrow"}, "token"),
    "beyond time": ({"exp": 10**18}, "token"),
}


@pytest.mark.parametrize(("claims", "why"), REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS)
async def test_a_token_that_we_signed_for_something_else(
    shared_company: Company, claims: dict[str, Any], why: str
) -> None:
    _, own, _ = (await shared_company.sign_in("rex")).split(".")
    signed = shared_company.parts.keys.sign(decode(own) | claims)
    assert why in await refuse(shared_company, f"Bearer {signed}")


@pytest.mark.parametrize("missing", ["aud", "iss", "tid", "oid", "azp appid", "exp", "nbf"])
async def test_a_token_that_leaves_out_what_matters(shared_company: Company, missing: str) -> None:
    """The client has a name in either version, and a token for Graph tells both."""
    _, own, _ = (await shared_company.sign_in("rex")).split(".")
    claims = {name: value for name, value in decode(own).items() if name not in missing.split()}
    await refuse(shared_company, f"Bearer {shared_company.parts.keys.sign(claims)}")


async def test_a_token_for_azure_is_not_for_graph(shared_company: Company) -> None:
    token = await shared_company.sign_in("rex", "https://management.azure.com/.default")
    assert "audience" in await refuse(shared_company, f"Bearer {token}")


async def test_a_token_of_somebody_who_is_not_there(shared_company: Company) -> None:
    _, own, _ = (await shared_company.sign_in("rex")).split(".")
    signed = shared_company.parts.keys.sign(decode(own) | {"oid": UNKNOWN})
    await refuse(shared_company, f"Bearer {signed}")


async def test_a_token_that_promises_more_than_was_granted(shared_company: Company) -> None:
    _, own, _ = (await shared_company.sign_in("rex", client="Window")).split(".")
    claims = decode(own) | {"scp": "RoleManagement.ReadWrite.Directory"}
    signed = shared_company.parts.keys.sign(claims)
    response = await shared_company.client.get(READ, headers={"authorization": f"Bearer {signed}"})
    assert (response.status_code, error_of(response)["code"]) == (
        403,
        "PermissionScopeNotGranted",
    )


async def test_a_good_token_is_believed_in_any_casing_of_its_scheme(
    shared_company: Company,
) -> None:
    token = await shared_company.sign_in("rex")
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"authorization": f"{scheme} {token}"}
        assert (await shared_company.client.get(READ, headers=headers)).status_code == 200
