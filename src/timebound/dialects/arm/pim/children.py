"""The places below one that the caller is eligible at: where they could activate something."""

from typing import Final

from timebound.application.azure_activatable import find_activatable
from timebound.application.azure_nodes_ports import ChildPage
from timebound.application.queries import Compare, Condition, Operator, Or
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.paging import answer_keyed, ask_keyed
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.dialects.odata.filter import parse_filter
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind
from timebound.domain.decide import Refused

_ALL: Final = ("$getallchildren", "getallchildren")
_TYPE: Final = "resourcetype"
_KINDS: Final = (
    PlaceKind.MANAGEMENT_GROUP.value,
    PlaceKind.SUBSCRIPTION.value,
    PlaceKind.RESOURCE_GROUP.value,
)
_ALIASES: Final = {
    "microsoft.resources/subscriptions": "subscription",
    "microsoft.resources/subscriptions/resourcegroups": "resourcegroup",
    "microsoft.management/managementgroups": "managementgroup",
}


async def list_children(call: Call) -> Answer:
    """The management groups, subscriptions and resource groups below the place, or right below it.

    A place counts where the caller, or a group of theirs, is eligible at it or above it for what
    can be assigned at it.
    """
    types = _read_types(call.query.get("$filter", ""))
    is_deep = any(call.query.get(name, "").lower() == "true" for name in _ALL)
    asked_page, after = ask_keyed(call)
    found = await find_activatable(call.read_at(call.at), read_scope(call))
    if isinstance(found, Refused):
        raise await call.refuse(found)
    nodes: tuple[Node, ...] = ()
    if found.tops is None or found.tops:
        limit, kinds = asked_page.limit + 1, tuple(types or _KINDS)
        page = ChildPage(limit, kinds, is_deep, found.tops, after)
        nodes = await call.ports.store.find_below(call.token.tenant_id, found.path, page)
    return answer_keyed(call, asked_page, nodes, lambda node: node.place.path, _show)


def _read_types(text: str) -> frozenset[str]:
    """The kinds of place that are asked for; all where none is named."""
    if not text.strip():
        return frozenset()
    parsed = parse_filter(text.strip())
    if parsed.calls:
        raise _refuse()
    return frozenset(_list_types(parsed.condition))


def _list_types(condition: Condition) -> list[str]:
    match condition:
        case Compare(field, Operator.EQ, str() as value) if field.lower() == _TYPE:
            kind = value.lower()
            return [_ALIASES.get(kind, kind)]
        case Or(parts):
            return [kind for part in parts for kind in _list_types(part)]
        case _:
            raise _refuse()


def _refuse() -> Refusal:
    return bad_request("The '$filter' takes 'resourceType eq ...', joined by 'or'.")


def _show(node: Node) -> dict[str, object]:
    return {"name": node.display_name, "id": node.place.path, "type": node.kind.value}
