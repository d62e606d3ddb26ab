"""Places in the tree of Azure: how their paths are spelled, and what lies above them.

Source: Azure documentation of scopes; the resource id format of Azure Resource Manager.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Final

from timebound.domain.folding import fold
from timebound.domain.scopes import Scope, ScopeKind

ROOT: Final = Scope(ScopeKind.AZURE, "/")
"""Above every management group of the tenant."""
MANAGEMENT_GROUPS: Final = "/providers/Microsoft.Management/managementGroups"
SUBSCRIPTIONS: Final = "/subscriptions"
_ALIAS: Final = "/providers/Microsoft.Subscription"
"""What PIM writes before the path of a subscription, and takes there. Source: recordings."""
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GROUP: Final = re.compile(rf"{MANAGEMENT_GROUPS}/([^/]+)", re.IGNORECASE | re.ASCII)
_BELOW_SUBSCRIPTION: Final = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)"
    r"(?:/resourceGroups/(?P<group>[^/]+))?(?:/providers/(?P<resource>.+))?",
    re.IGNORECASE | re.ASCII,
)
_WORD: Final = "providers"
_SEPARATOR: Final = re.compile(f"/{_WORD}/", re.IGNORECASE | re.ASCII)
_OWN: Final = frozenset(
    {"microsoft.authorization", "microsoft.management", "microsoft.subscription"}
)
"""What these providers have at a subscription says something of it, and is nothing in it."""
_LEAST_PARTS: Final = 3
_MOST_PARTS: Final = 64
_LONGEST: Final = 2_048
"""No place has a longer path, nor more words in it; whatever is sent is not looked at for ever."""


class PlaceKind(Enum):
    """What a place in the tree is."""

    TENANT = "tenant"
    MANAGEMENT_GROUP = "managementgroup"
    SUBSCRIPTION = "subscription"
    RESOURCE_GROUP = "resourcegroup"
    RESOURCE = "resource"


_KINDS: Final = {2: PlaceKind.SUBSCRIPTION, 4: PlaceKind.RESOURCE_GROUP}
"""What lies in a subscription, by how many slashes are in its path."""


def read_place(path: str) -> Scope | None:
    """The place that a path means, spelled as Azure does; none where it means none.

    The words that the format knows and ids of subscriptions are told in one casing; the names of
    management groups, resource groups and resources stay as they were written: which one is meant,
    whatever its casing, only the tree knows.
    """
    if len(path) > _LONGEST or path.count("/") > _MOST_PARTS:
        return None
    bare = "/" + "/".join(part for part in path.split("/") if part)
    if fold(bare).startswith(f"{fold(_ALIAS)}/"):
        bare = bare[len(_ALIAS) :]
    if bare == "/":
        return ROOT
    if found := _GROUP.fullmatch(bare):
        return Scope(ScopeKind.AZURE, f"{MANAGEMENT_GROUPS}/{found[1]}")
    if (found := _BELOW_SUBSCRIPTION.fullmatch(bare)) is None:
        return None
    return _below_subscription(found)


def _below_subscription(found: re.Match[str]) -> Scope | None:
    subscription = found["subscription"].lower()
    if not _GUID.fullmatch(subscription):
        return None
    spelled = f"{SUBSCRIPTIONS}/{subscription}"
    if found["group"]:
        spelled += f"/resourceGroups/{found['group']}"
    if found["resource"]:
        resources = _SEPARATOR.split(found["resource"])
        if not all(map(_is_resource, resources)):
            return None
        if not found["group"] and fold(resources[0].partition("/")[0]) in _OWN:
            return None
        spelled = "/providers/".join((spelled, *resources))
    return Scope(ScopeKind.AZURE, spelled)


def _is_resource(inner: str) -> bool:
    """Whether it is a namespace, then types and names by turns: what a resource is called in it.

    One that is of another one comes with a namespace of its own, so none has the name `providers`.
    """
    parts = inner.split("/")
    is_whole = len(parts) >= _LEAST_PARTS and len(parts) % 2 == 1
    return is_whole and all(fold(part) != _WORD for part in parts)


def kind_of(scope: Scope) -> PlaceKind:
    """What a place in the tree is, told by how its path is spelled."""
    if scope.path == "/":
        return PlaceKind.TENANT
    if scope.path.startswith(MANAGEMENT_GROUPS):
        return PlaceKind.MANAGEMENT_GROUP
    return _KINDS.get(scope.path.count("/"), PlaceKind.RESOURCE)


def subscription_of(scope: Scope) -> str | None:
    """The id of the subscription that a place is or lies in."""
    return _parts_of(scope.path)[0]


def resource_group_of(scope: Scope) -> str | None:
    """The name of the resource group that a place is or lies in."""
    return _parts_of(scope.path)[1]


@lru_cache(maxsize=4_096)
def _parts_of(path: str) -> tuple[str | None, str | None]:
    """The subscription and the group in a path: lists name the same few places over and over."""
    found = _BELOW_SUBSCRIPTION.fullmatch(path)
    return (found["subscription"], found["group"]) if found else (None, None)


def part_of(scope: Scope) -> str | None:
    """How the paths begin, in lower case, of what lies in one part of a subscription with a place.

    A part is a resource group, or all resources that are in none; a subscription is in no part.
    """
    found = _BELOW_SUBSCRIPTION.fullmatch(scope.path)
    if found is None or not (found["group"] or found["resource"]):
        return None
    inner = f"resourcegroups/{fold(found['group'])}" if found["group"] else "providers"
    return f"{SUBSCRIPTIONS}/{found['subscription'].lower()}/{inner}"


def estate_of(scope: Scope) -> Scope:
    """What moves as one with a place: its subscription, or the management group that it is."""
    subscription = subscription_of(scope)
    return Scope(ScopeKind.AZURE, f"{SUBSCRIPTIONS}/{subscription}") if subscription else scope


def container_of(scope: Scope) -> Scope | None:
    """The place that a path itself says one lies in; the tree says what else a group is in."""
    kind = kind_of(scope)
    if kind is PlaceKind.RESOURCE:
        path = scope.path.rsplit("/", 2)[0]
        group, _, inner = path.rpartition("/providers/")
        # Before the outermost type stands the namespace alone.
        return Scope(ScopeKind.AZURE, path if "/" in inner else group)
    if kind is PlaceKind.RESOURCE_GROUP:
        return Scope(ScopeKind.AZURE, f"{SUBSCRIPTIONS}/{subscription_of(scope)}")
    return None
