"""Browsers in which somebody is signed in: how that begins, is seen again, and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_urlsafe
from typing import Final

from timebound.application.ports import Clock, SecretRecord, Store
from timebound.application.sign_in_ports import Session, SignedIn
from timebound.domain.directory import DirectoryObject, ObjectKind, find_sessions_start
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.strangers import Stranger
from timebound.domain.times import Instant
from timebound.identity.federation_rules import NOBODY, Federation, Provider
from timebound.identity.flows.marks import Marks, make_secret
from timebound.identity.lives import choose_session_lives, end_sign_in

FEDERATED: Final = "fed"
"""What a sign-in elsewhere is in the words of our tokens."""
_SESSION: Final = "session"
_LINK: Final = "link"
_PASSWORD: Final = "password"  # noqa: S105 - the name of a kind of mark
_AND: Final = "."
"""Between the mark of the password and the one of the link, where there is one."""
_TOUCHED_AFTER: Final = timedelta(minutes=1)
"""How much later a session must be used than it was last, for that to be written."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a request comes from: at which of our origins it asks, for which tenant, with what.

    `address` is where it is on the network, if that is known.
    """

    tenant_id: TenantId
    origin: str
    cookies: Mapping[str, str]
    address: str | None = None

    @property
    def cookie_name(self) -> str:
        """The name of the tenant's cookie; over plain HTTP browsers keep no `__Host-` one."""
        return f"{'__Host-' if self._is_secure else ''}timebound-{self.tenant_id}"

    @property
    def secret(self) -> str:
        """The secret that the browser shows; empty if it has none."""
        return self.cookies.get(self.cookie_name, "")

    def write_cookie(self, secret: str, life: timedelta | None) -> str:
        """The header that gives the browser a secret; without a life it ends with the browser."""
        parts = [f"{self.cookie_name}={secret}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self._is_secure:
            parts.append("Secure")
        if life is not None:
            parts.append(f"Max-Age={int(life.total_seconds())}")
        return "; ".join(parts)

    @property
    def _is_secure(self) -> bool:
        return self.origin.startswith("https://")


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is signed in, and where they are on the network now."""

    session: Session
    user: DirectoryObject
    address: str | None = None

    @property
    def who(self) -> SignedIn:
        """When and how they signed in."""
        return self.session.who


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A sign-in with another provider: who they are there, and when it was, if that is told."""

    known_as: Stranger
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that was begun or changed, and the `Set-Cookie` header that tells the browser."""

    present: Present
    cookie: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all tenants."""

    store: Store
    marks: Marks
    clock: Clock
    federation: Federation = NOBODY
    """Those with whom people may sign in instead."""

    async def find(self, browser: Browser) -> Present | None:
        """Who is signed in: enabled, with the password they signed in with, and not idle."""
        session = await self._find(browser)
        if session is None:
            return None
        user = await self.find_user(browser.tenant_id, session.who)
        if user is None:
            return None
        await self._touch(session)
        return Present(session, user, browser.address)

    async def start(
        self,
        browser: Browser,
        record: SecretRecord,
        methods: Sequence[str],
        *,
        is_remembered: bool = False,
        elsewhere: Elsewhere | None = None,
    ) -> Begun:
        """Begins a session of somebody who has just proved who they are, in place of any other.

        Who has proved it to somebody else did so `elsewhere`.
        """
        await self._forget(browser)
        settings, at = await self.store.load_settings(browser.tenant_id), self.clock.now()
        lives = choose_session_lives(settings, is_remembered=is_remembered)
        who = self.tell_sign_in(record, methods)
        if elsewhere is not None:
            link = self._mark_link(record.owner.id, elsewhere.known_as)
            proof = f"{who.proof}{_AND}{link}"
            who = replace(who, at=elsewhere.at or who.at, proof=proof)
        ends_at = min(at + lives.absolute, end_sign_in(who.at))
        session = Session(browser.tenant_id, "", who, at + lives.idle, ends_at, is_remembered)
        return await self._keep(browser, Present(session, record.owner, browser.address))

    async def strengthen(self, browser: Browser, present: Present, methods: Sequence[str]) -> Begun:
        """The session once a further factor was shown, under another secret than before."""
        await self._forget(browser)
        known = dict.fromkeys((*present.who.methods, *methods))
        who = replace(present.who, methods=tuple(known))
        return await self._keep(browser, replace(present, session=_with(present.session, who)))

    async def renew(self, browser: Browser, present: Present, record: SecretRecord) -> Begun:
        """The session of somebody who has changed their own password, under another secret."""
        await self._forget(browser)
        _, and_, link = present.who.proof.partition(_AND)
        who = replace(present.who, proof=f"{self.prove(record)}{and_}{link}")
        return await self._keep(browser, replace(present, session=_with(present.session, who)))

    async def end(self, browser: Browser) -> str:
        """Ends the session; answers the header that makes the browser forget it."""
        await self._forget(browser)
        return browser.write_cookie("", timedelta())

    def tell_sign_in(self, record: SecretRecord, methods: Sequence[str]) -> SignedIn:
        """A sign-in that has just happened."""
        user_id = PrincipalId(record.owner.id)
        session_id = token_urlsafe(16)
        return SignedIn(user_id, self.clock.now(), tuple(methods), self.prove(record), session_id)

    def prove(self, record: SecretRecord) -> str:
        """What is another once the password is another, or sessions were revoked."""
        return self.marks.mark(_PASSWORD, *_list_grounds(record))

    async def find_user(self, tenant_id: TenantId, who: SignedIn) -> DirectoryObject | None:
        """The person of a sign-in, while they are enabled and all that it rests on is as it was."""
        found = (await self.store.find_objects(tenant_id, [who.user_id])).get(who.user_id)
        if found is None or not _may_sign_in(found) or not found.user_principal_name:
            return None
        record = await self.store.find_user(tenant_id, found.user_principal_name)
        is_same = record is not None and record.owner.id == found.id
        if record is None or not is_same:
            return None
        own, is_linked, link = who.proof.partition(_AND)
        is_proof = self.marks.is_mark(own, _PASSWORD, *_list_grounds(record))
        if not is_proof or not (is_linked or FEDERATED in who.methods):
            return found if is_proof else None
        return found if await self._find_voucher(tenant_id, who.user_id, link) else None

    async def find_provider(self, present: Present) -> Provider | None:
        """The provider that a sign-in stands on; none if it was made here."""
        _, is_linked, link = present.who.proof.partition(_AND)
        if not is_linked:
            return None
        return await self._find_voucher(present.session.tenant_id, present.who.user_id, link)

    async def _find_voucher(
        self, tenant_id: TenantId, user_id: PrincipalId, link: str
    ) -> Provider | None:
        """The provider by whom somebody came, while it is one and the link is there."""
        tenant = await self.store.find_tenant(tenant_id)
        providers = () if tenant is None else self.federation.list_providers(tenant)
        links = await self.store.list_links(tenant_id, user_id)
        issuers = {
            one.issuer
            for one in links
            if self.marks.is_mark(link, _LINK, user_id, one.issuer, one.subject)
        }
        return next((one for one in providers if not issuers.isdisjoint(one.issuers)), None)

    def _mark_link(self, user_id: str, known_as: Stranger) -> str:
        return self.marks.mark(_LINK, user_id, known_as.issuer, known_as.subject)

    async def _find(self, browser: Browser) -> Session | None:
        if not browser.secret:
            return None
        key = self._mark(browser)
        session = await self.store.find_session(browser.tenant_id, key)
        return session if session is not None and session.is_alive(self.clock.now()) else None

    async def _touch(self, session: Session) -> None:
        settings = await self.store.load_settings(session.tenant_id)
        lives = choose_session_lives(settings, is_remembered=session.is_remembered)
        idle_at = self.clock.now() + lives.idle
        # Earlier than it was, where the tenant has set less meanwhile.
        if abs(idle_at - session.idle_at) > _TOUCHED_AFTER:
            await self.store.prolong_session(replace(session, idle_at=idle_at))

    async def _keep(self, browser: Browser, present: Present) -> Begun:
        secret = make_secret()
        key = self.marks.mark(_SESSION, browser.tenant_id, secret)
        session = replace(present.session, key=key)
        await self.store.add_session(session)
        left = session.ends_at - self.clock.now() if session.is_remembered else None
        return Begun(replace(present, session=session), browser.write_cookie(secret, left))

    async def _forget(self, browser: Browser) -> None:
        if browser.secret:
            await self.store.end_session(browser.tenant_id, self._mark(browser))

    def _mark(self, browser: Browser) -> str:
        return self.marks.mark(_SESSION, browser.tenant_id, browser.secret)


def _list_grounds(record: SecretRecord) -> tuple[str, ...]:
    """What a sign-in rests on: who it is, their password, and that it was not revoked since."""
    begins_at = find_sessions_start(record.owner)
    since = () if begins_at is None else (f"since {begins_at.isoformat()}",)
    return (record.owner.id, *record.hashes, *since)


def _with(session: Session, who: SignedIn) -> Session:
    return replace(session, who=who)


def _may_sign_in(user: DirectoryObject) -> bool:
    return user.kind is ObjectKind.USER and user.is_enabled and user.deleted_at is None
