"""Whether a client has the key of a certificate that it registered, before it changes them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from timebound.application.certificates import list_certificates
from timebound.application.ports import Clock
from timebound.domain.directory import DirectoryObject
from timebound.identity.assertions import SKEW, judge_life, open_assertion

AUDIENCE: Final = "00000002-0000-0000-c000-000000000000"
"""Whom a proof is for. Source: Graph, Generate proof of possession tokens for rolling keys."""
LONGEST_PROOF: Final = timedelta(minutes=10) + SKEW


class _Claims(msgspec.Struct, frozen=True):
    """What a proof has to say."""

    iss: str
    aud: str
    nbf: float
    exp: float


@dataclass(frozen=True, slots=True)
class KeyPossession:
    """Judges proofs on the system's clock, as certificates are."""

    clock: Clock

    def proves(self, proof: str, found: DirectoryObject) -> bool:
        """Whether the proof is signed by such a key, speaks of the object, and counts now."""
        now = self.clock.now()
        payload = open_assertion(proof, list_certificates(found.attributes, now))
        try:
            claims = msgspec.json.decode(payload or b"", type=_Claims)
        except (msgspec.DecodeError, RecursionError):
            return False
        if claims.iss.lower() != found.id or claims.aud != AUDIENCE:
            return False
        ends_at = judge_life(claims.nbf, claims.exp, now)
        return ends_at is not None and ends_at <= now + LONGEST_PROOF + SKEW
