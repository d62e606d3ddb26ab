"""Authorization codes: made for one client, one address and one verifier, and redeemed once."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import Once, OnceKind, SignedIn
from timebound.identity.claims import AskedClaims
from timebound.identity.clients import Client, prove_client
from timebound.identity.flows.families import (
    LIFE,
    SPA_LIFE,
    Held,
    Terms,
    find_person,
    give_tokens,
    make_family,
    make_once,
)
from timebound.identity.flows.marks import read_ticket
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.redirects import RedirectKind
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.issuing import read_wish
from timebound.identity.problems import Fault, Refusal

CODE_LIFE: Final = timedelta(minutes=5)
SPA_CODE_LIFE: Final = timedelta(minutes=1)
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class CodeDetails(msgspec.Struct, frozen=True):
    """What a code stands for beside its family."""

    redirect_uri: str
    kind: RedirectKind
    scope: str
    challenge: str = ""
    nonce: str = ""
    contexts: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    has_capability: bool = False

    @property
    def is_public(self) -> bool:
        """Whether the client proves nothing but that it asked."""
        return self.kind is not RedirectKind.WEB

    @property
    def claims(self) -> AskedClaims:
        """What was asked of the tokens."""
        return AskedClaims(frozenset(self.contexts), frozenset(self.methods), self.has_capability)


async def make_code(flows: Flows, client: Client, who: SignedIn, details: CodeDetails) -> str:
    """A code for a client, for somebody who signed in and has consented."""
    is_spa = details.kind is RedirectKind.SPA
    family = make_family(flows, client, who, SPA_LIFE if is_spa else LIFE)
    life = SPA_CODE_LIFE if is_spa else CODE_LIFE
    code, once = make_once(flows, family, OnceKind.CODE, details, life)
    await flows.granting.store.add_family(family, once)
    return code


async def find_ticket_tenant(
    granting: Granting, ask: Ask, ticket: str
) -> tuple[TenantRecord, str] | None:
    """The tenant that a code or refresh token is of, where the path allows it, and its secret."""
    tenant_id, secret = read_ticket(ticket)
    tenant = ask.place.tenant or await granting.store.find_tenant(tenant_id)
    return (tenant, secret) if tenant is not None and tenant.id == tenant_id else None


async def redeem_code(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """Tokens for a code; whoever shows one again ends all that came of it (RFC 6749, 4.1.2)."""
    code = require(ask.form, "code")
    if isinstance(code, Refusal):
        return code
    found = await find_ticket_tenant(flows.granting, ask, code)
    if found is None:
        return Refusal(Fault.CODE_INVALID)
    tenant, secret = found
    store, kind = flows.granting.store, OnceKind.CODE
    once = await store.find_once(tenant.id, flows.marks.mark(kind.value, tenant.id, secret), kind)
    family = None if once is None else await store.find_family(tenant.id, once.family_id)
    if once is None or family is None:
        return Refusal(Fault.CODE_INVALID)
    details = msgspec.json.decode(once.details, type=CodeDetails)
    terms = Terms(details.scope, details.is_public)
    held = Held(family, terms, details.claims, details.nonce)
    return await _redeem(flows, ask, _Found(tenant, once, held, details))


@dataclass(frozen=True, slots=True)
class _Found:
    """A code that is known, and what it stands for."""

    tenant: TenantRecord
    once: Once
    held: Held
    details: CodeDetails


async def _redeem(flows: Flows, ask: Ask, found: _Found) -> Mapping[str, Any] | Refusal:
    details, held = found.details, found.held
    wish = await read_wish(flows.granting, ask, found.tenant, details.scope)
    if isinstance(wish, Refusal):
        return wish
    if wish.client.id != held.family.application_id:
        return Refusal(Fault.CODE_INVALID)
    is_needed = not details.is_public
    proof = await prove_client(flows.granting, ask, wish.client, is_needed=is_needed)
    if isinstance(proof, Refusal):
        return proof
    refused = _check(ask.form, details)
    if refused is not None:
        return refused
    person = await find_person(flows, wish, held, proof)
    # Before anything else is said, so that a second use always ends what the first one gave.
    unused = await _use(flows, found)
    if isinstance(unused, Refusal):
        return unused
    return (
        person if isinstance(person, Refusal) else await give_tokens(flows, ask, wish, held, person)
    )


def _check(form: Mapping[str, str], details: CodeDetails) -> Refusal | None:
    """Whether it is the client that asked for the code, where the code was sent."""
    if form.get("redirect_uri") != details.redirect_uri:
        return Refusal(Fault.CODE_REDIRECT)
    verifier = form.get("code_verifier", "")
    if not details.challenge:
        # Somebody who took the challenge out of a request would be noticed here (RFC 9700, 4.8).
        return Refusal(Fault.VERIFIER_WRONG) if verifier else None
    is_right = _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(
        make_challenge(verifier), details.challenge
    )
    return None if is_right else Refusal(Fault.VERIFIER_WRONG)


def make_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).decode().rstrip("=")


async def _use(flows: Flows, found: _Found) -> Refusal | None:
    at, once = flows.granting.system.now(), found.once
    if await flows.granting.store.use_once(found.tenant.id, once.key, at):
        return None
    if once.ends_at <= at:
        return Refusal(Fault.CODE_OVER)
    await flows.granting.store.revoke_family(found.tenant.id, once.family_id)
    return Refusal(Fault.CODE_USED)
