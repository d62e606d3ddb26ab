"""The operator's code for the first administrator: printed at the start, or by a command."""

import asyncio

import click

from timebound.application.ports import Clock, Store, TenantRecord
from timebound.identity.first_start import LIFE, FirstStart
from timebound.identity.flows.marks import open_marks
from timebound.identity.pages.bootstrap import PATH
from timebound.identity.sealing import MasterKey
from timebound.server.app import Parts
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Role, Settings
from timebound.server.database import open_database, tell_plainly
from timebound.server.master_key import open_master_key
from timebound.server.notes import read_floor
from timebound.server.ordering import find_tenant, require_database, require_production
from timebound.server.origins import find_urls


async def offer_code(parts: Parts, tenant: TenantRecord | None) -> None:
    """Prints a code where nobody could sign in as an administrator, unless one is out already.

    Of servers that start at once one prints it. It is printed past the log, on the standard error,
    and nowhere else.
    """
    if parts.settings.is_emulator or tenant is None:
        return
    code = await _open(parts.store, parts.master, parts.system).offer_code(tenant.id)
    if code is not None:
        origin = find_urls(parts.origins, Role.AUTHORITY)[0]
        hours = int(LIFE.total_seconds()) // 3600
        click.echo(
            f"Nobody can sign in as an administrator of {tenant.display_name} yet. Within "
            f"{hours} hours the first one comes to be at {origin}/{PATH} with this code, which is "
            f"shown this once:\n{code}",
            err=True,
        )


def make_bootstrap_code(settings: Settings, tenant: str) -> str:
    """A new code in place of any other; ConfigError once an administrator can sign in."""
    with tell_plainly(settings):
        require_database(settings)
        return asyncio.run(_make(settings, tenant))


async def _make(settings: Settings, name: str) -> str:
    master = open_master_key(settings, is_made=False)
    async with open_database(settings) as store:
        await require_production(store)
        tenant = await find_tenant(store, name)
        clock = start_system_clock(machine_sources(), await read_floor(store), accepts_step=False)
        code = await _open(store, master, clock).make_code(tenant.id)
    if code is None:
        raise ConfigError(
            f"--tenant {name!r}: an administrator can sign in already; they let others in"
        )
    return code


def _open(store: Store, master: MasterKey, system: Clock) -> FirstStart:
    return FirstStart(store, open_marks(master), system, system)
