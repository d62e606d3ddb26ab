"""What is kept while somebody is away at a provider: sealed, for one browser, for one return.

The state goes round through the provider. It is sealed, so that nobody reads or alters it; it
counts only with the cookie that was given with it, so that nobody finishes in another's browser
what they began in theirs; and it counts once.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.federation_rules import Provider
from timebound.identity.flows.marks import make_secret
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.sessions import Browser
from timebound.identity.sealing import MasterKey, SealError

LIFE: Final = timedelta(minutes=15)
"""How long somebody may take to sign in elsewhere."""
_SEALED: Final = "federation state"
_COOKIE: Final = "federation cookie"
_LARGEST: Final = 16 * 1024


class Away(msgspec.Struct, frozen=True):
    """Somebody who signs in elsewhere: where, what for, and what has to come back."""

    id: str
    tenant_id: str
    provider: str
    issuer: str
    redirect_uri: str
    ctx: str
    nonce: str
    verifier: str
    browser_mark: str
    ends_at: Instant

    @property
    def challenge(self) -> str:
        """What is told of the verifier before it is shown (RFC 7636)."""
        return _encode(sha256(self.verifier.encode()).digest())


@dataclass(frozen=True, slots=True)
class Leaving:
    """A state that was made, as the provider carries it, and the cookie that goes with it."""

    away: Away
    state: str
    cookie: str


class AwayStates:
    """Makes states, and takes each back once."""

    def __init__(self, flows: Flows, master: MasterKey) -> None:
        self._flows = flows
        self._key = MasterKey(master.derive(_SEALED))

    def leave(self, browser: Browser, provider: Provider, redirect_uri: str, ctx: str) -> Leaving:
        """Somebody goes to a provider."""
        id_, secret = make_secret(), make_secret()
        away = Away(
            id=id_,
            tenant_id=browser.tenant_id,
            provider=provider.name,
            issuer=provider.issuer,
            redirect_uri=redirect_uri,
            ctx=ctx,
            nonce=make_secret(),
            verifier=make_secret(),
            browser_mark=self._flows.marks.mark(_COOKIE, id_, secret),
            ends_at=self._flows.granting.system.now() + LIFE,
        )
        state = _encode(self._key.seal(_SEALED, msgspec.json.encode(away)))
        return Leaving(away, state, _own(browser, id_).write_cookie(secret, LIFE))

    async def come_back(self, browser: Browser, provider: Provider, state: str) -> Away | None:
        """Who comes back: the same browser, from the same provider, in time, for the first time."""
        away = self._open(state)
        at = self._flows.granting.system.now()
        if away is None or away.ends_at <= at:
            return None
        given = away.tenant_id, away.provider, away.issuer
        if given != (browser.tenant_id, provider.name, provider.issuer):
            return None
        secret = browser.cookies.get(_own(browser, away.id).cookie_name, "")
        if not self._flows.marks.is_mark(away.browser_mark, _COOKIE, away.id, secret):
            return None
        key = self._flows.marks.mark(_SEALED, away.id)
        store, tenant_id = self._flows.granting.store, TenantId(away.tenant_id)
        is_first = await store.use_assertion(tenant_id, key, at, away.ends_at)
        return away if is_first else None

    def forget(self, browser: Browser, away: Away) -> str:
        """The header that takes the cookie back."""
        return _own(browser, away.id).write_cookie("", timedelta())

    def _open(self, state: str) -> Away | None:
        if len(state) > _LARGEST:
            return None
        try:
            sealed = urlsafe_b64decode(state + "=" * (-len(state) % 4))
            return msgspec.json.decode(self._key.unseal(_SEALED, sealed), type=Away)
        except (SealError, ValueError):
            return None


def _own(browser: Browser, id_: str) -> Browser:
    """The browser with a cookie for one way there and back, beside its session's."""
    return replace(browser, tenant_id=TenantId(f"away-{id_[:12]}"))


def _encode(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
