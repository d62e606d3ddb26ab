"""What clients keep in resource groups and resources: read as they write it, and told again."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.arm.bodies import read_json
from timebound.dialects.arm.refusals import bad_content
from timebound.domain.azure.nodes import Node, NodeContent
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem, Reason

_TOLD: Final = frozenset({"id", "name", "type", "systemdata"})
"""What the service tells by itself, whatever a client says."""
_KNOWN: Final = {
    name.lower(): name
    for name in (
        *("location", "tags", "properties", "sku", "kind", "identity", "managedBy", "plan"),
        *("zones", "extendedLocation", "etag"),
    )
}
_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 512
_LONGEST_VALUE: Final = 256


DEEPEST: Final = 64
"""How deep objects and lists stand in one another in what is kept of a resource."""


def read_details(body: bytes) -> dict[str, object]:
    """The members of a resource in their published spelling; refused where one is malformed.

    What nobody knows is kept as it is written.
    """
    raw = read_json(body)
    if not isinstance(raw, dict):
        raise bad_content("The body is no JSON object")
    if _is_deeper(raw, DEEPEST):
        raise bad_content(f"The body is nested deeper than {DEEPEST} levels")
    details: dict[str, object] = {}
    for name, value in raw.items():
        known = _KNOWN.get(name.lower()) or str(name)
        if name.lower() in _TOLD:
            continue
        if known in details:
            raise bad_content(f"The property '{known[:80]}' is given more than once")
        details[known] = value
    _check_texts(details)
    _check_tags(details.get("tags"))
    if isinstance(location := details.get("location"), str):
        details["location"] = fold_location(location)
    return details


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def fold_location(location: str) -> str:
    """The name of a region, which may be written as it is shown to people."""
    return location.replace(" ", "").lower()


def _check_texts(details: Mapping[str, object]) -> None:
    for name in ("location", "kind", "managedBy"):
        if not isinstance(details.get(name), str | None):
            raise bad_content(f"The property '{name}' is no text")
    for name in ("properties", "sku", "identity", "plan"):
        if not isinstance(details.get(name), dict | None):
            raise bad_content(f"The property '{name}' is no object")


def _check_tags(tags: object) -> None:
    if tags is None:
        return
    if not isinstance(tags, dict):
        raise bad_content("The property 'tags' is no object")
    if len(tags) > _MOST_TAGS:
        raise bad_content(f"The property 'tags' has more than {_MOST_TAGS} tags")
    for name, value in tags.items():
        if not 0 < len(name) <= _LONGEST_TAG:
            raise bad_content(f"A name in 'tags' is empty or longer than {_LONGEST_TAG} characters")
        if not isinstance(value, str) or len(value) > _LONGEST_VALUE:
            raise bad_content(
                f"The property 'tags.{name[:80]}' is no text of at most {_LONGEST_VALUE} characters"
            )


def replace_details(asked: Mapping[str, object], known: Node | None) -> NodeContent:
    """A resource with what was asked alone."""
    name = known.content.display_name if known else None
    return NodeContent(name, asked)


def replace_group(asked: Mapping[str, object], known: Node | None) -> NodeContent | Refused:
    """A resource group with what was asked; it has a location, which never changes."""
    location = asked.get("location")
    if not location:
        return Refused((_refuse(Reason.MISSING),))
    kept = known.content.details.get("location") if known else None
    if kept is not None and kept != location:
        return Refused((_refuse(Reason.CANNOT_CHANGE, str(location), str(kept)),))
    return replace_details(_without_properties(asked), known)


def merge_group(asked: Mapping[str, object], known: Node | None) -> NodeContent | None:
    """A resource group with what was asked in the place of what it had."""
    return merge_details(_without_properties(asked), known)


def merge_details(asked: Mapping[str, object], known: Node | None) -> NodeContent | None:
    """A resource with what was asked besides what it had: its properties one by one."""
    if known is None:
        return None
    had = known.content.details
    merged = {**had, **asked}
    if isinstance(asked.get("properties"), dict):
        merged["properties"] = _merge(had.get("properties"), asked["properties"])
    return NodeContent(known.content.display_name, _drop_nulls(merged))


def _without_properties(asked: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if name != "properties"}


def _merge(had: object, asked: object) -> object:
    if not isinstance(had, dict) or not isinstance(asked, dict):
        return asked
    merged = {**had}
    for name, value in asked.items():
        merged[name] = _merge(had.get(name), value)
    return _drop_nulls(merged)


def _drop_nulls(found: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if value is not None}


def _refuse(reason: Reason, value: str | None = None, *names: str) -> Problem:
    return Problem(Code.VALUE_REFUSED, property="location", reason=reason, value=value, names=names)
