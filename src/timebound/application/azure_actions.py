"""The actions of Azure's providers as far as its built-in roles name them, without wildcards.

The inventory of providers is published by Azure itself only to who asks it; what its roles allow by
name is a part of that, and all of it that is known here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from timebound.application.azure_catalog import built_in_azure_roles

_VERBS: Final = frozenset({"read", "write", "delete", "action"})
_ACTION: Final = "action"
_PLACEHOLDERS: Final = frozenset("*{}")


@dataclass(frozen=True, slots=True)
class KnownAction:
    """An action by its name, and the parts that the name is made of.

    `resource_type` is empty for what is done to a provider itself; a `verb` is one word, or two as
    in `start/action`.
    """

    name: str
    is_data: bool
    namespace: str
    resource_type: str
    verb: str


@cache
def known_actions() -> Mapping[str, tuple[KnownAction, ...]]:
    """The actions of each provider by its namespace in lower case, all in the order of names.

    Every namespace, type and action is spelled in one way, the one that roles use most.
    """
    actions = _gather()
    spelled = _choose_spellings(
        part for one in actions for part in (one.namespace, f"{one.namespace}/{one.resource_type}")
    )
    found: dict[str, list[KnownAction]] = {}
    for one in actions:
        key, type_ = one.namespace.lower(), one.resource_type
        namespace = spelled[key]
        type_ = spelled[f"{key}/{type_}".lower()][len(namespace) + 1 :]
        name = f"{namespace}{one.name[len(namespace) :]}"
        found.setdefault(key, []).append(KnownAction(name, one.is_data, namespace, type_, one.verb))
    return MappingProxyType({key: tuple(found[key]) for key in sorted(found)})


def _gather() -> list[KnownAction]:
    """Every action once, whatever casings it is written in."""
    names = list(_list_names())
    spelled = _choose_spellings(name for name, _ in names)
    once = sorted({(name.lower(), is_data) for name, is_data in names})
    found = (read_action(spelled[name], is_data=is_data) for name, is_data in once)
    return [one for one in found if one is not None]


def _list_names() -> Iterator[tuple[str, bool]]:
    for role in built_in_azure_roles().values():
        for block in role.permissions:
            yield from ((one.strip(), False) for one in (*block.actions, *block.not_actions))
            yield from (
                (one.strip(), True) for one in (*block.data_actions, *block.not_data_actions)
            )


def _choose_spellings(names: Iterable[str]) -> Mapping[str, str]:
    """Of each name the spelling that is used most, by the name in lower case."""
    chosen: dict[str, str] = {}
    for name, _ in sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])):
        chosen.setdefault(name.lower(), name)
    return chosen


def read_action(name: str, *, is_data: bool) -> KnownAction | None:
    """The parts of an action; none of what holds a placeholder or is no action."""
    namespace, *steps = name.split("/")
    if _PLACEHOLDERS & {*name} or not steps or not all(steps) or steps[-1].lower() not in _VERBS:
        return None
    # What is called `action` says before it what is done.
    words = 2 if steps[-1].lower() == _ACTION else 1
    if len(steps) < words:
        return None
    resource_type, verb = "/".join(steps[:-words]), "/".join(steps[-words:])
    return KnownAction(name, is_data, namespace, resource_type, verb)
