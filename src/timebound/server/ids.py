"""The only makers of identifiers: random ones, and the emulator's repeatable ones."""

import hashlib
import uuid
from typing import Final

BLOCK: Final = 100_000
"""How many ids are set aside at once, so that a crash cannot lead to one being given twice."""


class RandomIds:
    """Ids that nobody can foresee."""

    def new_id(self) -> str:
        """A new random GUID in lower-case text."""
        return str(uuid.uuid4())

    def derive_id(self, *names: str) -> str:
        """The one GUID that a sequence of names leads to, always the same."""
        return derive_id(*names)


class SeededIds:
    """Ids that follow from a seed and a counter: the same calls get the same ids."""

    def __init__(self, seed: str, counter: int = 0) -> None:
        self._seed = seed
        self._key = hashlib.sha256(seed.encode()).digest()
        self.counter = counter

    def new_id(self) -> str:
        """The next GUID in lower-case text."""
        digest = hashlib.blake2b(
            self.counter.to_bytes(8, "big"), key=self._key, digest_size=16
        ).digest()
        self.counter += 1
        return str(uuid.UUID(bytes=digest, version=4))

    def derive_id(self, *names: str) -> str:
        """The one GUID that a sequence of names leads to, whatever the seed."""
        return derive_id(*names)

    def begin_anew(self) -> "SeededIds":
        """The same ids from the first; only what forgets everything else may go on with them."""
        return SeededIds(self._seed)


def derive_id(*names: str) -> str:
    """The one GUID that a sequence of names leads to, always the same."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names)))


_NAMESPACE: Final = uuid.UUID("3b0c1f76-4f0e-5a9c-8d21-6f6a0f1f7c55")
