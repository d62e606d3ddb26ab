"""Consent: what is lacking, who may give it, and giving it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from timebound.application.catalog import free_permissions, graph_permissions
from timebound.application.directory.consents import (
    Wanted,
    consent_for_all,
    consent_for_oneself,
    may_consent_for_all,
)
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.tokens import Resource
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.first_party import GRAPH_APP_ID
from timebound.domain.ids import PrincipalId
from timebound.identity.clients import Client, find_client
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import AskConsent
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.registrations import find_registration
from timebound.identity.flows.sessions import Present
from timebound.identity.issuing import list_user_permissions
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import AskedScopes

CONSENT: Final = "consent"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Need:
    """What an application asks for of a person's, and what of it nobody has consented to."""

    asked: tuple[str, ...]
    lacking: tuple[str, ...]


async def find_need(
    flows: Flows, client: Client, asked: AskedScopes, user_id: PrincipalId
) -> Need | Refusal:
    """What is asked for and what is lacking; refused for what the resource does not have.

    `.default` asks for what the registration declares.
    """
    if asked.resource is Resource.ARM:
        return Need(asked.permissions or (), ())
    if asked.permissions is None:
        registration = await find_registration(flows.granting, client)
        names = list_declared(registration, is_delegated=True)
    else:
        names = asked.permissions
    known = {
        name.lower(): name for name, one in graph_permissions().by_value.items() if one.delegated_id
    }
    strange = next((name for name in names if name.lower() not in known), None)
    if strange is not None:
        return Refusal(Fault.SCOPE_UNKNOWN, strange)
    wanted = tuple(sorted(known[name.lower()] for name in names))
    granted = await list_user_permissions(flows.granting, client, asked, user_id)
    return Need(wanted, tuple(name for name in wanted if name not in granted))


def list_declared(registration: DirectoryObject | None, *, is_delegated: bool) -> tuple[str, ...]:
    """The permissions of Microsoft Graph that a registration says its application needs."""
    if registration is None:
        return ()
    permissions = graph_permissions()
    known = permissions.by_delegated_id if is_delegated else permissions.by_application_id
    kind = "Scope" if is_delegated else "Role"
    named = _list_accesses(registration.attributes.get("requiredResourceAccess"), kind)
    return tuple(known[one].value for one in named if one in known)


def _list_accesses(declared: object, kind: str) -> Iterable[str]:
    for resource in declared if isinstance(declared, tuple) else ():
        if not isinstance(resource, Mapping) or resource.get("resourceAppId") != GRAPH_APP_ID:
            continue
        accesses = resource.get("resourceAccess")
        for access in accesses if isinstance(accesses, tuple) else ():
            if isinstance(access, Mapping) and access.get("type") == kind:
                yield str(access.get("id"))


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked: for which application, to do what, and where they go on.

    `lacking` are the delegated permissions among them that nobody has consented to.
    """

    client: Client
    wanted: Wanted
    lacking: frozenset[str]
    back: str
    is_for_everybody: bool = False


async def ask_consent(flows: Flows, present: Present, question: Question) -> AskConsent:
    """The question, and what whoever is asked may answer."""
    client, wanted = question.client, question.wanted
    account = client.record.owner
    work = _work(flows, present, client)
    may_decide = await may_consent_for_all(work, PrincipalId(account.id), wanted)
    is_free = question.lacking <= free_permissions() and not question.is_for_everybody
    delegated, application = sorted(wanted.delegated), sorted(wanted.application)
    interaction = Interaction(
        back=question.back,
        tenant_id=client.tenant.id,
        application_name=account.display_name,
        details={
            "for": CONSENT,
            "user": present.user.id,
            "client": client.id,
            "delegated": " ".join(delegated),
            "application": " ".join(application),
            "scope": _ALL if question.is_for_everybody else "",
        },
    )
    return AskConsent(
        ctx=flows.interactions.seal(interaction),
        application_name=account.display_name,
        user_name=present.user.user_principal_name or present.user.display_name,
        delegated=tuple(delegated),
        application=tuple(application),
        needs_administrator=not (may_decide or is_free),
        may_decide_for_all=may_decide,
        is_for_everybody=question.is_for_everybody,
    )


async def give_consent(
    flows: Flows, present: Present, interaction: Interaction, *, is_for_all: bool
) -> Refusal | None:
    """Writes down what somebody has consented to; refused to whoever may not, and told.

    The interaction is the one that came with the question, opened again: what is consented to
    cannot have been changed, nor who was asked.
    """
    details = interaction.details
    if details.get("for") != CONSENT or details.get("user") != present.user.id:
        return Refusal(Fault.PAGE_OVER)
    tenant = await flows.granting.store.find_tenant(present.session.tenant_id)
    if tenant is None or interaction.tenant_id != tenant.id:
        return Refusal(Fault.PAGE_OVER)
    client = await find_client(flows.granting, tenant, {"client_id": details["client"]})
    if isinstance(client, Refusal):
        return client
    names, work = frozenset(details["delegated"].split()), _work(flows, present, client)
    account_id = PrincipalId(client.record.owner.id)
    if is_for_all or details["scope"] == _ALL:
        wanted = Wanted(names, frozenset(details["application"].split()))
        answer = await consent_for_all(work, account_id, wanted)
    else:
        answer = await consent_for_oneself(work, account_id, names)
    if isinstance(answer, Refused):
        return Refusal(Fault.ADMINISTRATOR_NEEDED, ", ".join(sorted(names)))
    return None


def _work(flows: Flows, present: Present, client: Client) -> Work:
    token = Token(present.session.tenant_id, PrincipalId(present.user.id), client.id, frozenset())
    granting = flows.granting
    return Work(Engine(granting.store, flows.ids), token, granting.movable.now())
