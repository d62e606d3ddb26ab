"""The filters of lists of resource groups and resources: types, tags and names.

Source: the published filters of `resources` and `resourcegroups`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.refusals import bad_request
from timebound.domain.azure.nodes import Node

_AND: Final = re.compile(r"\s+and\s+", re.IGNORECASE)
_TEST: Final = re.compile(r"(\w+)\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
_NAMES: Final = frozenset({"resourcetype", "tagname", "tagvalue", "name", "location"})


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """What is asked of each node, by the name of what it is asked of, in lower case."""

    tests: Mapping[str, str]

    @property
    def type(self) -> str | None:
        """The type that is asked for."""
        return self.tests.get("resourcetype")

    def keeps(self, node: Node) -> bool:
        """Whether a node is asked for; its type is asked of the store."""
        tests, details = self.tests, node.content.details
        tags = details.get("tags")
        if "tagname" in tests and not _has_tag(tags, tests["tagname"], tests.get("tagvalue")):
            return False
        if "name" in tests and node.name.lower() != tests["name"].lower():
            return False
        wanted = tests.get("location")
        return wanted is None or details.get("location") == wanted.replace(" ", "").lower()


def read_filter(call: Call) -> NodeFilter:
    """The filter of a call; refused where it asks for anything else than such lists know."""
    text = call.query.get("$filter", "").strip()
    tests: dict[str, str] = {}
    for part in _AND.split(text) if text else ():
        found = _TEST.fullmatch(part.strip())
        if found is None or found[1].lower() not in _NAMES:
            raise bad_request(
                "The $filter is not supported: it compares resourceType, tagName, tagValue, name "
                "or location with eq, joined by and.",
                "InvalidFilterInQueryString",
            )
        tests[found[1].lower()] = found[2].replace("''", "'")
    if "tagvalue" in tests and "tagname" not in tests:
        raise bad_request(
            "The $filter asks for a tagValue without a tagName.", "InvalidFilterInQueryString"
        )
    return NodeFilter(tests)


def _has_tag(tags: object, name: str, value: str | None) -> bool:
    if not isinstance(tags, dict):
        return False
    found = [held for key, held in tags.items() if key.lower() == name.lower()]
    return bool(found) and (value is None or found[0] == value)
