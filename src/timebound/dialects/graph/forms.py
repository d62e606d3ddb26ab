"""The form in which lists and entities are told: how long a page is, and how much is annotated."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from timebound.application.queries import Query
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.preferences import read_preferences

_FULL: Final = "odata.metadata=full"
_ID: Final = "id"
_REFERENCE: Final = "@odata.id"


def limit_page(call: Call, query: Query) -> tuple[Query, Mapping[str, str]]:
    """The query with a page no longer than the client prefers, and the header that says so."""
    largest = read_preferences(call).largest_page
    if largest is None:
        return query, {}
    applied = {"preference-applied": f"odata.maxpagesize={largest}"}
    return replace(query, limit=min(query.limit, largest)), applied


def annotate(
    call: Call, path: str, type_name: str, items: Sequence[dict[str, object]]
) -> list[dict[str, object]]:
    """The entities with their types and addresses, where the client wants all metadata.

    Source: OData JSON format, 3.1.2.
    """
    if _FULL not in call.media.lower():
        return list(items)
    return [_annotate_one(call, path, type_name, item) for item in items]


def _annotate_one(
    call: Call, path: str, type_name: str, item: dict[str, object]
) -> dict[str, object]:
    if _REFERENCE in item:
        return item  # it is the address of an entity and nothing more (same, chapter 14)
    told: dict[str, object] = {"@odata.type": f"#microsoft.graph.{type_name}"}
    if isinstance(item.get(_ID), str):
        place = f"{path}('{item[_ID]}')"
        told |= {_REFERENCE: f"{call.root}/{place}", "@odata.editLink": place}
    return {**told, **item}
