"""Second factors of people: enrolled, checked, and used up."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.factors import change_own_factors
from timebound.application.ports import Clock, IdSource, Store
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.identity.factors.recovery import make_recovery_codes, mark_recovery_code
from timebound.identity.factors.totp import DIGITS, find_step, make_totp_secret
from timebound.identity.flows.marks import Marks
from timebound.identity.sealing import MasterKey, SealError

ENROLMENT_LIFE: Final = timedelta(minutes=15)
_PERMITTED: Final = frozenset({"Directory.AccessAsUser.All"})
_THESE_PAGES: Final = ApplicationId("00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class Person:
    """Whose factors they are."""

    tenant_id: TenantId
    user_id: PrincipalId

    @property
    def name(self) -> str:
        """The name under which their secrets are sealed."""
        return f"factor of {self.tenant_id}/{self.user_id}"


class _Enrolment(msgspec.Struct, frozen=True):
    """A secret that is shown and not yet confirmed."""

    secret: bytes
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of everybody; secrets are sealed under the master key, each for one person."""

    store: Store
    master: MasterKey
    marks: Marks
    ids: IdSource
    system: Clock
    movable: Clock

    async def list_kinds(self, person: Person) -> frozenset[FactorKind]:
        """Which kinds somebody has; recovery codes alone are none."""
        found = await self.list_all(person)
        kinds = frozenset(one.kind for one in found)
        return kinds if kinds - {FactorKind.RECOVERY} else frozenset()

    async def prove(self, person: Person, code: str) -> bool:
        """Whether a code is theirs: six digits of their app, or a recovery code. Each counts once.

        Eight who come with the same code at once have one success between them.
        """
        typed = "".join(code.split())
        found = await self.list_all(person)
        if len(typed) == DIGITS and typed.isdecimal():
            return await self._prove_totp(person, typed, found)
        return await self._prove_recovery(person, typed, found)

    def begin_totp(self, person: Person) -> tuple[bytes, str]:
        """A secret for an app, and the same sealed for the form that confirms it."""
        secret = make_totp_secret()
        content = msgspec.json.encode(_Enrolment(secret, self.system.now() + ENROLMENT_LIFE))
        sealed = self.master.seal(f"enrolment: {person.name}", content)
        return secret, urlsafe_b64encode(sealed).decode()

    def open_totp(self, person: Person, sealed: str) -> bytes | None:
        """The secret in a form; none for what is somebody else's, or over."""
        try:
            content = self.master.unseal(f"enrolment: {person.name}", urlsafe_b64decode(sealed))
        except (SealError, binascii.Error, ValueError):
            return None
        enrolment = msgspec.json.decode(content, type=_Enrolment)
        return enrolment.secret if self.system.now() < enrolment.ends_at else None

    async def confirm_totp(
        self, person: Person, secret: bytes, code: str
    ) -> tuple[str, ...] | None:
        """Keeps the secret, once a code shows that the app has it.

        Answers recovery codes, which take the place of earlier ones and are told this once; none
        for a wrong code.
        """
        app = self.make_app(person, secret, code)
        return None if app is None else await self.add_with_codes(person, (app,))

    def make_app(self, person: Person, secret: bytes, code: str) -> Factor | None:
        """An app as it is kept, with the step of the code used; none for a wrong code."""
        at = self.system.now()
        step = find_step(secret, "".join(code.split()), at)
        if step is None:
            return None
        sealed = self.master.seal(person.name, secret)
        return Factor(person.user_id, self.ids.new_id(), FactorKind.TOTP, sealed, at, step)

    def make_paper(self, person: Person) -> tuple[tuple[str, ...], tuple[Factor, ...]]:
        """Recovery codes as they are shown, and as they are kept."""
        codes, at = make_recovery_codes(), self.system.now()
        return codes, tuple(self._keep_code(person, one, at) for one in codes)

    async def add_with_codes(
        self, person: Person, added: Sequence[Factor] = ()
    ) -> tuple[str, ...] | None:
        """Keeps factors, and new recovery codes in place of earlier ones; none where refused."""
        codes, kept = self.make_paper(person)
        paper = [one for one in await self.list_all(person) if one.kind is FactorKind.RECOVERY]
        changed = await change_own_factors(self.work(person), (*added, *kept), paper)
        return None if isinstance(changed, Refused) else codes

    async def list_all(self, person: Person) -> tuple[Factor, ...]:
        """All that somebody has, codes on paper too, used or not."""
        return await self.store.list_factors(person.tenant_id, person.user_id)

    async def remove(self, person: Person, factor_id: str) -> bool:
        """Forgets a factor; with the last one go the codes that stand in for it."""
        found = await self.list_all(person)
        own = [one for one in found if one.kind is not FactorKind.RECOVERY]
        gone = [one for one in own if one.id == factor_id]
        if not gone:
            return False
        removed = found if gone == own else gone
        return not isinstance(await change_own_factors(self.work(person), (), removed), Refused)

    async def _prove_totp(self, person: Person, code: str, found: tuple[Factor, ...]) -> bool:
        at = self.system.now()
        for one in found:
            if one.kind is FactorKind.TOTP:
                step = find_step(self.master.unseal(person.name, one.sealed), code, at)
                if step is not None:
                    return await self.use(person, one.id, step)
        return False

    async def _prove_recovery(self, person: Person, code: str, found: tuple[Factor, ...]) -> bool:
        mark = mark_recovery_code(self.marks, person.user_id, code)
        known = {one.id for one in found if one.kind is FactorKind.RECOVERY}
        return mark in known and await self.use(person, mark, 1)

    async def use(self, person: Person, factor_id: str, used: int) -> bool:
        """Whether a factor was used up to there for the first time."""
        return await self.store.use_factor(person.tenant_id, person.user_id, factor_id, used)

    def _keep_code(self, person: Person, code: str, at: Instant) -> Factor:
        mark = mark_recovery_code(self.marks, person.user_id, code)
        return Factor(person.user_id, mark, FactorKind.RECOVERY, b"", at)

    def work(self, person: Person) -> Work:
        """How somebody changes what they prove themselves with: these pages act for nobody else."""
        token = Token(
            person.tenant_id, person.user_id, _THESE_PAGES, _PERMITTED, is_of_service=True
        )
        return Work(Engine(self.store, self.ids), token, self.movable.now())
