"""Judging access tokens: ours, unaltered, for this API, and alive."""

from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from timebound.application.ports import Clock
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.domain.authority import Token
from timebound.domain.delegations import name_permission
from timebound.domain.first_party import AZURE_APP_ID
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.policies.rule import SignIn
from timebound.domain.times import Instant
from timebound.identity.claims import CAPABILITY
from timebound.identity.keys import ALGORITHMS, KeyRing
from timebound.identity.scopes import is_audience_of
from timebound.identity.versions import Version, write_issuer

LARGEST_TOKEN: Final = 16 * 1024
REMEMBERED: Final = 10_000
"""How many verified tokens are remembered, so that the next request costs a look-up."""
_SKEW: Final = timedelta(seconds=60)
"""How far ahead the clock of another server of ours may be."""
_VERSIONS: Final = frozenset(one.value for one in Version)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header of our tokens.

    Whoever forges a token writes its header, and the library that verifies signatures stumbles
    over some: one that says more than ours do (`crit`, a key) never gets there.
    """

    alg: str
    kid: str
    typ: str = "JWT"


class _Claims(msgspec.Struct, frozen=True):
    """The claims that doors judge by."""

    aud: str
    iss: str
    tid: str
    oid: str
    exp: int
    nbf: int
    iat: int = 0
    rh: str = ""
    appid: str = ""
    azp: str = ""
    ver: str = Version.V2.value
    idtyp: str = "user"
    scp: str = ""
    roles: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    acrs: tuple[str, ...] = ()
    xms_cc: tuple[str, ...] = ()

    def as_token(self, issued_at: Instant) -> Token:
        """The claims as use cases know them."""
        is_application = self.idtyp == "app"
        permissions = self.roles if is_application else self.scp.split()
        return Token(
            tenant_id=TenantId(self.tid),
            principal_id=PrincipalId(self.oid),
            application_id=ApplicationId(self.azp or self.appid),
            permissions=frozenset(permissions),
            sign_in=SignIn(
                has_mfa="mfa" in self.amr,
                contexts=frozenset(self.acrs),
                has_claims_capability=CAPABILITY in (one.lower() for one in self.xms_cc),
                is_application=is_application,
            ),
            issued_at=issued_at,
            family_id=self.rh,
        )


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was good: by which key, for which audience, and until when."""

    token: Token
    key_id: str
    audience: str
    ends_at: Instant


class OtherBearers(Protocol):
    """Verifies access tokens that others have issued."""

    async def verify(self, bearer: str) -> Token | TokenFault | None:
        """The bearer as a caller of ours, or why not; none if it is no such token."""
        ...


class BearerVerifier:
    """Verifies bearer tokens on the system's clock and remembers those that were good.

    `authorities` are the origins that tokens are issued at; what is not ours may be of `others`.
    """

    def __init__(
        self,
        keys: KeyRing,
        clock: Clock,
        authorities: Sequence[str],
        others: OtherBearers | None = None,
    ) -> None:
        self._others = others
        self._keys = keys
        self._clock = clock
        self._authorities = frozenset(authorities)
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, authorization: str | None, resource: Resource) -> Token | TokenRefusal:
        """The bearer that the token speaks of, or why it is not believed."""
        bearer = read_bearer(authorization)
        if bearer is None:
            return TokenRefusal(TokenFault.MISSING)
        verified = await self._recall(bearer)
        if isinstance(verified, TokenFault):
            other = None if self._others is None else await self._others.verify(bearer)
            return other if isinstance(other, Token) else TokenRefusal(other or verified)
        if not is_audience_of(verified.audience, resource):
            return TokenRefusal(TokenFault.WRONG_AUDIENCE)
        return _name_permissions(verified.token) if resource is Resource.ARM else verified.token

    async def examine(self, bearer: str) -> Token | TokenFault:
        """Whom a token of ours speaks of, whichever API it was made for."""
        verified = await self._recall(bearer)
        return verified if isinstance(verified, TokenFault) else verified.token

    async def examine_audience(self, bearer: str) -> tuple[Token, str] | TokenFault:
        """The same, with the API that the token was made for."""
        verified = await self._recall(bearer)
        if isinstance(verified, TokenFault):
            return verified
        return verified.token, verified.audience

    async def _recall(self, bearer: str) -> _Verified | TokenFault:
        key = sha256(bearer.encode("utf-8", "surrogatepass")).digest()
        verified = self._verified.get(key)
        if verified is None:
            judged = await self._judge(bearer)
            if isinstance(judged, TokenFault):
                return judged
            verified = judged
            self._remember(key, judged)
        else:
            self._verified.move_to_end(key)
        fault = self._find_fault(verified)
        if fault is not None:
            del self._verified[key]
        return fault or verified

    def _find_fault(self, verified: _Verified) -> TokenFault | None:
        if verified.ends_at <= self._clock.now():
            return TokenFault.EXPIRED
        # A key that was given up takes with it what it has signed.
        return None if self._keys.knows(verified.key_id) else TokenFault.UNKNOWN_KEY

    def _remember(self, key: bytes, verified: _Verified) -> None:
        self._verified[key] = verified
        while len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)

    async def _judge(self, bearer: str) -> _Verified | TokenFault:
        header, content = _read_header(bearer), await open_signed(self._keys, bearer)
        if header is None or isinstance(content, TokenFault):
            return content if isinstance(content, TokenFault) else TokenFault.MALFORMED
        try:
            claims = msgspec.json.decode(content, type=_Claims)
        except msgspec.DecodeError:
            return TokenFault.MALFORMED
        return self._judge_claims(claims, header.kid)

    def _judge_claims(self, claims: _Claims, key_id: str) -> _Verified | TokenFault:
        now = self._clock.now()
        if claims.ver not in _VERSIONS or not (claims.azp or claims.appid):
            return TokenFault.MALFORMED
        version = Version(claims.ver)
        issuers = {write_issuer(one, claims.tid, version) for one in self._authorities}
        if claims.iss not in issuers:
            return TokenFault.WRONG_ISSUER
        try:
            begins_at = datetime.fromtimestamp(claims.nbf, UTC)
            ends_at = datetime.fromtimestamp(claims.exp, UTC)
            issued_at = datetime.fromtimestamp(claims.iat, UTC)
        except (OverflowError, ValueError, OSError):
            return TokenFault.MALFORMED
        if ends_at <= now:
            return TokenFault.EXPIRED
        if begins_at > now + _SKEW:
            return TokenFault.NOT_YET_VALID
        return _Verified(claims.as_token(issued_at), key_id, claims.aud, ends_at)


def _name_permissions(token: Token) -> Token:
    """The token with its permissions as they are kept: beside those of Microsoft Graph."""
    named = (name_permission(AZURE_APP_ID, one) for one in token.permissions)
    return replace(token, permissions=frozenset(named))


async def open_signed(keys: KeyRing, token: str) -> bytes | TokenFault:
    """What a token says that one of our keys has signed, whether it still counts or not."""
    header = _read_header(token)
    if header is None or header.alg not in ALGORITHMS:
        return TokenFault.MALFORMED
    pair = await keys.find(header.kid)
    if pair is None:
        return TokenFault.UNKNOWN_KEY
    if header.alg != pair.algorithm:
        # The key says how it signs; a header never chooses.
        return TokenFault.MALFORMED
    try:
        return jws.deserialize_compact(token, pair.key, algorithms=[pair.algorithm]).payload
    except (JoseError, ValueError):
        return TokenFault.BAD_SIGNATURE


def read_bearer(authorization: str | None) -> str | None:
    """The token in an Authorization header, if there is one."""
    scheme, _, bearer = (authorization or "").partition(" ")
    return bearer.strip() or None if scheme.lower() == "bearer" else None


def _read_header(bearer: str) -> _Header | None:
    parts = bearer.split(".")
    if len(parts) != 3 or len(bearer) > LARGEST_TOKEN:  # noqa: PLR2004 - a signed token's parts
        return None
    try:
        padded = parts[0] + "=" * (-len(parts[0]) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=_Header)
    except (ValueError, msgspec.DecodeError):
        return None
