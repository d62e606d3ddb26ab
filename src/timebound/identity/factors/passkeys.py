"""Passkeys and security keys (WebAuthn): made, and proved with.

The user is verified each time, so that one of them is two factors. What is asked is sealed for one
person, and is answered once.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from secrets import token_bytes
from typing import Final
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from timebound.application.factor_ports import Factor, FactorKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.identity.factors.factors import Factors, Person
from timebound.identity.sealing import SealError

LIFE: Final = timedelta(minutes=15)
"""How long somebody may take to answer."""
SHOWN: Final = ("fido", "mfa")
"""What a passkey is in the words of RFC 8176 and of its users."""
LARGEST: Final = 32 * 1024
_CHALLENGE_BYTES: Final = 32
_HANDLE: Final = re.compile(r"[0-9a-f-]{36}")
_TIMEOUT: Final = 120_000
_NAME: Final = "Timebound"
_FAULTS: Final = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What the library raises for an answer that is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is asked, as its interface takes it, and the same sealed for the answer."""

    options: str
    sealed: str


class _Challenge(msgspec.Struct, frozen=True):
    """What has to be signed, and by when."""

    challenge: bytes
    ends_at: Instant


class _Response(msgspec.Struct, frozen=True, rename="camel"):
    """What a passkey says beside its signature."""

    user_handle: str = ""


class _Answer(msgspec.Struct, frozen=True):
    """The answer of a passkey that was not asked by name, as far as it says whose it is."""

    response: _Response


@dataclass(frozen=True, slots=True)
class Passkeys:
    """The passkeys of everybody, at one of our origins."""

    factors: Factors
    origin: str

    @property
    def is_possible(self) -> bool:
        """Whether browsers make passkeys here: for names, not for addresses."""
        try:
            ip_address(self._host)
        except ValueError:
            return True
        return False

    async def ask_new(self, person: Person, name: str) -> Asked:
        """Asks for a new passkey, on another device than those that have one."""
        challenge, sealed = self._seal(self._name("new", person))
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=_NAME,
            user_name=name,
            user_id=person.user_id.encode(),
            challenge=challenge,
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=await self._describe(person),
        )
        return Asked(options_to_json(options), sealed)

    async def read_new(self, person: Person, sealed: str, answer: str) -> Factor | None:
        """A passkey that answers what was asked, as it is kept; none for anything else."""
        challenge = await self._take(self._name("new", person), person.tenant_id, sealed)
        if challenge is None or len(answer) > LARGEST:
            return None
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except _FAULTS:
            return None
        return self._as_factor(person, made)

    async def ask(self, person: Person) -> Asked | None:
        """Asks for one of somebody's passkeys; none if they have none."""
        known = await self._describe(person)
        if not known:
            return None
        challenge, sealed = self._seal(self._name("proof", person))
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            timeout=_TIMEOUT,
            allow_credentials=known,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Asked(options_to_json(options), sealed)

    async def prove(self, person: Person, sealed: str, answer: str) -> bool:
        """Whether a passkey of theirs has answered what was asked; each answer counts once."""
        challenge = await self._take(self._name("proof", person), person.tenant_id, sealed)
        return challenge is not None and await self._check(person, challenge, answer)

    def ask_anybody(self, browser: str) -> Asked:
        """Asks whoever is in front of a browser, who then says by the passkey who they are.

        No passkey is named, so that nobody learns by asking whose there are.
        """
        challenge, sealed = self._seal(self._name_browser(browser))
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            timeout=_TIMEOUT,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Asked(options_to_json(options), sealed)

    async def prove_anybody(
        self, tenant_id: TenantId, browser: str, sealed: str, answer: str
    ) -> Person | None:
        """Whose passkey has answered what that browser was asked; each answer counts once."""
        challenge = await self._take(self._name_browser(browser), tenant_id, sealed)
        person = Person(tenant_id, PrincipalId(read_handle(answer)))
        is_proved = challenge is not None and await self._check(person, challenge, answer)
        return person if is_proved else None

    async def _check(self, person: Person, challenge: bytes, answer: str) -> bool:
        for one in await self._list(person):
            count = self._verify(person, one, challenge, answer)
            if count is not None:
                # Not every passkey counts; one that does never goes back.
                return count == one.used == 0 or await self.factors.use(person, one.id, count)
        return False

    def _verify(self, person: Person, known: Factor, challenge: bytes, answer: str) -> int | None:
        if len(answer) > LARGEST:
            return None
        try:
            if msgspec.json.decode(answer)["id"] != known.id:
                return None
            proved = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self.origin,
                credential_public_key=self.factors.master.unseal(person.name, known.sealed),
                credential_current_sign_count=known.used,
                require_user_verification=True,
            )
        except _FAULTS:
            return None
        return proved.new_sign_count

    def _as_factor(self, person: Person, made: VerifiedRegistration) -> Factor:
        sealed = self.factors.master.seal(person.name, made.credential_public_key)
        id_, at = _write(made.credential_id), self.factors.system.now()
        return Factor(person.user_id, id_, FactorKind.PASSKEY, sealed, at, made.sign_count)

    async def _list(self, person: Person) -> tuple[Factor, ...]:
        found = await self.factors.list_all(person)
        return tuple(one for one in found if one.kind is FactorKind.PASSKEY)

    async def _describe(self, person: Person) -> list[PublicKeyCredentialDescriptor]:
        return [PublicKeyCredentialDescriptor(_read(one.id)) for one in await self._list(person)]

    def _seal(self, name: str) -> tuple[bytes, str]:
        challenge = token_bytes(_CHALLENGE_BYTES)
        content = _Challenge(challenge, self.factors.system.now() + LIFE)
        sealed = self.factors.master.seal(name, msgspec.json.encode(content))
        return challenge, urlsafe_b64encode(sealed).decode()

    async def _take(self, name: str, tenant_id: TenantId, sealed: str) -> bytes | None:
        """The challenge, once: none of what was sealed for another, is over or was answered."""
        try:
            content = self.factors.master.unseal(name, urlsafe_b64decode(sealed))
        except (SealError, ValueError):
            return None
        asked = msgspec.json.decode(content, type=_Challenge)
        at = self.factors.system.now()
        if asked.ends_at <= at:
            return None
        mark = self.factors.marks.mark("passkey", asked.challenge.hex())
        is_first = await self.factors.store.use_assertion(tenant_id, mark, at, asked.ends_at)
        return asked.challenge if is_first else None

    def _name(self, purpose: str, person: Person) -> str:
        return f"passkey {purpose} at {self.origin}: {person.name}"

    def _name_browser(self, browser: str) -> str:
        return f"passkey sign-in at {self.origin}: {browser}"

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).hostname or ""


def read_handle(answer: str) -> str:
    """Who a passkey says that its owner is, proved or not; nobody for what is no answer."""
    try:
        told = msgspec.json.decode(answer[:LARGEST], type=_Answer).response.user_handle
        handle = _read(told).decode("ascii")
    except (msgspec.DecodeError, ValueError):
        return ""
    return handle if _HANDLE.fullmatch(handle) else ""


def _write(id_: bytes) -> str:
    return urlsafe_b64encode(id_).decode().rstrip("=")


def _read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
