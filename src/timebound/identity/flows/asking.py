"""Reading a request for authorization, and where its answer may go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final
from urllib.parse import urlencode

from timebound.application.ports import TenantRecord
from timebound.identity.apis import read_scopes
from timebound.identity.claims import AskedClaims, read_claims
from timebound.identity.clients import Client, find_client
from timebound.identity.discovery import PROMPTS
from timebound.identity.flows.outcomes import Outcome, PostTo, SendTo, ShowTrouble
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.redirects import RedirectKind, find_redirect
from timebound.identity.flows.registrations import find_registration
from timebound.identity.flows.visits import LARGEST_VISIT, Visit, add_to_query
from timebound.identity.forms import require
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import AskedScopes
from timebound.identity.versions import write_issuer

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_UNSUPPORTED: Final = ("request", "request_uri", "registration")
_LONGEST_AGE: Final = 10


class ResponseMode(Enum):
    """The ways an answer travels."""

    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True)
class Reply:
    """Where and how an answer goes: to a registered URI, with what the client sent to know it by.

    Every answer names its issuer, so that a client of several is not mixed up (RFC 9207).
    """

    uri: str
    mode: ResponseMode
    state: str | None
    issuer: str

    def write(self, fields: Mapping[str, str]) -> SendTo | PostTo:
        """The answer with these fields."""
        told = {**fields, "iss": self.issuer}
        if self.state is not None:
            told["state"] = self.state
        if self.mode is ResponseMode.FORM_POST:
            return PostTo(self.uri, told)
        if self.mode is ResponseMode.FRAGMENT:
            return SendTo(f"{self.uri}#{urlencode(told)}")
        return SendTo(add_to_query(self.uri, told))

    def refuse(self, refusal: Refusal) -> SendTo | PostTo:
        """The answer that tells the client what is wrong."""
        fault = refusal.fault
        description = f"AADSTS{fault.number}: {refusal.sentence}"
        return self.write({"error": fault.error, "error_description": description})


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and whom it may be told: the client only where the URI is known to be its."""

    refusal: Refusal
    reply: Reply | None = None

    def tell(self) -> Outcome:
        """The answer."""
        return ShowTrouble(self.refusal) if self.reply is None else self.reply.refuse(self.refusal)


@dataclass(frozen=True, slots=True)
class AuthorizeAsk:
    """A request for authorization that can be judged."""

    client: Client
    reply: Reply
    kind: RedirectKind
    scope: str
    asked: AskedScopes
    claims: AskedClaims
    challenge: str
    nonce: str
    prompts: frozenset[str]
    max_age: timedelta | None
    login_hint: str
    wants_client_info: bool

    @property
    def is_silent(self) -> bool:
        """Whether nobody may be asked anything."""
        return "none" in self.prompts


async def read_ask(flows: Flows, visit: Visit, tenant: TenantRecord) -> AuthorizeAsk | Wrong:
    """The request, or what is wrong with it."""
    if sum(len(name) + len(value) for name, value in visit.fields.items()) > LARGEST_VISIT:
        return Wrong(Refusal(Fault.VISIT_TOO_LONG))
    client = await find_client(flows.granting, tenant, visit.fields)
    if isinstance(client, Refusal):
        return Wrong(client)
    uri = require(visit.fields, "redirect_uri")
    if isinstance(uri, Refusal):
        return Wrong(uri)
    registration = await find_registration(flows.granting, client)
    kind = find_redirect(uri, client.record.owner, registration)
    if kind is None:
        return Wrong(Refusal(Fault.REDIRECT_UNKNOWN, uri))
    mode = visit.field("response_mode") or ResponseMode.QUERY.value
    is_known = mode in [one.value for one in ResponseMode]
    reply = Reply(
        uri,
        ResponseMode(mode) if is_known else ResponseMode.QUERY,
        visit.fields.get("state"),
        write_issuer(visit.origin, tenant.id),
    )
    if not is_known:
        return Wrong(Refusal(Fault.RESPONSE_MODE, mode), reply)
    refusal = _check(client, kind, visit)
    if refusal is not None:
        return Wrong(refusal, reply)
    return await _read(flows, visit, client, kind, reply)


def _check(client: Client, kind: RedirectKind, visit: Visit) -> Refusal | None:
    if not client.record.owner.is_enabled:
        return Refusal(Fault.APPLICATION_DISABLED)
    unsupported = next((name for name in _UNSUPPORTED if visit.field(name)), None)
    if unsupported is not None:
        return Refusal(Fault.REQUEST_OBJECT, unsupported)
    response_type = require(visit.fields, "response_type")
    if isinstance(response_type, Refusal):
        return response_type
    if response_type != "code":
        return Refusal(Fault.RESPONSE_TYPE, response_type)
    return _check_challenge(kind, visit)


def _check_challenge(kind: RedirectKind, visit: Visit) -> Refusal | None:
    """A client that can keep no secret proves by PKCE alone that it was it who asked."""
    challenge, method = visit.field("code_challenge"), visit.field("code_challenge_method")
    if not challenge and not method:
        return None if kind is RedirectKind.WEB else Refusal(Fault.CHALLENGE_MISSING)
    is_right = method == "S256" and _CHALLENGE.fullmatch(challenge) is not None
    return None if is_right else Refusal(Fault.CHALLENGE_INVALID)


async def _read(
    flows: Flows, visit: Visit, client: Client, kind: RedirectKind, reply: Reply
) -> AuthorizeAsk | Wrong:
    scope = require(visit.fields, "scope")
    if isinstance(scope, Refusal):
        return Wrong(scope, reply)
    asked = await read_scopes(flows.granting, client.tenant.id, scope)
    if isinstance(asked, Refusal):
        return Wrong(asked, reply)
    claims = read_claims(visit.fields.get("claims"))
    if isinstance(claims, Refusal):
        return Wrong(claims, reply)
    prompts = frozenset(visit.field("prompt").split())
    if prompts - set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        return Wrong(Refusal(Fault.PARAMETER_INVALID, "prompt"), reply)
    age = visit.field("max_age")
    if age and not (age.isascii() and age.isdecimal() and len(age) < _LONGEST_AGE):
        return Wrong(Refusal(Fault.PARAMETER_INVALID, "max_age"), reply)
    return AuthorizeAsk(
        client=client,
        reply=reply,
        kind=kind,
        scope=scope,
        asked=asked,
        claims=claims,
        challenge=visit.field("code_challenge"),
        nonce=visit.fields.get("nonce", ""),
        prompts=prompts,
        max_age=timedelta(seconds=int(age)) if age else None,
        login_hint=visit.field("login_hint"),
        wants_client_info=visit.field("client_info") == "1",
    )
