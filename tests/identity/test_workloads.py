"""Workloads of other issuers that stand for an application: trusted letter by letter, or not."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey

from tests.identity.outgoing.issuers import EC, ISSUER, RSA, Documents, encode, publish, sign
from tests.identity.outgoing.remote import LOOPBACK
from tests.support.proving import JWT_BEARER, read_claims
from tests.support.running import running
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
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.server.app import create_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEEPER = "11111111-0000-4000-8000-000000000009"
EXCHANGE = "api://AzureADTokenExchange"
SUBJECT = "repo:octo/cat:ref:refs/heads/main"
PATH = f"/v1.0/applications(appId='{ROBOT}')/federatedIdentityCredentials"
BETA = PATH.replace("v1.0", "beta")
GRAPH = "https://graph.microsoft.com/.default"
EVIL = RSAKey.generate_key(2048)


def with_keeper() -> dict[str, Any]:
    keeper = {
        "displayName": "Keeper",
        "kind": "confidential",
        "appId": KEEPER,
        "clientSecret": SECRET,
        "permissions": {
            "application": ["Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
        },
    }
    return {**SEED, "applications": [*SEED["applications"], keeper]}


@dataclass(frozen=True, slots=True)
class Place:
    """A service whose Robot trusts one workload, and what the issuer tells."""

    service: Service
    documents: Documents

    def claims(self, **changes: object) -> dict[str, Any]:
        """The claims of a token of the workload, with changes; None leaves one out."""
        at = int(self.service.parts.system.now().timestamp())
        good = {"iss": ISSUER, "sub": SUBJECT, "aud": EXCHANGE, "iat": at, "exp": at + 3600}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    async def show(self, token: str, client_id: str = ROBOT) -> httpx.Response:
        """What the token endpoint says to a token of the workload."""
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "scope": GRAPH,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": token,
        }
        return await self.service.ask_token(form)


async def trust(service: Service, path: str = PATH, /, **changes: object) -> httpx.Response:
    """Has the Robot trust a workload."""
    form = {
        "grant_type": "client_credentials",
        "client_id": KEEPER,
        "client_secret": SECRET,
        "scope": GRAPH,
    }
    token = (await service.ask_token(form)).json()["access_token"]
    body = {"name": "main", "issuer": ISSUER, "subject": SUBJECT, "audiences": [EXCHANGE]}
    headers = {"authorization": f"Bearer {token}"}
    return await service.client.post(path, json={**body, **changes}, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("workloads")
    settings = replace(emulator(folder), seed=write_seed_file(folder, with_keeper()))
    documents = Documents()
    documents.put_issuer(publish(RSA, "rsa"), publish(EC, "ec"))
    async with open_service(settings) as opened:
        others = replace(opened.parts.others, issuers=IssuerKeys(documents))
        parts = replace(opened.parts, others=others)
        app = create_app(parts)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            service = Service(parts, client, app)
            assert (await trust(service)).status_code == httpx.codes.CREATED
            yield Place(service, documents)


@pytest.mark.documented("workload identity federation: client_assertion of a trusted issuer")
@pytest.mark.parametrize(
    "header", [{}, {"alg": "PS256"}, {"key": EC, "alg": "ES256", "kid": "ec"}, {"typ": None}]
)
async def test_a_workload_stands_for_its_application(place: Place, header: dict[str, Any]) -> None:
    told = dict(header)
    token = sign(place.claims(), told.pop("key", RSA), **told)
    # It is used for one resource after the other, until it ends.
    for _ in range(2):
        answer = await place.show(token)
        assert answer.status_code == httpx.codes.OK, answer.text
        claims = read_claims(answer.json()["access_token"])
        assert (claims["appid"], claims["azpacr"], claims["tid"]) == (ROBOT, "2", TENANT)


Forge = Callable[[Place], str]


def saying(**changes: object) -> Forge:
    return lambda place: sign(place.claims(**changes))


def under(key: RSAKey = RSA, **header: object) -> Forge:
    return lambda place: sign(place.claims(), key, **header)


def timed(**seconds: float) -> Forge:
    def forge(place: Place) -> str:
        now = place.service.parts.system.now().timestamp()
        return sign(place.claims(**{name: now + value for name, value in seconds.items()}))

    return forge


def unsigned(place: Place) -> str:
    header = {"alg": "none", "typ": "JWT"}
    return f"{encode(header)}.{encode(place.claims())}."


UNREADABLE, SIGNATURE, LIFE, KEYS = 50027, 700027, 700024, 50013
OF_ISSUER, OF_AUDIENCE, OF_SUBJECT = 700211, 700212, 700213
ATTACKS: dict[str, tuple[Forge, int]] = {
    "alg none": (unsigned, SIGNATURE),
    "a key of somebody else": (under(EVIL), SIGNATURE),
    "an unknown key": (under(EVIL, kid="evil"), SIGNATURE),
    "a key in the header": (under(EVIL, jwk=EVIL.as_dict(private=False)), SIGNATURE),
    "an address of keys": (under(EVIL, jku="https://evil.example/keys"), SIGNATURE),
    "something critical": (under(crit=["b64"], b64=True), UNREADABLE),
    "another issuer": (saying(iss="https://evil.example"), OF_ISSUER),
    "an issuer that ends otherwise": (saying(iss=f"{ISSUER}/"), OF_ISSUER),
    "another subject": (saying(sub="repo:octo/cat:ref:refs/heads/other"), OF_SUBJECT),
    "a subject in other letters": (saying(sub=SUBJECT.upper()), OF_SUBJECT),
    "another audience": (saying(aud="api://elsewhere"), OF_AUDIENCE),
    "no audience": (saying(aud=[]), OF_AUDIENCE),
    "no subject": (saying(sub=None), UNREADABLE),
    "no end": (saying(exp=None), UNREADABLE),
    "over": (timed(exp=-1), LIFE),
    "not begun": (timed(nbf=120), LIFE),
    "oversized": (saying(padding="x" * 16384), UNREADABLE),
}


@pytest.mark.documented("workload identity federation: issuer, subject and audience have to match")
@pytest.mark.parametrize("name", ATTACKS)
async def test_a_workload_that_is_another_does_not(place: Place, name: str) -> None:
    assert (await place.show(sign(place.claims()))).status_code == httpx.codes.OK
    forge, code = ATTACKS[name]
    answer = await place.show(forge(place))
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert (answer.json()["error"], answer.json()["error_codes"]) == ("invalid_client", [code])


@pytest.mark.inferred("what one application trusts is nothing to another")
async def test_a_workload_stands_for_no_other_application(place: Place) -> None:
    answer = await place.show(sign(place.claims()), EMPTY)
    assert answer.json()["error_codes"] == [OF_ISSUER]


@pytest.mark.inferred("only what an application trusts makes us ask anybody")
async def test_nobody_is_asked_for_whom_nobody_trusts(place: Place) -> None:
    before = len(place.documents.asked)
    for changes in ({"iss": "https://evil.example"}, {"sub": "x"}, {"aud": "x"}):
        answer = await place.show(sign(place.claims(**changes)))
        assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert len(place.documents.asked) == before


@pytest.mark.inferred("an issuer that cannot be asked proves nothing, and is no fault of ours")
async def test_an_issuer_that_is_silent_proves_nothing(place: Place) -> None:
    silent = "https://silent.example"
    assert (await trust(place.service, name="silent", issuer=silent)).status_code == 201
    answer = await place.show(sign(place.claims(iss=silent)))
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [KEYS])
    liar = "https://liar.example"
    place.documents.put_issuer(publish(RSA, "rsa"), issuer=liar)
    place.documents.by_url[f"{liar}/.well-known/openid-configuration"] = {"issuer": ISSUER}
    assert (await trust(place.service, name="liar", issuer=liar)).status_code == 201
    answer = await place.show(sign(place.claims(iss=liar)))
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [KEYS])


GITHUB = "https://token.actions.githubusercontent.com"
FLOW = "octo/flows/.github/workflows/deploy.yml@refs/heads/main"
BOTH = (
    "claims['sub'] matches 'repo:octo/cat:*' and "
    "claims['job_workflow_ref'] matches 'octo/flows/*@refs/heads/main'"
)
STRANGERS: dict[str, dict[str, object]] = {
    "another subject": {"sub": "repo:octo/dog:ref:refs/heads/main"},
    "another workflow": {"job_workflow_ref": FLOW.replace("main", "mine")},
    "no workflow": {"job_workflow_ref": None},
    "a workflow that is no text": {"job_workflow_ref": [FLOW]},
}


@pytest.mark.documented("Flexible federated identity credentials: eq, matches, and")
async def test_an_expression_stands_for_all_workloads_that_fit_it(place: Place) -> None:
    place.documents.put_issuer(publish(RSA, "rsa"), issuer=GITHUB)
    expression = {"value": BOTH, "languageVersion": 1}
    body = {"issuer": GITHUB, "subject": None, "claimsMatchingExpression": expression}
    made = await trust(place.service, BETA, name="flows", **body)
    assert made.status_code == httpx.codes.CREATED, made.text

    async def show(key: RSAKey = RSA, /, **changes: object) -> list[int]:
        told = {"iss": GITHUB, "job_workflow_ref": FLOW, **changes}
        answer = await place.show(sign(place.claims(**told), key))
        codes: list[int] = answer.json().get("error_codes", [])
        return codes

    assert await show() == []
    assert await show(sub="repo:octo/cat:pull_request") == []
    for changes in STRANGERS.values():
        assert await show(**changes) == [OF_SUBJECT], changes
    assert await show(aud="api://elsewhere") == [OF_AUDIENCE]
    assert await show(EVIL) == [SIGNATURE]
    assert await show(iss=ISSUER, sub="repo:octo/cat:other") == [OF_SUBJECT], "it has no pattern"


@pytest.mark.documented("issue: tested against a second real authorization server process")
async def test_another_server_vouches_for_its_application(tmp_path: Path) -> None:
    with running(tmp_path / "neighbour") as neighbour:
        told = neighbour.connection
        issuer = f"{told['authority']}/{told['tenantId']}/v2.0"
        program = next(one for one in told["applications"] if one["clientSecret"])
        form = {
            "grant_type": "client_credentials",
            "client_id": program["clientId"],
            "client_secret": program["clientSecret"],
            "scope": GRAPH,
        }
        url = f"{told['authority']}/{told['tenantId']}/oauth2/v2.0/token"
        token = neighbour.call("POST", url, data=form).json()["access_token"]
        claims = read_claims(token)
        assert claims["iss"] == issuer
        settings = replace(
            emulator(tmp_path),
            seed=write_seed_file(tmp_path / "own", with_keeper()),
            outgoing_hosts=(told["authority"],),
            outgoing_networks=LOOPBACK,
            outgoing_trust=Path(told["caBundle"]),
        )
        audience = {"audiences": [claims["aud"]]}
        for allowed in (settings, replace(settings, outgoing_hosts=())):
            async with open_service(allowed) as service:
                await trust(service, issuer=issuer, subject=claims["sub"], **audience)
                answer = await Place(service, Documents()).show(token)
                is_listed = bool(allowed.outgoing_hosts)
                assert (answer.status_code == httpx.codes.OK) is is_listed, answer.text
                if not is_listed:
                    assert answer.json()["error_codes"] == [KEYS]
        forged = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
        async with open_service(settings) as service:
            answer = await Place(service, Documents()).show(forged)
            assert answer.json()["error_codes"] == [SIGNATURE]
