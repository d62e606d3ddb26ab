"""The filters of lists of resource groups and resources: types, tags, names and where they are.

Source: the published filters of `resources` and `resourcegroups`; what azure-cli 2.91 sends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.refusals import Refusal, bad_request
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import resource_group_of
from timebound.domain.folding import fold

_AND: Final = re.compile(" and ", re.IGNORECASE | re.ASCII)
_LONGEST: Final = 2_000
_TEST: Final = re.compile(r"(\w+)\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE | re.ASCII)
_START: Final = re.compile(
    r"startswith\(\s*tagname\s*,\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE | re.ASCII
)
_GROUP: Final = "resourcegroup"
_TAG_START: Final = "tagname*"
_NAMES: Final = frozenset({"resourcetype", "tagname", "tagvalue", "name", "location", _GROUP})


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """What is asked of each node, by the name of what it is asked of, in lower case."""

    tests: Mapping[str, str]

    @property
    def type(self) -> str | None:
        """The type that is asked for."""
        return self.tests.get("resourcetype")

    @property
    def group(self) -> str | None:
        """The resource group that is asked for."""
        return self.tests.get(_GROUP)

    def keeps(self, node: Node) -> bool:
        """Whether a node is asked for; its type is asked of the store."""
        tests, details = self.tests, node.content.details
        tags = details.get("tags")
        if "tagname" in tests and not _has_tag(tags, tests["tagname"], tests.get("tagvalue")):
            return False
        if _TAG_START in tests and not _begins_tag(tags, tests[_TAG_START]):
            return False
        if _GROUP in tests and not _lies_in(node, tests[_GROUP]):
            return False
        if "name" in tests and fold(node.name) != fold(tests["name"]):
            return False
        wanted = tests.get("location")
        return wanted is None or details.get("location") == wanted.replace(" ", "").lower()


def read_filter(call: Call) -> NodeFilter:
    """The filter of a call; refused where it asks for anything else than such lists know.

    Each may be asked for once.
    """
    text = " ".join(call.query.get("$filter", "").split())
    if len(text) > _LONGEST:
        raise _refuse("The $filter is too long.")
    tests: dict[str, str] = {}
    for part in _AND.split(text) if text else ():
        name, value = _read_test(part.strip())
        if name in tests:
            raise _refuse(f"The $filter compares '{name.rstrip('*')}' twice.")
        tests[name] = value
    if "tagvalue" in tests and "tagname" not in tests:
        raise _refuse("The $filter asks for a tagValue without a tagName.")
    return NodeFilter(tests)


def _read_test(part: str) -> tuple[str, str]:
    """What is asked of a property, by its name; refused where it is nothing such lists know."""
    if start := _START.fullmatch(part):
        return _TAG_START, start[1].replace("''", "'")
    found = _TEST.fullmatch(part)
    if found is None or found[1].lower() not in _NAMES:
        raise _refuse(
            "The $filter is not supported: it compares resourceType, resourceGroup, tagName, "
            "tagValue, name or location with eq, joined by and."
        )
    return found[1].lower(), found[2].replace("''", "'")


def _refuse(message: str) -> Refusal:
    return bad_request(message, "InvalidFilterInQueryString")


def _lies_in(node: Node, group: str) -> bool:
    return fold(resource_group_of(node.place) or "") == fold(group)


def _begins_tag(tags: object, start: str) -> bool:
    return isinstance(tags, dict) and any(key.lower().startswith(start.lower()) for key in tags)


def _has_tag(tags: object, name: str, value: str | None) -> bool:
    if not isinstance(tags, dict):
        return False
    found = [held for key, held in tags.items() if key.lower() == name.lower()]
    return bool(found) and (value is None or found[0] == value)
