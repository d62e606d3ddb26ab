"""From a path to its operation: a tree of segments, built once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.operations import Operation
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.odata.path import Segment, drop_namespace

_KEY: Final = "{id}"
COUNT: Final = Segment("$count", "$count")
"""What asks for the number of a list alone."""

ALTERNATE_KEYS: Final = {
    "applications": "appid",
    "serviceprincipals": "appid",
    "directoryroles": "roletemplateid",
    "users": "userprincipalname",
}
"""The property by which an object of a set can be named besides its id, all in lower case."""
INNER_KEYS: Final = {"federatedidentitycredentials": "name"}
"""The same of sets that are part of an object; whoever reads these takes it for an id as well."""
_BETA_ONLY: Final = frozenset({"roleassignmentapprovals", "rolemanagementalerts"})
"""Segments that v1.0 was seen not to know."""


@dataclass(slots=True)
class Node:
    """A place in the tree: the names and the key that go on from it, and what can be done there."""

    names: "dict[str, Node]" = field(default_factory=dict)
    key: "Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlternateKey:
    """The value that names an object of a set (in lower case) in the place of its id.

    It stands first among the keys until somebody has looked the id up.
    """

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Route:
    """The operation a call is for, with the keys and arguments its path holds.

    `reading` is what reads the same place, if anything does.
    """

    operation: Operation
    keys: tuple[str, ...]
    arguments: Mapping[str, str]
    alternate: AlternateKey | None = None
    reading: Operation | None = None


def build_tree(operations: Iterable[Operation], version: Version) -> Node:
    """The tree of one version."""
    root = Node()
    for operation in operations:
        if version in operation.versions:
            _place(root, operation)
    return root


def _place(node: Node, operation: Operation) -> None:
    for step in operation.path.split("/"):
        if step == _KEY:
            node.key = node.key or Node()
            node = node.key
        else:
            # A cast is found with and without the namespace, as what is called is.
            node = node.names.setdefault(drop_namespace(step.lower()), Node())
    node.operations[operation.method] = operation


def find_route(root: Node, version: Version, method: str, segments: Sequence[Segment]) -> Route:
    """The route of a call; refused with the segment that leads nowhere, or for its method."""
    node, keys = root, []
    arguments: Mapping[str, str] = {}
    alternate: AlternateKey | None = None
    for segment in segments:
        following = _step(node, segment)
        if node is root and following is not None and segment.arguments:
            alternate = _read_alternate(segment)
            following = following.key if alternate else None
        if following is None:
            raise lead_nowhere(segment, version)
        if following is node.key:
            keys.append(segment.text)
        elif node is root and alternate:
            keys.append(alternate.value)
        node = _enter(following, segment, keys)
        arguments = segment.arguments or arguments
    if not node.operations:
        raise lead_nowhere(segments[-1] if segments else None, version)
    operation = node.operations.get(method)
    if operation is None:
        raise Refusal(
            GraphError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
                {"allow": ", ".join(sorted(node.operations))},
            )
        )
    return Route(operation, tuple(keys), arguments, alternate, node.operations.get("GET"))


def asks_number(method: str, segments: Sequence[Segment]) -> bool:
    """Whether a path ends in the segment that asks for the number of a list alone."""
    return method == "GET" and bool(segments) and segments[-1].folded == COUNT.folded


def _read_alternate(segment: Segment) -> AlternateKey | None:
    """The alternate key that a set is given; none where the set has no such key."""
    known = ALTERNATE_KEYS.get(segment.folded)
    if known is None or segment.arguments.keys() != {known}:
        return None
    return AlternateKey(segment.folded, segment.arguments[known])


def _enter(node: Node, segment: Segment, keys: list[str]) -> Node:
    """The set of a segment, or what is in it under the key that the set is given there."""
    known = INNER_KEYS.get(segment.folded)
    if known is None or node.key is None or segment.arguments.keys() != {known}:
        return node
    keys.append(segment.arguments[known])
    return node.key


def _step(node: Node, segment: Segment) -> Node | None:
    named = None if segment.is_key else node.names.get(drop_namespace(segment.folded))
    return named or (None if segment.is_function else node.key)


def lead_nowhere(segment: Segment | None, version: Version) -> Refusal:
    """The refusal of a path with a segment that nothing is known under."""
    text = segment.text[:80] if segment else ""
    message = f"Resource not found for the segment '{text}'."
    # quirk(graph): v1.0 says 400 for segments that only beta has - errors.json ERR-040, notes 8
    if version is Version.V1 and segment and segment.folded in _BETA_ONLY:
        return bad_request(message)
    return Refusal(GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", message))
