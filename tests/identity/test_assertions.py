"""Client assertions: those that prove a client, and the attacks that they have to withstand."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support import proving as p
from tests.support.service import (
    EMPTY,
    ORIGIN,
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
LONG = timedelta(days=36500)
OWN = p.make_holder("robot", BEGIN, LONG)
CURVE = p.make_holder("robot curve", BEGIN, LONG, is_elliptic=True)
OVER = p.make_holder("robot of old", BEGIN, timedelta(days=30))
EVIL = p.make_holder("robot", BEGIN + timedelta(days=1), LONG)
OTHER = p.make_holder("empty", BEGIN, LONG)
TOKEN_URL = f"{ORIGIN}/{TENANT}/oauth2/v2.0/token"
KEYS = {ROBOT: [OWN.pem, CURVE.pem, OVER.pem], EMPTY: [OTHER.pem]}


def with_keys() -> dict[str, Any]:
    applications = [
        {**one, "certificates": KEYS.get(one["appId"], [])} for one in SEED["applications"]
    ]
    return {**SEED, "applications": applications}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("assertions")
    settings = replace(emulator(folder), seed=write_seed_file(folder, with_keys()))
    async with open_service(settings) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A service where an assertion counts once."""
    folder = tmp_path_factory.mktemp("once")
    seed = {**with_keys(), "settings": {"assertion_reuse": "refuse"}}
    settings = replace(emulator(folder), seed=write_seed_file(folder, seed))
    async with open_service(settings) as opened:
        yield opened


def good(service: Service, **claims: Any) -> p.Assertion:  # noqa: ANN401 - claims are of any kind
    return p.Assertion(ROBOT, TOKEN_URL, service.parts.system.now(), claims)


async def show(service: Service, assertion: str, **fields: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": p.JWT_BEARER,
        "client_assertion": assertion,
        **fields,
    }
    return await service.ask_token({name: value for name, value in form.items() if value})


@dataclass(frozen=True, slots=True)
class Way:
    """How a client may sign and name its key."""

    holder: p.KeyHolder
    algorithm: str
    header: Mapping[str, Any]
    drops: frozenset[str] = frozenset()


NO_NAMES = frozenset({"x5t", "x5t#S256"})
WAYS = {
    "msal for Python, sha1": Way(OWN, "RS256", {}),
    "msal for Python, sha256": Way(OWN, "PS256", {}),
    "msal for Python, chain": Way(OWN, "RS256", {"x5c": p.chain(OWN, OTHER)}),
    "msal for Node, chain": Way(OWN, "PS256", {"x5c": p.chain(OWN)}),
    "one certificate as a text": Way(OWN, "RS256", {"x5c": p.chain(OWN)[0]}),
    "chain with line breaks": Way(OWN, "RS256", {"x5c": ["\n".join(OWN.pem.split("\n")[1:-2])]}),
    "chain alone": Way(OWN, "RS256", {"x5c": p.chain(OWN)}, NO_NAMES),
    "kid": Way(OWN, "RS256", {"kid": OWN.sha1.hex().upper()}, NO_NAMES),
    "elliptic curve": Way(CURVE, "ES256", {}),
}


@pytest.mark.observed("clients/contract.md, finding 15; requests/msal of Python and Node")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_a_client_proves_itself_by_what_it_has_signed(service: Service, way: Way) -> None:
    assertion = replace(good(service), header=way.header, drops=way.drops)
    answer = await show(service, assertion.sign(way.holder, way.algorithm))
    assert answer.status_code == httpx.codes.OK
    assert p.read_claims(answer.json()["access_token"])["azpacr"] == "2"


AUDIENCES = {
    "token endpoint": TOKEN_URL,
    "token endpoint of version 1": f"{ORIGIN}/{TENANT}/oauth2/token",
    "issuer": f"{ORIGIN}/{TENANT}/v2.0",
    "authority": f"{ORIGIN}/{TENANT}/",
    "authority by its domain": f"{ORIGIN}/small.example/oauth2/v2.0/token",
    "in a list": ["https://elsewhere.example", TOKEN_URL],
}


@pytest.mark.documented("RFC 7523, 3: the audience is the issuer or the token endpoint")
@pytest.mark.parametrize("audience", AUDIENCES.values(), ids=AUDIENCES.keys())
async def test_the_tenant_is_called_in_several_ways(service: Service, audience: object) -> None:
    answer = await show(service, good(service, aud=audience).sign(OWN))
    assert answer.status_code == httpx.codes.OK


def unsigned(assertion: p.Assertion) -> str:
    return assertion.sign(OWN).rpartition(".")[0] + "."


def keyed(assertion: p.Assertion) -> str:
    """Signed with the public key as if it were a shared secret."""
    content = replace(assertion, header={"alg": "HS256"}).sign(OWN).rpartition(".")[0]
    digest = hmac.digest(OWN.public_pem, content.encode(), "sha256")
    return f"{content}.{p.encode(digest)}"


Forge = Callable[[p.Assertion], str]


def by_evil(**header: object) -> Forge:
    """Signed by somebody else, under a header that names the right key and more."""
    return lambda one: replace(one, header={"x5t": NAME, **header}).sign(EVIL)


def by_evil_kid(kid: str) -> Forge:
    return lambda one: replace(one, header={"kid": kid}, drops=NO_NAMES).sign(EVIL)


def by_own(**header: object) -> Forge:
    """Signed by the right key, under a header that says more."""
    return lambda one: replace(one, header=header).sign(OWN)


def saying(drops: tuple[str, ...] = (), **claims: object) -> Forge:
    """Signed by the right key, with other claims."""
    dropped = frozenset(drops)
    return lambda one: replace(one, claims={**one.claims, **claims}, drops=dropped).sign(OWN)


def at(offset: float, life: float = 600) -> Forge:
    def sign(one: p.Assertion) -> str:
        begin = one.at.timestamp() + offset
        return replace(one, claims={"nbf": begin, "exp": begin + life}).sign(OWN)

    return sign


def by(holder: p.KeyHolder) -> Forge:
    return lambda one: one.sign(holder)


NAME = p.encode(OWN.sha1)
JWK = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
EVIL_URL = "https://evil.example/keys"
DEEP = f"{p.encode(b'[' * 5000)}.{p.encode(b'[' * 5000)}.x"
UNREADABLE, SIGNATURE, LIFE = 50027, 700027, 700024
CLIENT, AUDIENCE, FOREIGN = 700021, 700023, 700211
ATTACKS: dict[str, tuple[Forge, int]] = {
    "alg none": (lambda one: unsigned(replace(one, header={"alg": "none"})), SIGNATURE),
    "no signature": (unsigned, SIGNATURE),
    "public key as a secret": (keyed, SIGNATURE),
    "signed by another key": (by_evil(), SIGNATURE),
    "own key in the chain": (by_evil(x5c=p.chain(EVIL)), SIGNATURE),
    "own key before the right one": (by_evil(x5c=p.chain(EVIL, OWN)), SIGNATURE),
    "the right chain, not signed by it": (by_evil(x5c=p.chain(OWN, EVIL)), SIGNATURE),
    "an empty chain": (by_evil(x5c=["", "%"]), SIGNATURE),
    "a name beside another's chain": (
        by_own(x5c=p.chain(OWN), x5t=p.encode(CURVE.sha1)),
        SIGNATURE,
    ),
    "two names for two keys": (by_own(**{"x5t#S256": p.encode(CURVE.sha256)}), SIGNATURE),
    "own key in the header": (by_evil(jwk=JWK), UNREADABLE),
    "address of keys": (by_evil(jku=EVIL_URL), UNREADABLE),
    "address of certificates": (by_evil(x5u=EVIL_URL), UNREADABLE),
    "kid that is a path": (by_evil_kid("../../dev/null"), SIGNATURE),
    "kid that is SQL": (by_evil_kid("' OR 1=1 --"), SIGNATURE),
    "kid that is empty": (by_evil_kid(""), SIGNATURE),
    "no name of a key": (lambda one: replace(one, drops=NO_NAMES).sign(OWN), SIGNATURE),
    "certificate that is over": (by(OVER), SIGNATURE),
    "certificate of another client": (by(OTHER), SIGNATURE),
    "RSA under the name of the curve": (by_own(alg="ES256"), SIGNATURE),
    "another hash": (by_own(alg="RS512"), SIGNATURE),
    "critical header": (by_own(crit=["exp"]), UNREADABLE),
    "unencoded payload": (by_own(b64=False, crit=["b64"]), UNREADABLE),
    "subject of another client": (saying(sub=EMPTY), CLIENT),
    "issuer of another client": (saying(iss=EMPTY), FOREIGN),
    "no issuer": (saying(("iss",)), UNREADABLE),
    "no subject": (saying(("sub",)), UNREADABLE),
    "no audience": (saying(("aud",)), UNREADABLE),
    "no audiences": (saying(aud=[]), AUDIENCE),
    "no end": (saying(("exp",)), UNREADABLE),
    "end that is no number": (saying(exp="9999999999"), UNREADABLE),
    "end beyond numbers": (saying(exp=1e300), UNREADABLE),
    "for another service": (saying(aud="https://login.microsoftonline.com/common"), AUDIENCE),
    "for another tenant": (saying(aud=TOKEN_URL.replace(TENANT, EMPTY)), AUDIENCE),
    "for any tenant": (saying(aud=TOKEN_URL.replace(TENANT, "common")), AUDIENCE),
    "for a host that begins alike": (saying(aud=f"{ORIGIN}.evil.example/{TENANT}"), AUDIENCE),
    "over": (at(-600 - 301), LIFE),
    "not begun": (at(301), LIFE),
    "lasts for ever": (at(0, life=86400 + 60), LIFE),
    "oversized": (saying(padding="x" * 16384), UNREADABLE),
    "deep": (lambda _: DEEP, UNREADABLE),
    "two parts": (lambda one: one.sign(OWN).rpartition(".")[0], UNREADABLE),
    "five parts": (lambda one: one.sign(OWN) + ".x.y", UNREADABLE),
    "not ASCII": (lambda _: "\u00e9.\u00e9.\u00e9", UNREADABLE),
}


@pytest.mark.documented("RFC 7523, 3; RFC 8725, 3: what a verifier refuses")
@pytest.mark.parametrize("name", ATTACKS)
async def test_an_assertion_that_is_not_right_proves_nothing(service: Service, name: str) -> None:
    forge, code = ATTACKS[name]
    assertion = good(service)
    assert (await show(service, assertion.sign(OWN))).status_code == httpx.codes.OK
    answer = await show(service, forge(assertion))
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert (answer.json()["error"], answer.json()["error_codes"]) == ("invalid_client", [code])
    assert "access_token" not in answer.text


@pytest.mark.inferred("clocks differ: five minutes are tolerated, as Microsoft's service does")
@pytest.mark.parametrize("forge", [at(-600 - 290), at(290)], ids=["behind", "ahead"])
async def test_the_clock_of_a_client_may_be_a_little_off(service: Service, forge: Forge) -> None:
    assert (await show(service, forge(good(service)))).status_code == httpx.codes.OK


@pytest.mark.documented("RFC 7523, 2.2: what names the kind of assertion")
@pytest.mark.parametrize("kind", ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
async def test_the_kind_of_the_assertion_has_to_be_named(service: Service, kind: str) -> None:
    answer = await show(service, good(service).sign(OWN), client_assertion_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.documented("RFC 6749, 2.3: a client uses one method to prove itself")
async def test_an_assertion_does_not_come_beside_a_secret(service: Service) -> None:
    answer = await show(service, good(service).sign(OWN), client_secret=SECRET)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.documented("RFC 7523, 3: an assertion proves the client that it names")
async def test_an_assertion_does_not_prove_another_client(service: Service) -> None:
    answer = await show(service, good(service).sign(OWN), client_id=EMPTY)
    assert answer.json()["error_codes"] == [FOREIGN]


@pytest.mark.documented("RFC 7523, 3: an assertion is for the tenant that it names, by any name")
async def test_a_tenant_that_was_asked_by_a_shared_name_may_be_called_so(service: Service) -> None:
    url = TOKEN_URL.replace(TENANT, "organizations")
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": p.JWT_BEARER,
        "client_assertion": good(service, aud=url).sign(OWN),
    }
    assert (await service.ask_token(form, "organizations")).status_code == httpx.codes.OK
    assert (await service.ask_token(form)).json()["error_codes"] == [AUDIENCE]


@pytest.mark.observed("msal for Python, oauth2cli/assertion: an assertion is used for nine minutes")
async def test_an_assertion_may_be_used_again_while_it_lives(service: Service) -> None:
    assertion = good(service).sign(OWN)
    answers = [await show(service, assertion) for _ in range(2)]
    assert [one.status_code for one in answers] == [httpx.codes.OK, httpx.codes.OK]


REPLAYED = 50013


@pytest.mark.documented("RFC 7523, 3: a server may refuse a `jti` that it has seen")
async def test_of_eight_that_show_an_assertion_at_once_one_is_believed(strict: Service) -> None:
    assertion = good(strict, jti="at once").sign(OWN)
    answers = await asyncio.gather(*(show(strict, assertion) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200, *[401] * 7]
    refused = [one.json() for one in answers if one.status_code != httpx.codes.OK]
    assert {one["error_codes"][0] for one in refused} == {REPLAYED}


@pytest.mark.documented("RFC 7523, 3: the `jti` is what an assertion is known by")
async def test_an_assertion_is_known_again_however_it_is_written(strict: Service) -> None:
    first, again = good(strict, jti="same"), good(strict, jti="same", extra=1)
    assert (await show(strict, first.sign(OWN))).status_code == httpx.codes.OK
    assert (await show(strict, again.sign(OWN, "PS256"))).json()["error_codes"] == [REPLAYED]
    assert (await show(strict, good(strict, jti="other").sign(OWN))).status_code == httpx.codes.OK


@pytest.mark.inferred("without a `jti` what was signed is what it is known by: PS256 is salted")
async def test_an_assertion_without_a_name_is_known_by_what_was_signed(strict: Service) -> None:
    bare = replace(good(strict, extra=2), drops=frozenset({"jti"}))
    assert (await show(strict, bare.sign(OWN, "PS256"))).status_code == httpx.codes.OK
    assert (await show(strict, bare.sign(OWN, "PS256"))).json()["error_codes"] == [REPLAYED]


@pytest.mark.inferred("who cannot sign cannot use up the assertions of those who can")
async def test_a_forged_assertion_uses_nothing_up(strict: Service) -> None:
    assertion = good(strict, jti="forged first")
    assert (await show(strict, by_evil()(assertion))).status_code == httpx.codes.UNAUTHORIZED
    assert (await show(strict, assertion.sign(OWN))).status_code == httpx.codes.OK
