"""Second factors of people: enrolled, checked, and used up."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.factors import (
    Choose,
    FactorChange,
    change_own_factors,
    has_factor,
)
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
    """Whose factors they are, and where they are on the network where they change them."""

    tenant_id: TenantId
    user_id: PrincipalId
    address: str | None = None

    @property
    def name(self) -> str:
        """The name under which their secrets are sealed."""
        return f"factor of {self.tenant_id}/{self.user_id}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A factor was kept; with it new recovery codes, told this once, where they came along."""

    codes: tuple[str, ...] = ()


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
        return frozenset(one.kind for one in found) if has_factor(found) else frozenset()

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

    async def add(self, person: Person, new: Factor, *, has_proved: bool) -> Kept | None:
        """Keeps a factor of a person; none where that is refused, as of one that is there already.

        An app, and whatever is the first, brings recovery codes along, in place of earlier ones.
        """
        codes, paper = self.make_paper(person)

        def choose(held: tuple[Factor, ...]) -> FactorChange:
            if any(one.id == new.id for one in held):
                return FactorChange()
            if new.kind is not FactorKind.TOTP and has_factor(held):
                return FactorChange((new,))
            return FactorChange((new, *paper), _find_paper(held))

        changed = await self._change(person, choose, has_proved=has_proved)
        if changed is None or not changed.added:
            return None
        return Kept(codes if len(changed.added) > 1 else ())

    async def renew_paper(self, person: Person, *, has_proved: bool) -> tuple[str, ...] | None:
        """New recovery codes in place of earlier ones, for who has something they stand in for."""
        codes, paper = self.make_paper(person)

        def choose(held: tuple[Factor, ...]) -> FactorChange:
            return FactorChange(paper, _find_paper(held)) if has_factor(held) else FactorChange()

        changed = await self._change(person, choose, has_proved=has_proved)
        return codes if changed is not None and changed.added else None

    async def list_all(self, person: Person) -> tuple[Factor, ...]:
        """All that somebody has, codes on paper too, used or not."""
        return await self.store.list_factors(person.tenant_id, person.user_id)

    async def remove(self, person: Person, factor_id: str, *, has_proved: bool) -> bool:
        """Forgets a factor; with the last one go the codes that stand in for it."""

        def choose(held: tuple[Factor, ...]) -> FactorChange:
            own = [one for one in held if one.kind is not FactorKind.RECOVERY]
            gone = [one for one in own if one.id == factor_id]
            return FactorChange(removed=held if own == gone and gone else tuple(gone))

        changed = await self._change(person, choose, has_proved=has_proved)
        return changed is not None and bool(changed.removed)

    async def _change(
        self, person: Person, choose: Choose, *, has_proved: bool
    ) -> FactorChange | None:
        work = self.work(person)
        changed = await change_own_factors(work, self.store, choose, has_proved=has_proved)
        return None if isinstance(changed, Refused) else changed

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
        engine = Engine(self.store, self.ids, person.address)
        return Work(engine, token, self.movable.now())


def _find_paper(held: tuple[Factor, ...]) -> tuple[Factor, ...]:
    return tuple(one for one in held if one.kind is FactorKind.RECOVERY)
