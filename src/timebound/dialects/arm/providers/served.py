"""The types of resources that the door serves, told by its table of operations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from timebound.application.azure_actions import known_actions
from timebound.dialects.arm.operation import Operation

RESOURCES: Final = "Microsoft.Resources"
"""Whose the manager's own paths are."""
_PROVIDERS: Final = "providers"
_BATCH: Final = "batch"
_GENERIC: Final = ("2021-04-01",)
"""What a type is told to have that is served at every version: clients ask with one of these."""
_ALSO: Final = {"subscriptions/resourceGroups": "resourceGroups"}
"""Types that are known by a second name as well."""
_REGISTER: Final = "register"

Types: TypeAlias = Mapping[str, tuple[str, ...]]
"""Types of resources by their names, and the versions of each, newest first."""


def list_types(operations: Iterable[Operation]) -> Mapping[str, Types]:
    """The types by the namespaces of their providers, all in the order of names.

    Besides those that the table speaks of there are those that roles name: their resources are kept
    as they are, in any version.
    """
    found: dict[str, dict[str, set[str]]] = {}
    for operation in operations:
        for namespace, type_ in _read_types(operation):
            found.setdefault(namespace, {}).setdefault(type_, set()).update(operation.versions)
    spelled = {namespace.lower() for namespace in found}
    types: dict[str, Types] = {name: _sort(one) for name, one in found.items()}
    for key, actions in known_actions().items():
        if key not in spelled:
            names = {one.resource_type for one in actions if one.resource_type and not one.is_data}
            types[actions[0].namespace] = dict.fromkeys(sorted(names, key=str.lower), _GENERIC)
    return {name: types[name] for name in sorted(types, key=str.lower)}


def _sort(types: Mapping[str, set[str]]) -> Types:
    return {
        name: tuple(sorted(types[name], reverse=True))
        for name in sorted(types, key=str.lower)
        if types[name]
    }


def _read_types(operation: Operation) -> Iterator[tuple[str, str]]:
    """The provider and the type of what an operation is about."""
    steps = [step for step in operation.path.split("/") if step]
    if steps[0] == _BATCH:
        return
    named = [n for n, step in enumerate(steps[:-1]) if step == _PROVIDERS]
    last = named[-1] + 1 if named else None
    if last is not None and last > 1 and steps[last].startswith("{"):
        return
    if last is None or steps[last].startswith("{"):
        namespace, rest = RESOURCES, steps
    else:
        namespace, rest = steps[last], steps[last + 1 :]
    type_ = _name_type(rest, operation.method)
    if type_ and type_ != _REGISTER:
        yield namespace, type_
        if type_ in _ALSO:
            yield namespace, _ALSO[type_]


def _name_type(rest: Sequence[str], method: str) -> str:
    """Types and names stand by turns; what is done to one by its name is no type."""
    words = list(rest[::2])
    if method == "POST" and len(rest) > 1 and len(rest) % 2:
        words.pop()
    return "/".join(word for word in words if not word.startswith("{"))
