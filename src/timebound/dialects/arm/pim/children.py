"""The places below one that the caller is eligible at: where they could activate something."""

from collections.abc import Collection, Mapping
from typing import Final

from timebound.application.azure_reading import AzureQuestion, admit_to_azure, read_azure_grants
from timebound.application.queries import Compare, Condition, Operator, Or, Query
from timebound.application.views import Reach, Relation, View
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.dialects.odata.filter import parse_filter
from timebound.domain.azure.nodes import Node
from timebound.domain.decide import Refused
from timebound.domain.scopes import Scope

_ALL: Final = ("$getallchildren", "getallchildren")
_TYPE: Final = "resourcetype"
_MOST: Final = 1_000
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
    asked = read_scope(call)
    place, eligible = await _find_eligible(call, asked, Reach.ABOVE)
    is_everywhere = bool(eligible)
    below = set() if is_everywhere else (await _find_eligible(call, asked, Reach.BELOW))[1]
    nodes = await call.ports.store.find_below(call.token.tenant_id, place.path, is_deep=is_deep)
    known = {node.place.path: node for node in nodes}
    told = [
        node
        for node in nodes
        if (not types or node.kind.value in types)
        and (is_everywhere or _is_within(node, known, below))
    ]
    return answer_rows(call, told, lambda node: node.place.path, _show)


async def _find_eligible(call: Call, asked: Scope, reach: Reach) -> tuple[Scope, set[str]]:
    """The place as the tree spells it, and where around it the caller is eligible."""
    query = Query(_MOST)
    question = AzureQuestion(asked, reach, Relation.PRINCIPAL)
    reader = call.read_at(call.at)
    admitted = await admit_to_azure(reader, View.ELIGIBILITY_INSTANCES, question, query)
    if isinstance(admitted, Refused):
        raise await call.refuse(admitted)
    page = await read_azure_grants(reader, View.ELIGIBILITY_INSTANCES, admitted, query)
    area = admitted.audience.area
    path = asked.path if area is None else area.path
    return Scope(asked.kind, path), {row.grant.slot.scope.path for row in page.rows}


def _is_within(node: Node, known: Mapping[str, Node], eligible: Collection[str]) -> bool:
    """Whether the caller is eligible at a node, or at one above it."""
    seen: Node | None = node
    while seen is not None:
        if seen.place.path in eligible:
            return True
        seen = known.get(seen.parent.path) if seen.parent else None
    return False


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
