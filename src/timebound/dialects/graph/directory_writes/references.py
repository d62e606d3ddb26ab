"""Members and owners put in and taken out by `$ref`."""

from collections.abc import Awaitable, Callable

from timebound.application.directory.memberships import add_to_group, remove_from_group
from timebound.application.directory.programs import set_owner, set_unit_member
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take, work_of
from timebound.dialects.graph.directory_writes.bodies import Reference
from timebound.dialects.graph.directory_writes.reading import read_reference
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.wire import read_body
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import PrincipalId, RoleId


def add_to(role_id: RoleId) -> Handler:
    """The handler that adds a member, or an owner, to a group."""

    async def handle(call: Call) -> Answer:
        other_id = _read_other(call)
        await take(call, await add_to_group(work_of(call), read_key(call), role_id, [other_id]))
        return DONE

    return handle


def remove_from(role_id: RoleId) -> Handler:
    """The handler that takes a member, or an owner, out of a group."""

    async def handle(call: Call) -> Answer:
        group_id, other_id = read_key(call), read_key(call, 1)
        await take(call, await remove_from_group(work_of(call), group_id, role_id, other_id))
        return DONE

    return handle


def set_owner_of(kind: ObjectKind, *, is_added: bool) -> Handler:
    """The handler that gives an application an owner, or takes one away."""

    async def change(call: Call, object_id: PrincipalId, other_id: PrincipalId) -> object:
        return await set_owner(work_of(call), kind, object_id, other_id, is_added=is_added)

    return _set(change, is_added=is_added)


def set_member_of_unit(*, is_added: bool) -> Handler:
    """The handler that puts somebody into an administrative unit, or takes them out."""

    async def change(call: Call, unit_id: PrincipalId, other_id: PrincipalId) -> object:
        return await set_unit_member(work_of(call), unit_id, other_id, is_added=is_added)

    return _set(change, is_added=is_added)


def _set(
    change: Callable[[Call, PrincipalId, PrincipalId], Awaitable[object | Refused]],
    *,
    is_added: bool,
) -> Handler:
    async def handle(call: Call) -> Answer:
        other_id = _read_other(call) if is_added else read_key(call, 1)
        await take(call, await change(call, read_key(call), other_id))
        return DONE

    return handle


def _read_other(call: Call) -> PrincipalId:
    return read_reference(read_body(call.body, Reference).odata_id, "@odata.id")
