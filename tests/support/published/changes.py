"""Answers of delta queries and of `$count`, which are neither entities nor plain collections."""

from collections.abc import Iterator, Mapping
from typing import Final

from tests.support.published.asked import UNASKED
from tests.support.published.exchange import Exchange
from tests.support.published.shapes import Inspection

REMOVED: Final = "@removed"
REASONS: Final = frozenset({"changed", "deleted"})
MEMBERS: Final = "members@delta"
LINKS: Final = frozenset({"@odata.nextLink", "@odata.deltaLink"})


def inspect_changes(inspection: Inspection, declared: str, body: Mapping[str, object]) -> None:
    """Hold a page of changes: entities, ids of removed ones, and one link onwards."""
    if strangers := body.keys() - {"@odata.context", "value", *LINKS}:
        inspection.report("body", f"{sorted(strangers)} are no members of a page of changes")
    if len(body.keys() & LINKS) != 1:
        inspection.report("body", "does not have one link onwards")
    items = body.get("value")
    if not isinstance(items, list):
        inspection.report("value", f"{items!r} is not a list")
        return
    for index, item in enumerate(items):
        _inspect_change(inspection, declared, item, f"value[{index}]")


def _inspect_change(inspection: Inspection, declared: str, item: object, where: str) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        inspection.report(where, f"{item!r} has no id")
        return
    if REMOVED in item:
        if item.keys() != {"id", REMOVED}:
            inspection.report(where, f"tells {sorted(item)} of what is removed")
        _inspect_reason(inspection, item[REMOVED], where)
        return
    told = {name: value for name, value in item.items() if name != MEMBERS}
    inspection.inspect_object(declared, told, where, UNASKED)
    for number, member in enumerate(item.get(MEMBERS, ())):
        place = f"{where}.{MEMBERS}[{number}]"
        if member.keys() - {REMOVED} != {"@odata.type", "id"}:
            inspection.report(place, f"tells {sorted(member)} of a member")
        if REMOVED in member:
            _inspect_reason(inspection, member[REMOVED], place)


def _inspect_reason(inspection: Inspection, removed: object, where: str) -> None:
    is_known = isinstance(removed, dict) and removed.get("reason") in REASONS and len(removed) == 1
    if not is_known:
        inspection.report(where, f"{removed!r} is no reason")


def find_number_faults(exchange: Exchange) -> Iterator[str]:
    """Answer what is wrong with the number of a list alone."""
    media = exchange.headers.get("content-type", "")
    if not media.startswith("text/plain"):
        yield f"header content-type: {media!r} is not text/plain"
    if not isinstance(exchange.body, int):
        yield f"body: {exchange.body!r} is not a number"
