"""Ending the sign-ins of a person: their sessions, and what applications were given in them."""

from http import HTTPStatus

from timebound.application.directory.sessions import revoke_sessions
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import take, work_of
from timebound.dialects.graph.directory_writes.objects import find_id
from timebound.dialects.graph.people import refuse_nobody
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import PrincipalId


async def revoke_sessions_of(call: Call) -> Answer:
    """Ends the sign-ins of the person in the path."""
    return await _revoke(call, await find_id(call, ObjectKind.USER))


async def revoke_own_sessions(call: Call) -> Answer:
    """Ends the sign-ins of the signed-in person."""
    refuse_nobody(call)
    return await _revoke(call, call.token.principal_id)


async def _revoke(call: Call, user_id: PrincipalId) -> Answer:
    await take(call, await revoke_sessions(work_of(call), user_id, call.ports.system.now()))
    context = f"{call.root}/$metadata#Edm.Boolean"
    return Answer(HTTPStatus.OK, {"@odata.context": context, "value": True})
