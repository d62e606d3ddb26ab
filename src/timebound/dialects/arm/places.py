"""Which place in the tree a call is about."""

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.domain_problems import say_absent_place
from timebound.dialects.arm.problems import say_absent_path
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import MANAGEMENT_GROUPS, SUBSCRIPTIONS, read_place
from timebound.domain.scopes import Scope


def read_scope(call: Call) -> Scope:
    """The place that something is asked at, as it was written; refused when it is none."""
    place = read_place(call.scope_path)
    if place is None:
        raise Refusal(say_absent_place(call.scope_path))
    return place


async def find_scope(call: Call) -> Scope:
    """The same as the tree spells it; refused when it is not there."""
    asked = read_scope(call)
    node = await call.ports.store.find_node(call.token.tenant_id, asked.path)
    if node is None:
        raise Refusal(say_absent_place(asked.path))
    return node.place


def place_of(call: Call) -> Scope:
    """The place that a whole path is the address of; refused where there can be nothing."""
    found = read_place(call.scope_path)
    if found is None:
        raise Refusal(say_absent_path(call.scope_path))
    return found


def key_of_node(node: Node) -> str:
    """Where a node stands in a list: in the order of paths, whatever their casing."""
    return node.place.key


def subscription_place(name: str) -> Scope:
    """The place of a subscription; refused where its id is none."""
    found = read_place(f"{SUBSCRIPTIONS}/{name}")
    if found is None:
        raise bad_request(
            f"The provided subscription identifier '{name[:80]}' is malformed or invalid.",
            "InvalidSubscriptionId",
        )
    return found


def group_place(name: str) -> Scope:
    """The place of a management group, named alone or by its whole id; refused where it is none."""
    text = name if "/" in name.strip("/") else f"{MANAGEMENT_GROUPS}/{name.strip('/')}"
    found = read_place(text)
    if found is None or not found.path.startswith(f"{MANAGEMENT_GROUPS}/"):
        raise bad_request(f"The management group id '{name[:80]}' is not valid.")
    return found
