"""How people prove who they are, as others see it and take it from them; never a secret of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from timebound.application.changes import RemoveFactor, principal_key
from timebound.application.directory.objects import load_changed
from timebound.application.directory.sign_in_ends import put_ended
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.directory_reading import Origin, find_origin, refuse_missing
from timebound.application.engine import Record, Teller
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.factors import has_factor, tell_factors
from timebound.application.ports import Store
from timebound.application.reading import Reader
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import refuse_absent
from timebound.domain.problems import Code, Problem
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant

PASSWORD_ID: Final = "28c10230-6103-485e-b985-444c60001490"  # noqa: S105 - the id of a method
"""The id that everybody's password has. Source: Graph, passwordAuthenticationMethod."""
_PEOPLE: Final = frozenset({ObjectKind.USER})


class MethodKind(Enum):
    """The kinds of methods that are told; codes on paper are none of them."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    APP = "app"
    PASSKEY = "passkey"


_KINDS: Final = {FactorKind.TOTP: MethodKind.APP, FactorKind.PASSKEY: MethodKind.PASSKEY}


@dataclass(frozen=True, slots=True)
class Method:
    """A way in which a person proves who they are, and since when they have it."""

    kind: MethodKind
    id: str
    created_at: Instant | None = None


async def read_methods(reader: Reader, store: Store, key: str) -> tuple[Method, ...] | Refused:
    """The methods of a person by their id or name, of others for who may read those."""
    found = await find_origin(reader, Origin(key, _PEOPLE))
    is_own = found is not None and found.id == reader.token.principal_id
    is_own = is_own and not reader.token.sign_in.is_application
    needed = Operation.READ_OWN_METHODS if is_own else Operation.READ_METHODS
    problems = authorize(needed, await reader.store.load_caller(reader.token, reader.at))
    if problems:
        return Refused(problems)
    return refuse_missing(key) if found is None else await _list_methods(reader, store, found)


async def _list_methods(reader: Reader, store: Store, user: DirectoryObject) -> tuple[Method, ...]:
    tenant_id, name = reader.token.tenant_id, user.user_principal_name
    record = await store.find_user(tenant_id, name) if name else None
    held = await store.list_factors(tenant_id, user.id)
    passwords = [Method(MethodKind.PASSWORD, PASSWORD_ID)] if record and record.hashes else []
    factors = (Method(_KINDS[o.kind], o.id, o.created_at) for o in held if o.kind in _KINDS)
    return (*passwords, *factors)


@dataclass(frozen=True, slots=True)
class Removal:
    """A method that is to be taken from a person."""

    user_id: PrincipalId
    kind: MethodKind
    method_id: str


async def remove_method(
    work: Work, store: Store, removal: Removal, system_at: Instant
) -> DirectoryObject | Refused:
    """Takes a method from somebody else, whose sign-ins until `system_at` end with it.

    With the last one go the codes on paper that stand in for it. People look after their own
    methods where they have to sign in anew for that.
    """
    user_id = removal.user_id

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, user_id)
        found = facts.object
        if found is None or found.deleted_at is not None or found.kind is not ObjectKind.USER:
            return facts.caller, refuse_absent(facts, (Operation.REMOVE_METHODS,))
        problems = authorize(Operation.REMOVE_METHODS, facts.caller, facts.target)
        if not problems and user_id == facts.caller.id:
            problems = (Problem(Code.ACCESS_DENIED),)
        if problems:
            return facts.caller, Refused(problems)
        # Read after the version that a change of them raises.
        held = await store.list_factors(work.token.tenant_id, user_id)
        gone = _choose(held, removal)
        if not gone:
            return facts.caller, refuse_missing(removal.method_id)

        async def record(teller: Teller) -> Record[DirectoryObject]:
            return _record(found, gone, system_at, teller)

        return facts.caller, record

    data = {"action": "removeMethod", "kind": removal.kind.value}
    return await carry_out(work, user_id, data, judge)


def _choose(held: tuple[Factor, ...], removal: Removal) -> tuple[Factor, ...]:
    gone = [o for o in held if o.id == removal.method_id and _KINDS.get(o.kind) is removal.kind]
    rest = [one for one in held if one not in gone]
    return tuple(gone) if not gone or has_factor(rest) else held


def _record(
    user: DirectoryObject, gone: tuple[Factor, ...], system_at: Instant, teller: Teller
) -> Record[DirectoryObject]:
    removals = (RemoveFactor(user.id, one.id) for one in gone)
    writes = (*put_ended(user, system_at), *removals)
    ended = teller.tell(EventKind.SESSIONS_ENDED, user.id, {"isOwn": False})
    told = (*tell_factors(teller, EventKind.FACTOR_REMOVED, gone), ended)
    return Record(user, writes, told, frozenset({principal_key(user.id)}))
