"""`timebound audit rotate-key`: another key signs the tree heads from now on."""

import asyncio

from timebound.server.audit_checks import choose_tenants
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.log_keys import WAIT, add_log_key
from timebound.server.master_key import open_master_key
from timebound.server.notes import read_floor
from timebound.server.ordering import require_database


def rotate_log_key(settings: Settings) -> list[str]:
    """Makes the key that signs next, and tells it; ConfigError for what cannot be followed.

    Servers that run learn of it in time, and the heads that were signed before keep their key.
    """
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_rotate(settings))


async def _rotate(settings: Settings) -> list[str]:
    master = open_master_key(settings, is_made=False)
    async with open_database(settings) as store:
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        at = clock.now()
        key = await add_log_key(store, master, at)
        lines = [f"The new key signs from {(at + WAIT).isoformat(timespec='seconds')} on."]
        lines += [key.write_verifier(one) for one in await choose_tenants(store, None)]
        return lines
