"""A log to be sealed in tests: a key of its own, events, and the tree as it is defined."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.storage.world import NOON, World
from timebound.application.changes import ChangeSet
from timebound.application.log_ports import Logged
from timebound.application.sealing import Sealer, write_head_note
from timebound.domain.checkpoints import LogKey
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import ApplicationId, EventId, PrincipalId
from timebound.server.log_keys import LogKeys

PRIVATE: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY: Final = LogKey("pim.example", PRIVATE.public_key().public_bytes_raw())


def make_signer() -> LogKeys:
    """A signer whose key is always the same."""
    return LogKeys({1: (KEY, PRIVATE)})


async def note_heads(world: World) -> list[str]:
    """The tree heads of a log as they are held elsewhere."""
    heads = await world.store.read_heads(world.tenant, 0, 1000)
    return [write_head_note(make_signer(), world.tenant, head) for head in heads]


def make_event(world: World, number: int = 0) -> Event:
    """An event that tells something of everything."""
    return Event(
        EventId(world.new_id("9")),
        EventKind.GRANT_MADE,
        NOON,
        NOON + timedelta(seconds=number),
        f"request {number}",
        Actor(PrincipalId("somebody"), ApplicationId("something")),
        f"subject {number}",
        {"reason": "Größe \u2028", "number": number, "of": ("a", "b"), "none": None},
    )


async def tell(world: World, count: int, start: int = 0) -> list[Event]:
    """Commits some events, and answers them in the order in which they are sealed."""
    events = [make_event(world, start + number) for number in range(count)]
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=tuple(events))
    assert await world.store.apply(change)
    return events


async def read_logged(world: World, after: int = -1, limit: int = 1000) -> list[Logged]:
    """Sealed events behind a place, of which none is damaged."""
    found = await world.store.read_log(world.tenant, after, limit)
    whole = [one for one in found if isinstance(one, Logged)]
    assert len(whole) == len(found)
    return whole


def make_sealer(world: World) -> Sealer:
    """A sealer over the store of a world."""
    return Sealer(world.store, make_signer())


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH as RFC 9162 defines it, of leaves that are hashed already."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    both = naive_root(hashes[:middle]) + naive_root(hashes[middle:])
    return sha256(b"\x01" + both).digest()


def hash_digests(digests: Sequence[str]) -> list[bytes]:
    """The leaves of some events."""
    return [sha256(b"\x00" + bytes.fromhex(digest)).digest() for digest in digests]
