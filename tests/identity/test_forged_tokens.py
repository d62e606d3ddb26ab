"""Tokens that are not believed: for each the exact fault, beside one that is believed."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.service import DESK, ORIGIN, TENANT, Service, id_of
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.domain.authority import Token
from timebound.identity.verify import LARGEST_TOKEN, BearerVerifier

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = id_of("user", "ada@small.example")
OTHER_TENANT = "7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e12"
DEEP = b'{"x":' + b"[" * 5000 + b"]" * 5000 + b',"alg":"RS256","kid":"%s"}'


def encode(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def written(content: object) -> str:
    return encode(json.dumps(content).encode())


def header_of(service: Service) -> dict[str, Any]:
    return {"alg": "RS256", "typ": "JWT", "kid": service.parts.keys.published()[0]["kid"]}


def claims_for(service: Service, **changes: object) -> dict[str, Any]:
    now = service.parts.system.now()
    return {
        "aud": "https://graph.microsoft.com",
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": ADA,
        "azp": DESK,
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
        "scp": "User.Read",
        **changes,
    }


async def own_key(service: Service) -> RSAKey:
    pair = await service.parts.keys.find(header_of(service)["kid"])
    assert pair is not None
    assert isinstance(pair.key, RSAKey)
    return pair.key


async def sign_under(service: Service, header: bytes) -> str:
    """Good claims under any header, truly signed with the key of the service."""
    content = f"{encode(header)}.{written(claims_for(service))}"
    key = (await own_key(service)).private_key
    assert key is not None
    return f"{content}.{encode(key.sign(content.encode(), PKCS1v15(), SHA256()))}"


async def judge(service: Service, authorization: str | None) -> TokenFault | None:
    """What is wrong with it; none if it is believed to speak of Ada."""
    verifier = BearerVerifier(service.parts.keys, service.parts.system, [ORIGIN])
    judged = await verifier.verify(authorization, Resource.GRAPH)
    if isinstance(judged, TokenRefusal):
        return judged.fault
    assert isinstance(judged, Token)
    assert (judged.tenant_id, judged.principal_id) == (TENANT, ADA)
    return None


@pytest.mark.documented("RFC 7515, 5.2: what is signed with our key under our header is believed")
async def test_our_own_token_is_believed(service: Service) -> None:
    header = json.dumps(header_of(service)).encode()
    assert await judge(service, f"Bearer {await sign_under(service, header)}") is None
    assert await judge(service, f"Bearer {service.parts.keys.sign(claims_for(service))}") is None


@pytest.mark.documented("RFC 7515, 5.2: a signature that does not fit")
async def test_a_signature_by_another_key_is_bad(service: Service) -> None:
    own = RSAKey.generate_key(2048)
    forged = jwt.encode(header_of(service), claims_for(service), own, algorithms=["RS256"])
    assert await judge(service, f"Bearer {forged}") is TokenFault.BAD_SIGNATURE
    header, _, signature = service.parts.keys.sign(claims_for(service)).split(".")
    for content in (written(claims_for(service, oid=OTHER_TENANT)), "", "!"):
        changed = f"Bearer {header}.{content}.{signature}"
        assert await judge(service, changed) is TokenFault.BAD_SIGNATURE


@pytest.mark.documented("RFC 7515, 6: a key that we have not published")
async def test_a_key_that_nobody_knows_is_unknown(service: Service) -> None:
    header = json.dumps(header_of(service) | {"kid": "mine"}).encode()
    bearer = await sign_under(service, header)
    assert await judge(service, f"Bearer {bearer}") is TokenFault.UNKNOWN_KEY


@pytest.mark.documented("RFC 8725, 3.10: a key that comes with the token says nothing")
@pytest.mark.parametrize("kid", ["", "mine", "../../dev/null", "' OR 1=1 --"])
async def test_a_key_that_a_token_brings_along_is_not_taken(service: Service, kid: str) -> None:
    own = RSAKey.generate_key(2048)
    assert own.private_key is not None
    public = own.as_dict(private=False)
    known = header_of(service) | {"jwk": {name: public[name] for name in ("kty", "n", "e")}}
    for header in (known, known | {"kid": kid}):
        content = f"{written(header)}.{written(claims_for(service))}"
        signature = own.private_key.sign(content.encode(), PKCS1v15(), SHA256())
        forged = f"Bearer {content}.{encode(signature)}"
        assert await judge(service, forged) is TokenFault.MALFORMED


@pytest.mark.documented("RFC 8725, 3.1: only the expected algorithm is verified")
@pytest.mark.parametrize("name", ["none", "NONE", "HS256", "RS512", "PS256", "", "rs256"])
async def test_another_algorithm_is_not_tried(service: Service, name: str) -> None:
    public = (await own_key(service)).as_pem(private=False)
    content = f"{written(header_of(service) | {'alg': name})}.{written(claims_for(service))}"
    signed = encode(hmac.digest(public, content.encode(), "sha256"))
    for signature in (signed, ""):
        assert await judge(service, f"Bearer {content}.{signature}") is TokenFault.MALFORMED


MORE_IN_THE_HEADER: dict[str, object] = {
    "crit": ["exp"],
    "crit of nothing": None,
    "crit of a number": 5,
    "crit of a list": [[1]],
    "b64": False,
    "jwk": {"kty": "RSA"},
    "jku": "https://elsewhere.example/keys",
    "x5c": ["x"],
}


@pytest.mark.documented("RFC 7515, 4.1.11: extensions that are not understood are not overlooked")
@pytest.mark.parametrize("name", MORE_IN_THE_HEADER)
async def test_a_header_that_says_more_than_ours_is_refused(service: Service, name: str) -> None:
    more = {name.partition(" ")[0]: MORE_IN_THE_HEADER[name]}
    bearer = await sign_under(service, json.dumps(header_of(service) | more).encode())
    assert await judge(service, f"Bearer {bearer}") is TokenFault.MALFORMED


@pytest.mark.inferred("a header can be anything, because nobody has signed it yet; never a 500")
@pytest.mark.parametrize(
    "header",
    [
        DEEP,
        b"[" * 9000,
        b"[]",
        b"null",
        b"",
        b'{"alg":"RS256"}',
        b'{"alg":"RS256","kid":null}',
        b'{"alg":["RS256"],"kid":"%s"}',
        b'{"alg":"RS256","typ":5,"kid":"%s"}',
        b'\xef\xbb\xbf{"alg":"RS256","kid":"%s"}',
        b'{"alg":"RS256","kid":"\xff"}',
    ],
)
async def test_a_header_that_makes_no_sense_is_refused(service: Service, header: bytes) -> None:
    filled = header.replace(b"%s", header_of(service)["kid"].encode())
    bearer = await sign_under(service, filled)
    assert await judge(service, f"Bearer {bearer}") is TokenFault.MALFORMED
    answer = await service.client.get("/v1.0/me", headers={"authorization": f"Bearer {bearer}"})
    assert answer.status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.documented("RFC 7519, 7.2: three parts of base64url")
@pytest.mark.parametrize("bearer", ["x", "x.y", "....", "a.b.c.d.e", "\u00e9.\u00e9.\u00e9"])
async def test_what_is_no_token_is_malformed(service: Service, bearer: str) -> None:
    assert await judge(service, f"Bearer {bearer}") is TokenFault.MALFORMED


@pytest.mark.inferred("a token longer than any of ours is not even looked at")
async def test_a_token_without_measure_is_malformed(service: Service) -> None:
    bearer = service.parts.keys.sign(claims_for(service, scp="x" * LARGEST_TOKEN))
    assert await judge(service, f"Bearer {bearer}") is TokenFault.MALFORMED


@pytest.mark.documented("RFC 6750, 2.1: the bearer scheme")
@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer  ", "Basic eDp5"])
async def test_no_token_is_missing(service: Service, authorization: str | None) -> None:
    assert await judge(service, authorization) is TokenFault.MISSING


REFUSED_CLAIMS: dict[str, tuple[dict[str, object], TokenFault]] = {
    "over": ({"nbf": 1_000_000_000, "exp": 1_000_003_600}, TokenFault.EXPIRED),
    "not yet": ({"nbf": 4_000_000_000, "exp": 4_000_003_600}, TokenFault.NOT_YET_VALID),
    "Azure": ({"aud": "https://management.azure.com/"}, TokenFault.WRONG_AUDIENCE),
    "another API": ({"aud": "https://elsewhere.example"}, TokenFault.WRONG_AUDIENCE),
    "the client itself": ({"aud": DESK}, TokenFault.WRONG_AUDIENCE),
    "another issuer": ({"iss": f"https://x.example/{TENANT}/v2.0"}, TokenFault.WRONG_ISSUER),
    "another tenant": ({"tid": OTHER_TENANT}, TokenFault.WRONG_ISSUER),
    "another version": ({"iss": f"{ORIGIN}/{TENANT}/"}, TokenFault.WRONG_ISSUER),
    "no time": ({"exp": None}, TokenFault.MALFORMED),
    "beyond time": ({"exp": 10**18}, TokenFault.MALFORMED),
    "two audiences": ({"aud": ["https://graph.microsoft.com", "x"]}, TokenFault.MALFORMED),
}


@pytest.mark.documented("RFC 7519, 4.1: iss, aud, exp and nbf are judged")
@pytest.mark.parametrize("name", REFUSED_CLAIMS)
async def test_what_was_signed_for_something_else_is_told_by_its_fault(
    service: Service, name: str
) -> None:
    changes, fault = REFUSED_CLAIMS[name]
    bearer = service.parts.keys.sign(claims_for(service, **changes))
    assert await judge(service, f"Bearer {bearer}") is fault


@pytest.mark.documented("OpenID Connect: an id token is for the client, not for an API")
async def test_an_id_token_opens_no_api(service: Service) -> None:
    form = {
        "grant_type": "password",
        "client_id": DESK,
        "username": "ada@small.example",
        "password": "ada-pass-word",
        "scope": "https://graph.microsoft.com/.default openid",
    }
    body = (await service.ask_token(form)).json()
    assert await judge(service, f"Bearer {body['access_token']}") is None
    assert await judge(service, f"Bearer {body['id_token']}") is TokenFault.MALFORMED
