"""Consent: what is lacking, who may give it, and giving it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
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
from timebound.application.factors import has_factor
from timebound.application.tokens import Resource
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.first_party import (
    AZURE_APP_ID,
    AZURE_PERMISSION,
    AZURE_SCOPE,
    AZURE_SCOPE_ID,
    GRAPH_APP_ID,
)
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.identity.apis import list_exposed, write_permission
from timebound.identity.claims import MFA, AskedClaims, list_factors
from timebound.identity.clients import Client, find_client
from timebound.identity.flows.interaction import FRESH_FOR, Interaction
from timebound.identity.flows.outcomes import AskConsent, SendTo
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.registrations import find_registration
from timebound.identity.flows.sessions import Present
from timebound.identity.flows.visits import ask_sign_in
from timebound.identity.issuing import list_user_permissions
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import ABOUT_SIGN_IN, Api, AskedScopes

CONSENT: Final = "consent"
ADMINISTRATOR: Final = "administrator"
_DECLARED: Final = "requiredResourceAccess"
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

    `.default` asks for what the registration declares; of Azure Resource Manager, which has a
    single permission, for that one.
    """
    known = await _list_known(flows, client, asked.resource)
    if asked.permissions is None and asked.resource is Resource.ARM:
        wanted = {AZURE_SCOPE}
    elif asked.permissions is None:
        registration = await find_registration(flows.granting, client)
        names = tuple(_list_accesses(registration, _app_id(asked.resource), "Scope"))
        wanted = {known.by_id[one] for one in names if one in known.by_id}
    else:
        strange = next((one for one in asked.permissions if one.lower() not in known.by_name), None)
        if strange is not None:
            return Refusal(Fault.SCOPE_UNKNOWN, strange)
        wanted = {known.by_name[one.lower()] for one in asked.permissions}
    granted = await list_user_permissions(flows.granting, client, asked, user_id)
    lacking = tuple(known.keep(name) for name in sorted(wanted) if name not in granted)
    return Need(tuple(known.keep(name) for name in sorted(wanted)), lacking)


@dataclass(frozen=True, slots=True)
class _Known:
    """The delegated permissions of an API, by name in lower case and by id."""

    by_name: Mapping[str, str]
    by_id: Mapping[str, str]
    app_id: ApplicationId | None = None
    """None for Microsoft Graph, whose permissions go without the id of an API."""

    def keep(self, name: str) -> str:
        """A permission as it is kept."""
        return name if self.app_id is None else write_permission(self.app_id, name)


async def _list_known(flows: Flows, client: Client, resource: Resource | Api) -> _Known:
    if resource is Resource.ARM:
        names = {AZURE_SCOPE: AZURE_SCOPE}
        return _Known(names, {AZURE_SCOPE_ID: AZURE_SCOPE}, AZURE_APP_ID)
    if isinstance(resource, Resource):
        scopes = graph_permissions().by_delegated_id
        # Those about the sign-in itself are part of it, however they are asked for.
        by_id = {id_: one.value for id_, one in scopes.items() if one.value not in ABOUT_SIGN_IN}
        return _Known({value.lower(): value for value in by_id.values()}, by_id)
    store = flows.granting.store
    registration = await store.find_registration(client.tenant.id, resource.app_id)
    exposed = list_exposed(registration)
    by_name = {one.value.lower(): one.value for one in exposed}
    return _Known(by_name, {one.id: one.value for one in exposed}, resource.app_id)


def _app_id(resource: Resource | Api) -> ApplicationId:
    return GRAPH_APP_ID if isinstance(resource, Resource) else resource.app_id


def list_declared(registration: DirectoryObject | None, *, is_delegated: bool) -> tuple[str, ...]:
    """The permissions that a registration says its application needs, as they are kept.

    They are those of Microsoft Graph, and that of Azure Resource Manager.
    """
    permissions = graph_permissions()
    known = permissions.by_delegated_id if is_delegated else permissions.by_application_id
    kind = "Scope" if is_delegated else "Role"
    named = _list_accesses(registration, GRAPH_APP_ID, kind)
    declared = tuple(known[one].value for one in named if one in known)
    azure = _list_accesses(registration, AZURE_APP_ID, kind)
    return (*declared, *(AZURE_PERMISSION for one in azure if one == AZURE_SCOPE_ID))


def _list_accesses(
    registration: DirectoryObject | None, app_id: ApplicationId, kind: str
) -> Iterable[str]:
    declared = None if registration is None else registration.attributes.get(_DECLARED)
    for resource in declared if isinstance(declared, tuple) else ():
        if not isinstance(resource, Mapping) or resource.get("resourceAppId") != app_id:
            continue
        accesses = resource.get("resourceAccess")
        for access in accesses if isinstance(accesses, tuple) else ():
            if isinstance(access, Mapping) and access.get("type") == kind:
                yield str(access.get("id"))


async def find_free(flows: Flows, tenant_id: TenantId, names: Collection[str]) -> frozenset[str]:
    """Which permissions everybody may consent to for themselves, of those kept by these names."""
    free = {*free_permissions(), AZURE_PERMISSION}
    for app_id in {ApplicationId(one.partition("/")[0]) for one in names if "/" in one}:
        registration = await flows.granting.store.find_registration(tenant_id, app_id)
        exposed = (one for one in list_exposed(registration) if one.is_free)
        free.update(write_permission(app_id, one.value) for one in exposed)
    return frozenset(free)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked: for which application, and to do what.

    `lacking` are the delegated permissions among them that nobody has consented to. `needed` says
    where they go on, and what has to be true of the session of whoever answers, as it was of who
    is asked.
    """

    client: Client
    wanted: Wanted
    lacking: frozenset[str]
    needed: Interaction
    is_for_everybody: bool = False


async def ask_consent(flows: Flows, present: Present, question: Question) -> AskConsent:
    """The question, and what whoever is asked may answer."""
    client, wanted = question.client, question.wanted
    account = client.record.owner
    work = _work(flows, present, client)
    may_decide = await may_consent_for_all(work, PrincipalId(account.id), wanted)
    free = await find_free(flows, client.tenant.id, question.lacking)
    is_free = question.lacking <= free and not question.is_for_everybody
    delegated, application = sorted(wanted.delegated), sorted(wanted.application)
    interaction = replace(
        question.needed,
        chooses_account=False,
        details={
            "for": CONSENT,
            "user": present.user.id,
            "client": client.id,
            "delegated": " ".join(delegated),
            "application": " ".join(application),
            "scope": _ALL if question.is_for_everybody else "",
            "needs": "" if may_decide or is_free else ADMINISTRATOR,
            "age": _write_age(flows, question.needed),
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
) -> Refusal | SendTo | None:
    """Writes down what somebody has consented to; refused to whoever may not, and told.

    The interaction is the one that came with the question, opened again: what is consented to
    cannot have been changed, nor who was asked. Whose sign-in is too old or too weak by now is sent
    to sign in again, and asked anew.
    """
    details = interaction.details
    if details.get("for") != CONSENT or details.get("user") != present.user.id:
        return Refusal(Fault.PAGE_OVER)
    tenant = await flows.granting.store.find_tenant(present.session.tenant_id)
    if tenant is None or interaction.tenant_id != tenant.id:
        return Refusal(Fault.PAGE_OVER)
    is_for_all = is_for_all or details["scope"] == _ALL
    needed = await _judge_anew(flows, present, interaction, is_for_all=is_for_all)
    if not needed.is_satisfied_by(present.who):
        return ask_sign_in(flows, needed, tenant.id)
    client = await find_client(flows.granting, tenant, {"client_id": details["client"]})
    if isinstance(client, Refusal):
        return client
    names = frozenset(details["delegated"].split())
    answer = await _write(flows, present, client, details, is_for_all=is_for_all)
    return Refusal(Fault.ADMINISTRATOR_NEEDED, ", ".join(sorted(names))) if answer else None


async def _write(
    flows: Flows, present: Present, client: Client, details: Mapping[str, str], *, is_for_all: bool
) -> bool:
    """Whether it was refused."""
    names, work = frozenset(details["delegated"].split()), _work(flows, present, client)
    account_id = PrincipalId(client.record.owner.id)
    if is_for_all:
        wanted = Wanted(names, frozenset(details["application"].split()))
        return isinstance(await consent_for_all(work, account_id, wanted), Refused)
    free = await find_free(flows, client.tenant.id, names)
    return isinstance(await consent_for_oneself(work, account_id, names, free), Refused)


async def _judge_anew(
    flows: Flows, present: Present, interaction: Interaction, *, is_for_all: bool
) -> Interaction:
    """What has to be true of the session at this moment, which is not that of the question."""
    settings = await flows.granting.store.load_settings(present.session.tenant_id)
    factors = interaction.factors | list_factors(AskedClaims(), settings)
    age = interaction.details.get("age", "")
    at = flows.granting.system.now()
    since = at - timedelta(seconds=float(age)) if age else None
    if is_for_all:
        factors |= await list_own_factors(flows, present)
        since = at - FRESH_FOR if since is None else max(since, at - FRESH_FOR)
    return replace(interaction, fresh_since=since, factors=factors, details={})


async def list_own_factors(flows: Flows, present: Present | None) -> frozenset[str]:
    """What somebody has to have shown to do what is grave: a second factor, if they have one."""
    if present is None:
        return frozenset()
    tenant_id, user_id = present.session.tenant_id, present.who.user_id
    held = await flows.granting.store.list_factors(tenant_id, user_id)
    return frozenset({MFA}) if has_factor(held) else frozenset()


def _write_age(flows: Flows, needed: Interaction) -> str:
    """How old a sign-in may be, in seconds; empty where it may be as old as it is."""
    if needed.fresh_since is None:
        return ""
    return str((flows.granting.system.now() - needed.fresh_since).total_seconds())


def _work(flows: Flows, present: Present, client: Client) -> Work:
    token = Token(present.session.tenant_id, PrincipalId(present.user.id), client.id, frozenset())
    granting = flows.granting
    engine = Engine(granting.store, flows.ids, present.address)
    return Work(engine, token, granting.movable.now())
