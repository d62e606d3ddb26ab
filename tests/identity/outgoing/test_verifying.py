"""Tokens of other issuers: which are believed, and every way in which one is not."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from tests.identity.outgoing.issuers import (
    AUDIENCE,
    EC,
    ISSUER,
    NOW,
    RSA,
    Documents,
    claims,
    encode,
    publish,
    sign,
    usual_documents,
)
from timebound.identity.federation_rules import USUAL_ALGORITHMS
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.outgoing.verifying import (
    LARGEST_TOKEN,
    Expected,
    Foreign,
    ForeignClaims,
    ForeignFault,
    judge_id_token,
    peek_issuer,
    verify_foreign,
)

EXPECTED = Expected(ISSUER, AUDIENCE, USUAL_ALGORITHMS, NOW)
AT = int(NOW.timestamp())
OTHER = RSAKey.generate_key(2048)
pytestmark = pytest.mark.documented("RFC 8725; RFC 9068, 4; OpenID Connect Core, 3.1.3.7")


async def judge(
    token: str, documents: Documents | None = None, expected: Expected = EXPECTED
) -> Foreign | ForeignFault:
    return await verify_foreign(IssuerKeys(documents or usual_documents()), token, expected)


@pytest.mark.parametrize(
    "token",
    [
        sign(claims()),
        sign(claims(aud=["other", AUDIENCE])),
        sign(claims(), typ="at+jwt"),
        sign(claims(), typ=None),
        sign(claims(), RSA, **{"pi.atm": "1", "x5t": "abc"}),
        sign(claims(), EC, alg="ES256", kid="ec"),
        sign(claims(), RSA, alg="PS256"),
        sign(claims(exp=AT + 1.5, nbf=AT + 60)),
    ],
)
async def test_a_good_token_is_believed(token: str) -> None:
    assert isinstance(await judge(token), Foreign)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"iss": "https://idp.example/realm/"}, ForeignFault.WRONG_ISSUER),
        ({"iss": "https://idp.example/other"}, ForeignFault.WRONG_ISSUER),
        ({"iss": "HTTPS://idp.example/realm"}, ForeignFault.WRONG_ISSUER),
        ({"aud": "api://other"}, ForeignFault.WRONG_AUDIENCE),
        ({"aud": []}, ForeignFault.WRONG_AUDIENCE),
        ({"aud": AUDIENCE + "x"}, ForeignFault.WRONG_AUDIENCE),
        ({"exp": AT}, ForeignFault.EXPIRED),
        ({"nbf": AT + 61}, ForeignFault.NOT_YET_VALID),
        ({"iat": AT + 61}, ForeignFault.NOT_YET_VALID),
        ({"exp": None}, ForeignFault.MALFORMED),
        ({"exp": "tomorrow"}, ForeignFault.MALFORMED),
        ({"exp": 1e300}, ForeignFault.MALFORMED),
        ({"exp": -1}, ForeignFault.MALFORMED),
        ({"sub": None}, ForeignFault.MALFORMED),
        ({"sub": ""}, ForeignFault.MALFORMED),
        ({"sub": "s" * 256}, ForeignFault.MALFORMED),
        ({"sub": 5}, ForeignFault.MALFORMED),
        ({"aud": None}, ForeignFault.MALFORMED),
        ({"iss": None}, ForeignFault.MALFORMED),
        ({"amr": "mfa"}, ForeignFault.MALFORMED),
    ],
)
async def test_what_a_token_says_has_to_fit(changes: dict[str, Any], fault: ForeignFault) -> None:
    assert await judge(sign(claims(**changes))) is fault


def _altered() -> str:
    head, _, signature = sign(claims()).split(".")
    return ".".join((head, encode(claims(sub="s2")), signature))


def _unsigned(algorithm: str) -> str:
    return f"{encode({'alg': algorithm, 'typ': 'JWT'})}.{encode(claims())}."


def _by_public_key() -> str:
    """The public key taken for a shared secret (RFC 8725, 2.1)."""
    signed = f"{encode({'alg': 'HS256', 'kid': 'rsa', 'typ': 'JWT'})}.{encode(claims())}"
    return f"{signed}.{encode(hmac.digest(RSA.as_pem(private=False), signed.encode(), 'sha256'))}"


def _by_address_in_header() -> str:
    return sign(claims(), OTHER, kid="rsa", jku="https://evil.example/keys")


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (_altered, ForeignFault.BAD_SIGNATURE),
        (lambda: _unsigned("RS256"), ForeignFault.BAD_SIGNATURE),
        (_by_public_key, ForeignFault.ALGORITHM),
        (_by_address_in_header, ForeignFault.BAD_SIGNATURE),
        (lambda: sign(claims(), OTHER), ForeignFault.BAD_SIGNATURE),
        (lambda: sign(claims(), EC, alg="ES256", kid="rsa"), ForeignFault.UNKNOWN_KEY),
        (lambda: sign(claims(), alg="RS512"), ForeignFault.ALGORITHM),
        (lambda: sign(claims(), typ="dpop+jwt"), ForeignFault.MALFORMED),
        (lambda: sign(claims(), typ="logout+jwt"), ForeignFault.MALFORMED),
        (lambda: sign(b"[]"), ForeignFault.MALFORMED),
        (lambda: sign(b"{"), ForeignFault.MALFORMED),
        (lambda: sign(b"[" * 5000), ForeignFault.MALFORMED),
        (lambda: "", ForeignFault.MALFORMED),
        (lambda: "a.b", ForeignFault.MALFORMED),
        (lambda: "a.b.c.d.e", ForeignFault.MALFORMED),
        (lambda: "ä.b.c", ForeignFault.MALFORMED),
        (lambda: f"{encode({'alg': 5})}.e30.x", ForeignFault.MALFORMED),
        (lambda: f"{encode({'alg': 'RS256', 'crit': ['exp']})}.e30.x", ForeignFault.MALFORMED),
        (lambda: f"{encode({'alg': 'RS256', 'b64': False})}.e30.x", ForeignFault.MALFORMED),
        (lambda: f"{encode(b'[' * 9000)}.e30.x", ForeignFault.MALFORMED),
    ],
)
async def test_what_is_forged_is_not_believed(make: Callable[[], str], fault: ForeignFault) -> None:
    assert await judge(make()) is fault


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_a_token_without_a_signature_is_not_believed(algorithm: str) -> None:
    assert await judge(_unsigned(algorithm)) is ForeignFault.ALGORITHM


@pytest.mark.parametrize("kid", ["rsa", None])
async def test_a_key_that_a_token_brings_along_is_not_taken(kid: str | None) -> None:
    public = OTHER.as_dict(private=False)
    token = sign(claims(), OTHER, kid=kid, jwk={name: public[name] for name in ("kty", "n", "e")})
    assert await judge(token) is ForeignFault.BAD_SIGNATURE


@pytest.mark.parametrize("kid", ["", "other", "../../keys", "' OR 1=1 --", "https://evil.example"])
async def test_a_key_that_nobody_knows_is_not_guessed(kid: str) -> None:
    assert await judge(sign(claims(), kid=kid)) is ForeignFault.UNKNOWN_KEY


async def test_a_token_without_measure_is_not_read() -> None:
    assert await judge(sign(claims(x="x" * LARGEST_TOKEN))) is ForeignFault.MALFORMED


@pytest.mark.parametrize("name", ["jwk", "x5c", "jku", "x5u", "x5t", "cty", "url", "x5t#S256"])
async def test_nothing_in_a_header_makes_us_stumble(name: str) -> None:
    head = {"alg": "RS256", "kid": "rsa", name: {"a": [1]}}
    token = f"{encode(head)}.{encode(claims())}.{encode(b'x' * 256)}"
    assert await judge(token) is ForeignFault.BAD_SIGNATURE


async def test_a_key_of_one_issuer_does_not_sign_for_another() -> None:
    documents = usual_documents()
    documents.put_issuer(publish(OTHER, "other"), issuer="https://other.example")
    token = sign(claims(), OTHER, kid="other")
    assert await judge(token, documents) is ForeignFault.UNKNOWN_KEY
    # What it signs in its own name is its own.
    mine = Expected("https://other.example", AUDIENCE, USUAL_ALGORITHMS, NOW)
    assert await judge(token, documents, mine) is ForeignFault.WRONG_ISSUER


async def test_metadata_of_another_issuer_is_not_believed() -> None:
    documents = usual_documents()
    described = documents.by_url[f"{ISSUER}/.well-known/openid-configuration"]
    documents.by_url[f"{ISSUER}/.well-known/openid-configuration"] = {
        **described,
        "issuer": "https://evil.example",
    }
    assert await judge(sign(claims()), documents) is ForeignFault.WRONG_ISSUER


async def test_an_issuer_that_cannot_be_reached_vouches_for_nobody() -> None:
    assert await judge(sign(claims()), Documents()) is ForeignFault.UNREACHABLE


async def test_only_an_issuer_with_one_key_need_not_name_it() -> None:
    token = sign(claims(), kid=None)
    single, several = Documents(), Documents()
    single.put_issuer(publish(RSA, "rsa"), publish(EC, "ec"))
    several.put_issuer(publish(RSA, "rsa"), publish(OTHER, "other"))
    assert isinstance(await judge(token, single), Foreign)
    assert await judge(token, several) is ForeignFault.UNKNOWN_KEY


def _short_key() -> dict[str, Any]:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - too short on purpose
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": "rsa", "n": encode(numbers.n.to_bytes(128, "big")), "e": "AQAB"}


@pytest.mark.parametrize(
    "key",
    [
        _short_key(),
        publish(RSA, "rsa", use="enc"),
        publish(RSA, "rsa", alg="RS512"),
        {"kty": "RSA", "kid": "rsa", "n": 5, "e": "AQAB"},
        {"kty": "RSA", "kid": "rsa", "n": "!", "e": "AQAB"},
        {"kty": "oct", "kid": "rsa", "k": "AAAA"},
        {"kid": "rsa"},
    ],
)
async def test_a_key_that_is_not_fit_to_sign_is_none(key: dict[str, Any]) -> None:
    documents = Documents()
    documents.put_issuer(key)
    assert await judge(sign(claims()), documents) is ForeignFault.UNKNOWN_KEY


@pytest.mark.parametrize("keys", [None, 5, {}, [None], ["a"]])
async def test_keys_that_are_not_listed_are_none(keys: object) -> None:
    documents = usual_documents()
    documents.by_url[f"{ISSUER}/keys"] = {"keys": keys}
    assert await judge(sign(claims()), documents) is ForeignFault.UNKNOWN_KEY


def _id_claims(changes: dict[str, Any]) -> ForeignClaims:
    return ForeignClaims(iss=ISSUER, sub="s1", **{"aud": "me", "exp": 1, "nonce": "n", **changes})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"aud": ("me",)}, None),
        ({"azp": "me"}, None),
        # The example of OpenID Connect Core, A.3.
        ({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}, None),
        ({"aud": ("me", "other")}, ForeignFault.WRONG_AUDIENCE),
        ({"azp": "other"}, ForeignFault.WRONG_CLIENT),
        ({"nonce": "m"}, ForeignFault.WRONG_NONCE),
        ({"nonce": None}, ForeignFault.WRONG_NONCE),
        ({"nonce": ""}, ForeignFault.WRONG_NONCE),
        ({"at_hash": "77QmUPtjPfzWtF2AnpK9Rq"}, ForeignFault.WRONG_HASH),
        ({"at_hash": ""}, ForeignFault.WRONG_HASH),
    ],
)
def test_an_id_token_is_for_this_sign_in_alone(
    changes: dict[str, Any], fault: ForeignFault | None
) -> None:
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert judge_id_token(_id_claims(changes), "me", "n", token, "RS256") is fault


@pytest.mark.parametrize("token", ["", "a.b.c", "a.e30.c", f"a.{'x' * LARGEST_TOKEN}.c", "a.ä.c"])
def test_nobody_is_named_by_what_cannot_be_read(token: str) -> None:
    assert peek_issuer(token) is None


def test_an_issuer_can_be_told_before_anything_is_believed() -> None:
    assert peek_issuer(sign(claims())) == ISSUER
