"""The signed-in person, and people by either of their names."""

from http import HTTPStatus

from timebound.application.queries import Compare, Operator
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.lists import find_one, show_one
from timebound.dialects.graph.plans import plan_one
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.sets import USERS
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused


def refuse_nobody(call: Call) -> None:
    """Refuses an application that calls on its own: nobody is signed in."""
    if call.token.sign_in.is_application:
        raise Refusal(
            GraphError(
                HTTPStatus.BAD_REQUEST,
                "BadRequest",
                "/me request is only valid with delegated authentication flow.",
            )
        )


async def get_me(call: Call) -> Answer:
    """The signed-in person; refused for an application, which is nobody."""
    refuse_nobody(call)
    found = await call.read_at(call.at).read_me()
    if isinstance(found, Refused):
        raise await call.refuse(found)
    return await show_one(call, USERS, found, _context(call))


async def get_user(call: Call) -> Answer:
    """A person by object id or by user principal name, in any casing."""
    key = call.keys[0]
    field = "user_principal_name" if "@" in key else "id"
    folded = key.casefold() if "@" in key else key.lower()
    found = await find_one(call, USERS, Compare(field, Operator.EQ, folded))
    return await show_one(call, USERS, found, _context(call))


def _context(call: Call) -> str:
    projection = plan_one(USERS.kind.type_name, call.version, call.query)
    return format_context(call.root, USERS.path, projection, is_entity=True)
