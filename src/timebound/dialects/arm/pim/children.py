"""The places below one that the caller is eligible at: where they could activate something."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from timebound.application.azure_nodes_ports import ChildPage
from timebound.application.azure_reading import AzureQuestion, admit_to_azure, read_azure_grants
from timebound.application.queries import Compare, Condition, Operator, Or, Order, Query
from timebound.application.views import Reach, Relation, View
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.paging import answer_keyed, ask_keyed
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.dialects.odata.filter import parse_filter
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind
from timebound.domain.decide import Refused
from timebound.domain.scopes import Scope

_ALL: Final = ("$getallchildren", "getallchildren")
_TYPE: Final = "resourcetype"
_CHUNK: Final = 1_000
"""How many eligibilities are read in one go."""
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

    A place counts where the caller, or a group of theirs, is eligible at it or above it.
    """
    types = _read_types(call.query.get("$filter", ""))
    is_deep = any(call.query.get(name, "").lower() == "true" for name in _ALL)
    asked_page, after = ask_keyed(call)
    asked = read_scope(call)
    path, above = await _find_eligible(call, asked, Reach.ABOVE)
    below = () if above else (await _find_eligible(call, asked, Reach.BELOW))[1]
    nodes: tuple[Node, ...] = ()
    if above or below:
        tops = None if above else below
        page = ChildPage(asked_page.limit + 1, tuple(types or _KINDS), is_deep, tops, after)
        nodes = await call.ports.store.find_below(call.token.tenant_id, path, page)
    return answer_keyed(call, asked_page, nodes, lambda node: node.place.path, _show)


async def _find_eligible(call: Call, asked: Scope, reach: Reach) -> tuple[str, Sequence[str]]:
    """The path as the tree spells it, and where around there the caller is eligible.

    Above it one place says as much as all of them.
    """
    query = Query(1 if reach is Reach.ABOVE else _CHUNK, orders=(Order("id"),))
    question = AzureQuestion(asked, reach, Relation.PRINCIPAL)
    reader = call.read_at(call.at)
    admitted = await admit_to_azure(reader, View.ELIGIBILITY_INSTANCES, question, query)
    if isinstance(admitted, Refused):
        raise await call.refuse(admitted)
    found: set[str] = set()
    while True:
        page = await read_azure_grants(reader, View.ELIGIBILITY_INSTANCES, admitted, query)
        found |= {row.grant.slot.scope.path for row in page.rows}
        if page.next_position is None or reach is Reach.ABOVE:
            break
        query = replace(query, after=page.next_position)
    area = admitted.audience.area
    return asked.path if area is None else area.path, sorted(found)


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
