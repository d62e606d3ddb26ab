"""Programs of Microsoft's come to be known in a tenant when somebody uses one for the first time.

They are kept as service principals like all others, so that the sign-in log and the lists need to
know nothing of them, and an administrator can disable one or delete it. Nothing is granted with it:
what it may do without consent is a setting of the tenant.
"""

from collections.abc import Mapping
from typing import Final

from timebound.application.changes import FactKey, PutObject, name_key, principal_key
from timebound.application.engine import Engine, Record, Teller, apply_attempts
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.first_party import PROGRAMS, Program, make_program_account
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant

_NEVER: Final = 0
"""The version of a name that nothing ever had."""


async def admit_program(
    engine: Engine, tenant_id: TenantId, app_id: ApplicationId, at: Instant
) -> None:
    """Makes the service principal of a program that the tenant has never had.

    Nothing happens for other applications, nor where it was deleted, even for ever: it does not
    come back by being asked for. Of several at once one makes it.
    """
    program = PROGRAMS.get(app_id)
    if program is None:
        return
    teller = Teller(engine, Actor(), engine.ids.new_id(), at)
    account = make_program_account(program, PrincipalId(engine.ids.new_id()), at)

    async def attempt() -> tuple[Record[None], Mapping[FactKey, int]]:
        loaded = await engine.store.load_names(tenant_id, (), (app_id,))
        is_new = not loaded.names.taken and loaded.versions[name_key(app_id)] == _NEVER
        return _record(program, account, teller) if is_new else Record(None), loaded.versions

    await apply_attempts(engine, tenant_id, at, attempt)


def _record(program: Program, account: DirectoryObject, teller: Teller) -> Record[None]:
    keys = frozenset({principal_key(account.id), name_key(program.app_id)})
    return Record(None, (PutObject(account),), (_tell(account, teller),), keys)


def _tell(account: DirectoryObject, teller: Teller) -> Event:
    data: dict[str, Fact] = {
        "objectKind": account.kind.value,
        "displayName": account.display_name,
        "isEnabled": account.is_enabled,
        "isDeleted": False,
        "isRoleAssignable": False,
        "userPrincipalName": None,
        "applicationId": account.app_id,
    }
    return teller.tell(EventKind.OBJECT_CREATED, account.id, data)
