"""Consent: what is asked, who may give it, what it comes to, and what the client is told."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import ADA, BACK, BEA, GUS, WEB, Visitor, World, told
from tests.identity.test_token_endpoint import claims_of
from tests.support.events import read_events
from tests.support.service import ORIGIN, TENANT, id_of
from timebound.application.catalog import free_permissions, graph_permissions
from timebound.application.ports import TenantRecord
from timebound.domain.events import Fact
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.privileged import PRIVILEGED_FOR_PEOPLE
from timebound.identity.discovery import Place
from timebound.identity.flows.admin_consent import ask_admin_consent
from timebound.identity.flows.authorize import authorize
from timebound.identity.flows.consenting import give_consent
from timebound.identity.flows.declining import decline_consent
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import AskConsent, Outcome, SendTo, ShowTrouble
from timebound.identity.flows.visits import Visit
from timebound.identity.problems import Fault, Refusal

MAIL = "openid Mail.Read"
ROLES = "openid RoleManagement.ReadWrite.Directory"
ADMIN = f"/{TENANT}/adminconsent"


async def visit(world: World, visitor: Visitor, **fields: str) -> Visit:
    tenant = await world.service.parts.store.find_tenant(TENANT)
    assert isinstance(tenant, TenantRecord)
    asked = {
        "client_id": WEB,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": MAIL,
        "state": "s-1",
    }
    return Visit(Place(tenant, TENANT), ORIGIN, visitor.cookies, asked | fields)


async def asked(world: World, visitor: Visitor, **fields: str) -> AskConsent:
    outcome = await authorize(flows_of(world), await visit(world, visitor, **fields))
    assert isinstance(outcome, AskConsent)
    return outcome


async def answer(
    world: World, visitor: Visitor, question: AskConsent, *, is_for_all: bool = False
) -> Interaction | Refusal:
    """Where the browser goes on once somebody has consented."""
    found = world.interactions.open(question.ctx, TenantId(TENANT))
    present = await world.sessions.find(visitor.browser)
    assert found is not None
    assert present is not None
    refused = await give_consent(flows_of(world), present, found, is_for_all=is_for_all)
    assert not isinstance(refused, SendTo)
    return refused or found


async def own(world: World, name: str) -> frozenset[str]:
    user_id = PrincipalId(id_of("user", name))
    store = world.service.parts.store
    return await store.user_permissions(TenantId(TENANT), ApplicationId(WEB), user_id)


async def for_all(world: World, *, is_delegated: bool = True) -> frozenset[str]:
    store = world.service.parts.store
    return await store.granted_permissions(
        TenantId(TENANT), ApplicationId(WEB), is_delegated=is_delegated
    )


@pytest.mark.documented("consent framework: people consent for themselves, once")
async def test_somebody_consents_for_themselves(world: World) -> None:
    visitor = await world.sign_in(BEA)
    question = await asked(world, visitor)
    assert (question.application_name, question.user_name) == ("Web", BEA)
    assert question.delegated == ("Mail.Read",)
    assert not question.needs_administrator
    assert not question.may_decide_for_all
    found = await answer(world, visitor, question)
    assert isinstance(found, Interaction)
    code = told(await visitor.get(found.back))["code"]
    body = (await world.redeem(code, scope=MAIL)).json()
    assert "Mail.Read" in claims_of(body["access_token"])["scp"].split()
    assert await own(world, BEA) == {"Mail.Read"}
    assert "Mail.Read" not in await for_all(world)
    assert await own(world, ADA) == frozenset()


@pytest.mark.documented("Graph: a consented permission works at its API, for who consented alone")
async def test_a_consent_counts_at_the_api(world: World) -> None:
    visitor = await world.sign_in(BEA)
    scope = "openid User.ReadBasic.All"
    found = await answer(world, visitor, await asked(world, visitor, scope=scope))
    assert isinstance(found, Interaction)
    code = told(await visitor.get(found.back))["code"]
    token = (await world.redeem(code, scope=scope)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    users = await world.service.client.get("/v1.0/users", headers=headers)
    assert users.status_code == httpx.codes.OK


@pytest.mark.documented("consent framework: what needs an administrator is not given by others")
async def test_some_permissions_need_an_administrator(world: World) -> None:
    visitor = await world.sign_in(BEA)
    question = await asked(world, visitor, scope=ROLES)
    assert question.needs_administrator
    refused = await answer(world, visitor, question)
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.ADMINISTRATOR_NEEDED
    refused = await answer(world, visitor, question, is_for_all=True)
    assert isinstance(refused, Refusal)
    assert await own(world, BEA) == frozenset()
    assert await for_all(world) == {"User.Read"}


@pytest.mark.documented("AADSTS90094: only an administrator can consent; 65001: somebody has to")
async def test_the_client_is_told_who_has_to_consent(world: World) -> None:
    visitor = await world.sign_in(BEA)
    silent = told(await visitor.authorize(scope=ROLES, prompt="none"))
    assert silent["error_description"].startswith("AADSTS90094")
    silent = told(await visitor.authorize(scope=MAIL, prompt="none"))
    assert silent["error_description"].startswith("AADSTS65001")
    question = await asked(world, visitor, scope=ROLES)
    found = world.interactions.open(question.ctx, TenantId(TENANT))
    assert found is not None
    outcome = await decline_consent(flows_of(world), await visit(world, visitor), found)
    assert sent(outcome)["error"] == "consent_required"
    assert sent(outcome)["error_description"].startswith("AADSTS90094")


@pytest.mark.documented("consent framework: nobody but an administrator consents for everybody")
async def test_a_harmless_permission_is_for_everybody_by_an_administrator(world: World) -> None:
    visitor = await world.sign_in(BEA)
    refused = await answer(world, visitor, await asked(world, visitor), is_for_all=True)
    assert isinstance(refused, Refusal)
    admin = await world.sign_in(GUS)
    question = await asked(world, admin)
    assert question.may_decide_for_all
    assert isinstance(await answer(world, admin, question, is_for_all=True), Interaction)
    assert await for_all(world) == {"User.Read", "Mail.Read"}
    assert "code" in told(await visitor.authorize(scope=MAIL))


@pytest.mark.documented("consent framework: an administrator can consent for themselves alone")
async def test_an_administrator_consents_for_themselves(world: World) -> None:
    admin = await world.sign_in(GUS)
    question = await asked(world, admin, scope=ROLES)
    assert not question.needs_administrator
    assert isinstance(await answer(world, admin, question), Interaction)
    assert await own(world, GUS) == {"RoleManagement.ReadWrite.Directory"}
    assert await for_all(world) == {"User.Read"}


@pytest.mark.documented("consent framework: incremental consent asks for what is new alone")
async def test_only_what_is_new_is_asked_for(world: World) -> None:
    visitor = await world.sign_in(BEA)
    question = await asked(world, visitor, scope="openid User.Read Mail.Read mail.send")
    assert question.delegated == ("Mail.Read", "Mail.Send")


@pytest.mark.documented("identity platform: prompt=consent asks again, for all of it")
async def test_consent_can_be_asked_for_again(world: World) -> None:
    visitor = await world.sign_in(BEA)
    question = await asked(world, visitor, scope="openid User.Read", prompt="consent")
    assert question.delegated == ("User.Read",)
    found = await answer(world, visitor, question)
    assert isinstance(found, Interaction)
    assert "code" in told(await visitor.get(found.back))


@pytest.mark.documented("consent framework: .default asks for what the registration declares")
async def test_default_asks_for_what_is_declared(world: World) -> None:
    await world.change(WEB, requiredResourceAccess=declared("Mail.Read", "User.Read", "openid"))
    visitor = await world.sign_in(BEA)
    scope = "https://graph.microsoft.com/.default"
    assert (await asked(world, visitor, scope=scope)).delegated == ("Mail.Read",)


def declared(*names: str, roles: tuple[str, ...] = ()) -> tuple[Fact, ...]:
    known = graph_permissions().by_value
    access: list[Fact] = [{"id": known[name].delegated_id, "type": "Scope"} for name in names]
    access += [{"id": known[name].application_id, "type": "Role"} for name in roles]
    graph = "00000003-0000-0000-c000-000000000000"
    return ({"resourceAppId": graph, "resourceAccess": tuple(access)},)


@pytest.mark.documented("AADSTS65004: the client is told that consent was declined")
async def test_a_declined_consent_is_told_the_client(world: World) -> None:
    visitor = await world.sign_in(BEA)
    found = world.interactions.open((await asked(world, visitor)).ctx, TenantId(TENANT))
    assert found is not None
    outcome = await decline_consent(flows_of(world), await visit(world, visitor), found)
    fields = sent(outcome)
    assert fields["error"] == "access_denied"
    assert fields["error_description"].startswith("AADSTS65004")
    assert fields["state"] == "s-1"


def sent(outcome: Outcome) -> dict[str, str]:
    assert isinstance(outcome, SendTo)
    assert outcome.url.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(outcome.url).query))


@pytest.mark.inferred("what was sealed for one page or one person is worth nothing for another")
async def test_only_who_was_asked_answers_the_question(world: World) -> None:
    bea, gus = await world.sign_in(BEA), await world.sign_in(GUS)
    question = await asked(world, bea, scope=ROLES)
    refused = await answer(world, gus, question)
    assert refused == Refusal(Fault.PAGE_OVER)
    found = world.interactions.open(question.ctx, TenantId(TENANT))
    assert found is not None
    present = await world.sessions.find(bea.browser)
    assert present is not None
    other = replace(found, details={**found.details, "for": "signOut"})
    assert await give_consent(flows_of(world), present, other, is_for_all=True) == refused
    outcome = await decline_consent(flows_of(world), await visit(world, bea), other)
    assert outcome == ShowTrouble(Refusal(Fault.PAGE_OVER))


@pytest.mark.inferred("promise 4: nothing is granted unlogged, and refusals are facts")
async def test_consents_and_refusals_are_told(world: World) -> None:
    visitor = await world.sign_in(BEA)
    await answer(world, visitor, await asked(world, visitor))
    await answer(world, visitor, await asked(world, visitor, scope=ROLES))
    log = await events(world)
    granted = [data for kind, data in log if kind == "permissionGranted" and "userId" in data]
    assert [data["permission"] for data in granted] == ["Mail.Read"]
    assert granted[0]["userId"] == id_of("user", BEA)
    refused = [data for kind, data in log if kind == "changeRefused"]
    assert len(refused) == 1


async def events(world: World) -> list[tuple[str, Mapping[str, Any]]]:
    url = world.service.parts.settings.database
    return [(one.kind.value, one.data) for one in await read_events(url, TENANT)]


@pytest.mark.documented("permissions reference: what a person may give is harmless and delegated")
def test_nothing_privileged_is_free() -> None:
    known = graph_permissions().by_value
    assert free_permissions().isdisjoint(PRIVILEGED_FOR_PEOPLE)
    assert all(known[name].delegated_id for name in free_permissions())
    assert not [name for name in free_permissions() if re.search("RoleManagement|Directory", name)]


@pytest.mark.documented("admin consent endpoint: everything declared, for everybody")
async def test_an_administrator_permits_an_application_ahead(world: World) -> None:
    access = declared("Mail.Read", roles=("User.Read.All",))
    await world.change(WEB, requiredResourceAccess=access)
    admin = await world.sign_in(GUS)
    outcome = await ask_admin_consent(
        flows_of(world), await visit(world, admin, scope="", prompt="")
    )
    assert isinstance(outcome, AskConsent)
    assert (outcome.delegated, outcome.application) == (("Mail.Read",), ("User.Read.All",))
    assert outcome.is_for_everybody
    assert not outcome.needs_administrator
    found = await answer(world, admin, outcome)
    assert isinstance(found, Interaction)
    fields = told(await admin.get(found.back))
    assert (fields["admin_consent"], fields["tenant"]) == ("True", TENANT)
    assert fields["state"] == "s-1"
    assert "User.Read.All" in await for_all(world, is_delegated=False)


@pytest.mark.documented("admin consent endpoint: others may not")
async def test_nobody_else_permits_an_application_ahead(world: World) -> None:
    visitor = await world.sign_in(BEA)
    outcome = await ask_admin_consent(flows_of(world), await visit(world, visitor, scope=MAIL))
    assert isinstance(outcome, AskConsent)
    assert outcome.needs_administrator
    assert isinstance(await answer(world, visitor, outcome), Refusal)
    found = world.interactions.open(outcome.ctx, TenantId(TENANT))
    assert found is not None
    declined = await decline_consent(flows_of(world), await visit(world, visitor), found)
    assert sent(declined)["error_description"].startswith("AADSTS90094")


@pytest.mark.documented("admin consent endpoint: sign-in first; registered URIs alone")
async def test_admin_consent_asks_for_a_sign_in_and_answers_registered_uris(world: World) -> None:
    fields = {"client_id": WEB, "redirect_uri": BACK, "scope": "User.Read"}
    sent_on = await world.nobody().get(ADMIN, fields)
    assert urlsplit(world.opened(sent_on).back).path == ADMIN
    admin = await world.sign_in(GUS)
    assert told(await admin.get(f"/{TENANT}/v2.0/adminconsent", fields))["admin_consent"] == "True"
    evil = await admin.get(ADMIN, fields | {"redirect_uri": "https://evil.example"})
    assert evil.status_code == httpx.codes.BAD_REQUEST
    assert "location" not in evil.headers
