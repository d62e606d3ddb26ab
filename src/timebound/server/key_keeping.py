"""Keeping the signing keys: the next one in time, `timebound keys rotate` and `replace`."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from timebound.identity.keys import KeyRing, KeyRules
from timebound.identity.sealing import SealError
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.master_key import open_master_key
from timebound.server.notes import read_floor
from timebound.server.ordering import require_database

_INTERVAL: Final = 60.0
"""Seconds until a server knows what another one has made; a new key waits far longer to sign."""
_log = structlog.get_logger()


def write_rules(settings: Settings) -> KeyRules:
    """How the keys of this installation are made."""
    return KeyRules(settings.signing_algorithm, life=settings.key_life)


async def keep_keys(keys: KeyRing) -> None:
    """Goes on until it is cancelled; a database that does not answer is asked again."""
    while True:
        await asyncio.sleep(_INTERVAL)
        try:
            await keys.keep()
        except Exception:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.exception("the signing keys could not be looked after")


def rotate_keys(settings: Settings, ahead: timedelta) -> str:
    """Makes the next signing key of a database, and tells when it will sign.

    Servers that run learn of it within a minute; ConfigError for what cannot be followed.
    """
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_rotate(settings, ahead))


def replace_keys(settings: Settings) -> str:
    """Puts one new key into the place of all, so that no token made before counts any more."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_rotate(settings, None))


async def _rotate(settings: Settings, ahead: timedelta | None) -> str:
    master = open_master_key(settings, is_made=False)
    async with open_database(settings) as store:
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        keys = KeyRing(store, master, clock, write_rules(settings))
        try:
            await keys.open()
            made = await keys.replace() if ahead is None else await keys.rotate(ahead)
        except SealError as error:
            raise ConfigError(f"--master-key-file: the signing key {error}") from error
    return f"The key {made.id} ({made.algorithm}) signs from {made.begins_at.isoformat()} on."
