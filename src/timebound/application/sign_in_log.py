"""Keeping the sign-in log: noted in memory, written in batches, and bounded in every direction.

Whoever signs in waits for none of it. What is noted and not yet written is lost with the process:
about a second's worth. Nobody can fill the log: failures of one account are kept up to a number a
minute, those for names that nobody has up to a number in all, and what an application does over
and over in one batch is one entry.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from timebound.application.ports import Clock, DecisionStore, IdSource, ReadingStore
from timebound.application.sign_in_log_ports import (
    KEPT_FOR,
    Attempt,
    KeptSignIn,
    SignInKind,
    SignInLogStore,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.directory_changes import Names
from timebound.domain.first_party import AZURE_APP_ID, GRAPH_APP_ID
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.times import Instant

MOST_NOTED: Final = 10_000
"""How many wait to be written; what comes beyond is counted and not kept."""
TOGETHER: Final = 500
FAILURES_A_MINUTE: Final = 30
"""How many failures of one account are kept in a minute."""
STRANGERS_A_MINUTE: Final = 10
"""How many failures are kept in a minute for all names of a tenant that nobody has."""
_MINUTE: Final = timedelta(minutes=1)
_FORGET_EVERY: Final = timedelta(hours=1)
_RESOURCES: Final[Mapping[str, str]] = {
    GRAPH_APP_ID: "Microsoft Graph",
    AZURE_APP_ID: "Windows Azure Service Management API",
}


class SignInSource(SignInLogStore, DecisionStore, ReadingStore, Protocol):
    """Knows what everything is called, and keeps the log."""


@dataclass(slots=True)
class _Counts:
    """How many failures of each account have been kept in the minute that is running."""

    until: Instant | None = None
    of: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def admits(self, tenant_id: TenantId, subject: str, most: int, at: Instant) -> bool:
        """Whether one more is kept."""
        if self.until is None or at >= self.until:
            self.until = at + _MINUTE
            self.of.clear()
        self.of[tenant_id, subject] += 1
        return self.of[tenant_id, subject] <= most


@dataclass(slots=True)
class SignInLog:
    """The sign-ins that were noted, on their way into the store."""

    store: SignInSource
    ids: IdSource
    clock: Clock
    lost: int = 0
    """How many were not kept, because too many waited or the database did not take them."""
    _noted: deque[Attempt] = field(default_factory=deque)
    _counts: _Counts = field(default_factory=_Counts)
    _forget_at: Instant | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, attempt: Attempt) -> None:
        """Takes a sign-in, unless too many wait already."""
        if len(self._noted) >= MOST_NOTED:
            self.lost += 1
            return
        self._noted.append(attempt)

    async def flush(self) -> None:
        """Writes what has been noted until now; from then on it can be read."""
        async with self._lock:
            await self._flush()

    async def _flush(self) -> None:
        for _ in range(-(-len(self._noted) // TOGETHER)):
            batch = [self._noted.popleft() for _ in range(min(TOGETHER, len(self._noted)))]
            by_tenant: dict[TenantId, list[Attempt]] = defaultdict(list)
            for one in batch:
                by_tenant[one.tenant_id].append(one)
            await self._keep_all(by_tenant)

    async def _keep_all(self, by_tenant: Mapping[TenantId, Sequence[Attempt]]) -> None:
        """Keeps what it can; what cannot be kept of one tenant hinders no other."""
        faults = list[Exception]()
        for tenant_id, attempts in by_tenant.items():
            try:
                await self._keep(tenant_id, attempts)
            except Exception as error:  # noqa: BLE001 - counted, and raised when the others are done
                self.lost += len(attempts)
                faults.append(error)
        if faults:
            raise faults[0]

    async def _keep(self, tenant_id: TenantId, attempts: Sequence[Attempt]) -> None:
        known = await _find_known(self.store, tenant_id, attempts)
        kept = [
            known.name(one, self.ids.new_id())
            for one in _join_alike(attempts)
            if self._is_kept(known, one)
        ]
        if kept:
            await self.store.add_sign_ins(tenant_id, kept)
            await self._forget(tenant_id)

    def _is_kept(self, known: "_Known", one: Attempt) -> bool:
        if not one.fault:
            return True
        subject = known.find_subject(one)
        most = STRANGERS_A_MINUTE if subject is None else FAILURES_A_MINUTE
        return self._counts.admits(one.tenant_id, subject or "", most, one.at)

    async def _forget(self, tenant_id: TenantId) -> None:
        at = self.clock.now()
        if self._forget_at is None or at >= self._forget_at:
            self._forget_at = at + _FORGET_EVERY
            await self.store.forget_sign_ins(tenant_id, at - KEPT_FOR)


def _join_alike(attempts: Sequence[Attempt]) -> Iterable[Attempt]:
    """Of what an application did over and over the first; people are told one by one."""
    seen = set()
    for one in attempts:
        if one.kind is not SignInKind.APPLICATION:
            yield one
            continue
        alike = (one.app_id, one.resource_id, one.sent_from.address, one.credential, one.fault)
        if alike not in seen:
            seen.add(alike)
            yield one


async def _find_known(
    store: SignInSource, tenant_id: TenantId, attempts: Sequence[Attempt]
) -> "_Known":
    ids = list(dict.fromkeys(one.user_id for one in attempts if one.user_id))
    typed = list(dict.fromkeys(one.name.lower() for one in attempts if one.name))
    apps = dict.fromkeys(one.app_id for one in attempts if one.app_id)
    apps |= dict.fromkeys(ApplicationId(one.resource_id) for one in attempts if one.resource_id)
    names = Names()
    if typed or apps:
        names = (await store.load_names(tenant_id, typed, list(apps))).names
    return _Known(names, await store.find_objects(tenant_id, ids) if ids else {})


@dataclass(frozen=True, slots=True)
class _Known:
    """The people and the applications of some sign-ins, as far as the tenant knows them."""

    names: Names
    people: Mapping[str, DirectoryObject]

    def find_subject(self, one: Attempt) -> str | None:
        """Whose failure it is: a person's or an application's; none if the tenant has neither."""
        person = self._find_person(one)
        if person is not None:
            return person.id
        account = self._find_account(one.app_id)
        is_own = one.kind is SignInKind.APPLICATION
        return account.id if account is not None and is_own else None

    def name(self, one: Attempt, id_: str) -> KeptSignIn:
        """The sign-in with names."""
        person, account = self._find_person(one), self._find_account(one.app_id)
        return KeptSignIn(
            id=id_,
            at=one.at,
            kind=one.kind.value,
            address=one.sent_from.address,
            agent=one.sent_from.agent,
            correlation_id=one.sent_from.correlation_id,
            app_id=one.app_id,
            app_name=account.display_name if account else None,
            account_id=account.id if account and one.kind is SignInKind.APPLICATION else None,
            user_id=person.id if person else one.user_id,
            user_name=person.display_name if person else None,
            user_principal_name=self._name_person(person, one),
            resource_id=one.resource_id,
            resource_name=self._name_resource(one.resource_id),
            methods=one.methods,
            protocol=one.protocol,
            client=one.client,
            credential=one.credential,
            fault=one.fault,
            reason=one.reason,
        )

    def _find_person(self, one: Attempt) -> DirectoryObject | None:
        if one.user_id is not None:
            return self.people.get(one.user_id)
        return self.names.find_user(one.name) if one.name else None

    def _name_person(self, person: DirectoryObject | None, one: Attempt) -> str | None:
        """Their user principal name in lower case, or what was typed if it could be one here.

        Anything else that is typed in the place of a name may be a password, and is not kept: not
        as a mark either, by which whoever reads the log could try words.
        """
        # quirk(graph): sign-ins tell user principal names in lower case - signIn, userPrincipalName
        known = person.user_principal_name if person else None
        name = (known or (one.name if self._could_be_somebodys(one.name) else "")).lower()
        return name[:_LONGEST_NAME] or None

    def _could_be_somebodys(self, name: str) -> bool:
        local, at, domain = name.partition("@")
        is_address = bool(local and at) and not any(one.isspace() for one in name)
        return is_address and domain.lower() in self.names.domains

    def _find_account(self, app_id: str | None) -> DirectoryObject | None:
        return self.names.find_program(ObjectKind.SERVICE_PRINCIPAL, app_id) if app_id else None

    def _name_resource(self, app_id: str | None) -> str | None:
        found = self._find_account(app_id)
        return found.display_name if found else _RESOURCES.get(app_id or "")


_LONGEST_NAME: Final = 256
