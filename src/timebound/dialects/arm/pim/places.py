"""The place that a call is about, as the tree spells it."""

from http import HTTPStatus

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.domain_problems import say_absent_place
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.domain.azure.places import read_place
from timebound.domain.scopes import Scope


def read_scope(call: Call) -> Scope:
    """The place in the path of a call, as it was written; refused when it is none."""
    place = read_place(call.scope_path)
    if place is None:
        message = f"The scope '{call.scope_path[:200]}' is not valid."
        raise Refusal(ArmError(HTTPStatus.BAD_REQUEST, "InvalidScope", message))
    return place


async def find_scope(call: Call) -> Scope:
    """The same as the tree spells it; refused when it is not there."""
    asked = read_scope(call)
    node = await call.ports.store.find_node(call.token.tenant_id, asked.path)
    if node is None:
        raise Refusal(say_absent_place(asked.path))
    return node.place
