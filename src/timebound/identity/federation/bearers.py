"""Access tokens of other issuers, shown to our APIs: whose they are, and nothing that they allow.

Of such a token two things are taken: who it is, and whether there was a second factor. Scopes,
roles, `wids` and `tid` in it are somebody else's affair. What the bearer may do follows from what
our tenant lets the application do that the operator says the issuer's tokens count for.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from timebound.application.ports import Clock, Store, TenantRecord
from timebound.application.strangers import Reception, admit_stranger
from timebound.application.tokens import TokenFault
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.policies.rule import SignIn
from timebound.domain.settings import TenantSettings
from timebound.domain.strangers import Rejection
from timebound.domain.times import Instant
from timebound.identity.federation.people import read_arrival
from timebound.identity.federation_rules import Federation, TokenIssuer, is_of
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.outgoing.verifying import (
    SKEW,
    Expected,
    Foreign,
    ForeignFault,
    peek_issuer,
    verify_foreign,
)

REMEMBERED_FOR: Final = timedelta(seconds=60)
"""How long it is known who a token is of; whether they are enabled is asked at every call."""
MOST_REMEMBERED: Final = 10_000
_FACTOR: Final = "mfa"
_FAULTS: Final = {
    ForeignFault.UNREACHABLE: TokenFault.UNKNOWN_KEY,
    ForeignFault.UNKNOWN_KEY: TokenFault.UNKNOWN_KEY,
    ForeignFault.BAD_SIGNATURE: TokenFault.BAD_SIGNATURE,
    ForeignFault.WRONG_ISSUER: TokenFault.WRONG_ISSUER,
    ForeignFault.WRONG_AUDIENCE: TokenFault.WRONG_AUDIENCE,
    ForeignFault.EXPIRED: TokenFault.EXPIRED,
    ForeignFault.NOT_YET_VALID: TokenFault.NOT_YET_VALID,
}


@dataclass(frozen=True, slots=True)
class Vouching:
    """What taking tokens of others works with; `movable` is the clock of the directory."""

    federation: Federation
    issuers: IssuerKeys
    store: Store
    reception: Reception
    system: Clock
    movable: Clock


@dataclass(frozen=True, slots=True)
class _Known:
    """Who a token is of, or that they are nobody here, and until when that is not asked again."""

    outcome: Token | TokenFault
    until: Instant


class ForeignBearers:
    """Verifies access tokens of the issuers that the operator lists."""

    def __init__(self, vouching: Vouching) -> None:
        self._parts = vouching
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def verify(self, bearer: str) -> Token | TokenFault | None:
        """The bearer as a caller of ours, or why not; none if no listed issuer is named."""
        issuer = peek_issuer(bearer)
        listed = [] if issuer is None else self._parts.federation.find_issuers(issuer)
        if not listed:
            return None
        key, now = sha256(bearer.encode()).digest(), self._parts.system.now()
        known = self._known.get(key)
        if known is not None and now < known.until:
            self._known.move_to_end(key)
            return known.outcome
        judged = await self._judge(bearer, listed)
        if isinstance(judged, _Known):
            self._remember(key, judged)
            return judged.outcome
        self._known.pop(key, None)
        return judged

    def _remember(self, key: bytes, known: _Known) -> None:
        self._known[key] = known
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    async def _judge(self, bearer: str, listed: Sequence[TokenIssuer]) -> _Known | TokenFault:
        """The first of the issuer's entries that the token is made for decides."""
        now = self._parts.system.now()
        fault = TokenFault.WRONG_AUDIENCE
        for one in listed:
            expected = Expected(one.issuer, one.audience, one.algorithms, now)
            foreign = await verify_foreign(self._parts.issuers, bearer, expected)
            if isinstance(foreign, Foreign):
                until = min(foreign.ends_at, now + REMEMBERED_FOR)
                return _Known(await self._admit(one, foreign), until)
            fault = _FAULTS.get(foreign, TokenFault.MALFORMED)
            if foreign is not ForeignFault.WRONG_AUDIENCE:
                break
        return fault

    async def _admit(self, rules: TokenIssuer, foreign: Foreign) -> Token | TokenFault:
        parts = self._parts
        client = foreign.claims.azp or foreign.claims.client_id
        if rules.clients and client not in rules.clients:
            return TokenFault.WRONG_AUDIENCE
        if foreign.all.get("typ") in _NO_ACCESS or foreign.all.get("token_use") == "id":
            return TokenFault.MALFORMED
        tenant = await parts.store.find_tenant(rules.tenant)
        if tenant is None or not await self._is_at_work(tenant, rules):
            return TokenFault.WRONG_AUDIENCE
        arrival = read_arrival(tenant.id, rules.people, foreign)
        found = await admit_stranger(parts.reception, arrival, parts.movable.now())
        if isinstance(found, Rejection):
            return TokenFault.WRONG_ISSUER
        permissions = await parts.store.granted_permissions(
            tenant.id, rules.application_id, is_delegated=True
        )
        settings = await parts.store.load_settings(tenant.id)
        return Token(
            tenant_id=TenantId(tenant.id),
            principal_id=PrincipalId(found.id),
            application_id=rules.application_id,
            permissions=permissions,
            sign_in=_read_sign_in(rules, foreign, settings),
            issued_at=_count_from(foreign),
        )

    async def _is_at_work(self, tenant: TenantRecord, rules: TokenIssuer) -> bool:
        """Whether the tenant has the application, and has not switched it off."""
        if not is_of(rules.tenant, tenant):
            return False
        at = self._parts.movable.now()
        found = await self._parts.store.find_application(tenant.id, rules.application_id, at)
        return found is not None and found.owner.is_enabled


def _count_from(foreign: Foreign) -> Instant:
    """When a token was issued at the earliest, for whether the sign-ins of its bearer have ended.

    The clock of its issuer may be ahead: by what it says itself, one of before would outlive the
    end. One that does not say when counts no more once anything was ended.
    """
    return datetime.fromtimestamp(foreign.claims.iat, UTC) - SKEW


_NO_ACCESS: Final = frozenset({"ID", "Refresh", "Offline", "Logout"})
"""What some issuers call tokens, in the claim `typ`, that are not meant to be shown to an API."""


def _read_sign_in(rules: TokenIssuer, foreign: Foreign, settings: TenantSettings) -> SignIn:
    """How strong the sign-in was; the contexts are those that a second factor satisfies here."""
    has_factor = rules.factors.are_met_by(foreign.claims.methods, foreign.claims.acr)
    mapped = settings.authentication_contexts.items()
    contexts = frozenset(name for name, factor in mapped if factor == _FACTOR)
    return SignIn(
        has_mfa=has_factor,
        contexts=contexts if has_factor else frozenset(),
        # They cannot be challenged with us, so that no challenge waits for what they cannot say.
        has_claims_capability=True,
    )
