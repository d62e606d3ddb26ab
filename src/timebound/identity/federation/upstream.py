"""Signing in with an upstream provider: by its OpenID Connect, code flow, with PKCE and a nonce."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.application.sign_in_log_ports import SentFrom
from timebound.application.strangers import Reception, admit_stranger
from timebound.domain.ids import TenantId
from timebound.domain.strangers import Rejection
from timebound.domain.times import Instant
from timebound.identity.federation.people import read_arrival
from timebound.identity.federation.states import Away, AwayStates
from timebound.identity.federation_rules import Federation, Provider
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import SendTo, ShowTrouble
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.sessions import FEDERATED, Browser, Elsewhere
from timebound.identity.lives import end_sign_in
from timebound.identity.outgoing.contracts import JsonCaller
from timebound.identity.outgoing.issuers import IssuerKeys, WrongIssuer, find_endpoint
from timebound.identity.outgoing.verifying import (
    SKEW,
    Expected,
    Foreign,
    ForeignFault,
    judge_id_token,
    peek_issuer,
    read_algorithm,
    verify_foreign,
)
from timebound.identity.problems import Fault, Refusal
from timebound.identity.sign_ins import Wrong, tell_wrong
from timebound.outgoing.contracts import FetchFault

_FACTOR: Final = "mfa"


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider as the login page offers it."""

    display_name: str
    path: str
    """Where the browser goes; the page adds `?ctx=`."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """What signing in elsewhere works with."""

    federation: Federation
    flows: Flows
    states: AwayStates
    caller: JsonCaller
    issuers: IssuerKeys
    reception: Reception

    def list_providers(self, tenant: TenantRecord) -> Sequence[Choice]:
        """The providers that people of a tenant may choose from."""
        return [
            Choice(one.display_name, f"/{tenant.id}/federation/{one.name}/start")
            for one in self.federation.list_providers(tenant)
        ]


@dataclass(frozen=True, slots=True)
class Journey:
    """A browser that goes to a provider of a tenant, or comes back from it."""

    tenant: TenantRecord
    provider: Provider
    browser: Browser
    sent_from: SentFrom = field(default_factory=SentFrom)


async def start_sign_in(upstream: Upstream, journey: Journey, ctx: str) -> SendTo | ShowTrouble:
    """Sends the browser to the provider, for what a page of ours was shown for."""
    provider, browser = journey.provider, journey.browser
    interaction = upstream.flows.interactions.open(ctx, journey.tenant.id)
    if interaction is None:
        return _trouble(Fault.FEDERATION_LOST)
    described = await upstream.issuers.describe(provider.issuer, provider.described_at)
    endpoint = find_endpoint(described, "authorization_endpoint")
    if endpoint is None or isinstance(described, FetchFault | WrongIssuer):
        return _trouble(Fault.FEDERATION_UNREACHABLE, provider.display_name)
    redirect_uri = f"{browser.origin}/{journey.tenant.id}/federation/{provider.name}/callback"
    leaving = upstream.states.leave(browser, provider, redirect_uri, ctx)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": leaving.state,
        "nonce": leaving.away.nonce,
        "code_challenge": leaving.away.challenge,
        "code_challenge_method": "S256",
        **_write_wishes(interaction, provider),
    }
    separator = "&" if urlsplit(endpoint).query else "?"
    return SendTo(f"{endpoint}{separator}{urlencode(asked)}", (leaving.cookie,))


async def finish_sign_in(
    upstream: Upstream, journey: Journey, answer: Mapping[str, str]
) -> SendTo | ShowTrouble:
    """Takes the browser back: who they are is settled, and our session begins."""
    provider = journey.provider
    away = await upstream.states.come_back(journey.browser, provider, answer.get("state", ""))
    if away is None:
        return _trouble(Fault.FEDERATION_LOST)
    described = await upstream.issuers.describe(provider.issuer, provider.described_at)
    if isinstance(described, FetchFault | WrongIssuer):
        return _trouble(Fault.FEDERATION_UNREACHABLE, provider.display_name)
    if not _is_from(provider, described, answer):
        return _trouble(Fault.FEDERATION_TOKEN, provider.display_name)
    if "code" not in answer:
        return _trouble(Fault.FEDERATION_DECLINED, provider.display_name)
    foreign = await _redeem(upstream, journey, away, described, answer["code"])
    if isinstance(foreign, Fault):
        return _trouble(foreign, provider.display_name)
    return await _let_in(upstream, journey, away, foreign)


def _write_wishes(interaction: Interaction, provider: Provider) -> Mapping[str, str]:
    """What the provider is asked for on behalf of what asks us."""
    wishes = {"login_hint": interaction.login_hint} if interaction.login_hint else {}
    if interaction.fresh_since is not None:
        wishes |= {"prompt": "login", "max_age": "0"}
    elif interaction.chooses_account:
        wishes["prompt"] = "select_account"
    if interaction.needs_second_factor and provider.factors.contexts:
        wishes["acr_values"] = " ".join(provider.factors.contexts)
    return wishes


def _is_from(provider: Provider, described: Mapping[str, Any], answer: Mapping[str, str]) -> bool:
    """Whether the answer is the provider's own, as far as it tells (RFC 9207)."""
    has_to_tell = described.get("authorization_response_iss_parameter_supported") is True
    told = answer.get("iss")
    return told in provider.issuers if told is not None else not has_to_tell


async def _redeem(
    upstream: Upstream, journey: Journey, away: Away, described: Mapping[str, Any], code: str
) -> Foreign | Fault:
    """What the id token says that a code is good for."""
    provider = journey.provider
    endpoint = find_endpoint(described, "token_endpoint")
    if endpoint is None:
        return Fault.FEDERATION_UNREACHABLE
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": away.redirect_uri,
        "code_verifier": away.verifier,
        "client_id": provider.client_id,
    }
    form, authorization = _prove(provider, described, form)
    given = await upstream.caller.post_form(endpoint, form, authorization)
    if isinstance(given, FetchFault):
        return Fault.FEDERATION_UNREACHABLE
    token, access_token = given.get("id_token"), given.get("access_token")
    if not isinstance(token, str):
        return Fault.FEDERATION_TOKEN
    at = upstream.flows.granting.system.now()
    algorithms = _choose_algorithms(provider, described)
    issuer = peek_issuer(token)
    if issuer is None or issuer not in provider.issuers:
        return Fault.FEDERATION_TOKEN
    # Of one that stands for many it is the tenant's own metadata and keys that count.
    expected = Expected(issuer, provider.client_id, algorithms, at)
    foreign = await verify_foreign(upstream.issuers, token, expected)
    if isinstance(foreign, ForeignFault):
        is_away = foreign is ForeignFault.UNREACHABLE
        return Fault.FEDERATION_UNREACHABLE if is_away else Fault.FEDERATION_TOKEN
    known = access_token if isinstance(access_token, str) else None
    fault = judge_id_token(
        foreign.claims, provider.client_id, away.nonce, known, read_algorithm(token)
    )
    return foreign if fault is None else Fault.FEDERATION_TOKEN


def _prove(
    provider: Provider, described: Mapping[str, Any], form: dict[str, str]
) -> tuple[dict[str, str], str | None]:
    """The form and the header by which we prove that we are the provider's client."""
    secret = provider.client_secret
    if secret is None:
        return form, None
    means = described.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" not in means and "client_secret_post" in means:
        return {**form, "client_secret": secret}, None
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
    return form, f"Basic {b64encode(pair.encode()).decode()}"


def _choose_algorithms(provider: Provider, described: Mapping[str, Any]) -> frozenset[str]:
    """Those that the operator takes, as far as the provider says that it signs by them."""
    listed = described.get("id_token_signing_alg_values_supported")
    if not isinstance(listed, list):
        return provider.algorithms
    return provider.algorithms & {one for one in listed if isinstance(one, str)}


async def _let_in(
    upstream: Upstream, journey: Journey, away: Away, foreign: Foreign
) -> SendTo | ShowTrouble:
    flows, browser, tenant = upstream.flows, journey.browser, journey.tenant
    interaction = flows.interactions.open(away.ctx, tenant.id)
    if interaction is None:
        return _trouble(Fault.FEDERATION_LOST)
    signed_in_at = _read_sign_in(foreign, flows.granting.system.now())
    stale = _judge_age(upstream, journey, interaction, signed_in_at)
    if stale is not None:
        return stale
    arrival = read_arrival(
        tenant.id, journey.provider.people, foreign, await _find_proved(flows, browser)
    )
    reception = upstream.reception.at_address(browser.address)
    found = await admit_stranger(reception, arrival, flows.granting.movable.now())
    if isinstance(found, Rejection):
        is_disabled = found is Rejection.NOT_ENABLED
        fault = Fault.USER_DISABLED if is_disabled else Fault.FEDERATION_STRANGER
        wrong = Wrong(arrival.name or "", interaction.back, fault, (FEDERATED,))
        tell_wrong(flows.granting, tenant.id, journey.sent_from, wrong)
        return _trouble(fault)
    record = await _find_record(flows, tenant.id, found.user_principal_name)
    if record is None:
        return _trouble(Fault.USER_DISABLED)
    is_strong = journey.provider.factors.are_met_by(foreign.claims.methods, foreign.claims.acr)
    methods = (FEDERATED, _FACTOR) if is_strong else (FEDERATED,)
    # Who had to sign in anew has; otherwise it may be a while ago that they did.
    known_at = None if interaction.fresh_since is not None else signed_in_at
    elsewhere = Elsewhere(arrival.stranger, known_at)
    begun = await flows.sessions.start(browser, record, methods, elsewhere=elsewhere)
    cookies = (begun.cookie, upstream.states.forget(browser, away))
    return SendTo(f"/{tenant.id}/login?{urlencode({'ctx': away.ctx})}", cookies)


def _judge_age(
    upstream: Upstream, journey: Journey, interaction: Interaction, signed_in_at: Instant | None
) -> SendTo | ShowTrouble | None:
    """What becomes of who signed in there too long ago; none of anybody else."""
    flows, tenant = upstream.flows, journey.tenant
    if interaction.fresh_since is not None:
        is_fresh = signed_in_at is not None and signed_in_at + SKEW >= interaction.fresh_since
        return None if is_fresh else _trouble(Fault.FEDERATION_TOKEN, journey.provider.display_name)
    at = flows.granting.system.now()
    if signed_in_at is None or end_sign_in(signed_in_at) > at:
        return None
    # Nothing can rest on it any more: they choose how to sign in once again, and do so anew there.
    ctx = flows.interactions.seal(replace(interaction, fresh_since=at))
    return SendTo(f"/{tenant.id}/login?{urlencode({'ctx': ctx})}")


def _read_sign_in(foreign: Foreign, at: Instant) -> Instant | None:
    """When they signed in there, if that is told; never later than now."""
    told = foreign.claims.auth_time
    return None if told is None else min(at, datetime.fromtimestamp(told, UTC))


async def _find_proved(flows: Flows, browser: Browser) -> str | None:
    """Whose account the browser has proved to have, by us and with a second factor."""
    present = await flows.sessions.find(browser)
    is_proved = present is not None and _FACTOR in present.who.methods
    return present.user.user_principal_name if present is not None and is_proved else None


async def _find_record(flows: Flows, tenant_id: TenantId, name: str | None) -> SecretRecord | None:
    return None if name is None else await flows.granting.store.find_user(tenant_id, name)


def _trouble(fault: Fault, about: str = "") -> ShowTrouble:
    return ShowTrouble(Refusal(fault, about))
