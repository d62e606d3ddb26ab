"""The tree of Azure in a seed: its places, what is said of them, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.azure_writes import PutScope
from timebound.domain.azure.node_names import check_display_name, check_name
from timebound.domain.azure.nodes import ROOT_GROUP, NodeContent
from timebound.domain.azure.places import (
    MANAGEMENT_GROUPS,
    ROOT,
    SUBSCRIPTIONS,
    container_of,
    read_place,
)
from timebound.domain.folding import fold
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.node_changes import DEEPEST, root_group
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant
from timebound.server.seed_shapes import (
    ResourceGroupSeed,
    ResourceSeed,
    Seed,
    SubscriptionSeed,
)
from timebound.server.seed_yaml import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a place in the file."""

    path: Path
    what: str


def name_azure_roles() -> Mapping[str, RoleId]:
    """The built-in roles of Azure by their names."""
    return {role.role.name: id_ for id_, role in built_in_azure_roles().items()}


def list_places(seed: Seed) -> Mapping[str, Scope]:
    """The places of a seed whose tree is right, by their paths in lower case."""
    return {put.scope.key: put.scope for put in write_tree(seed, None)}


def write_tree(seed: Seed, at: Instant | None) -> Iterator[PutScope]:
    """The nodes of a seed whose tree is right, the outer before the inner."""
    root = root_group(TenantId(seed.tenant.id))
    yield PutScope(ROOT, None)
    yield PutScope(root, ROOT, NodeContent(ROOT_GROUP, {}, at, at))
    names = _name_groups(seed)
    for group in seed.management_groups:
        content = NodeContent(group.display_name, {}, at, at)
        yield PutScope(group_place(group.name), _outer(group.parent, names, root), content)
    for subscription in seed.tenant.subscriptions:
        content = NodeContent(subscription.display_name, {}, at, at)
        outer = _outer(subscription.management_group, names, root)
        yield PutScope(_subscription_place(subscription), outer, content)
    for one in seed.resource_groups:
        yield from _write_group(one, _find_subscription(seed, one.subscription), at)


def _write_group(
    group: ResourceGroupSeed, subscription: SubscriptionSeed | None, at: Instant | None
) -> Iterator[PutScope]:
    if subscription is None:
        return
    outer = _subscription_place(subscription)
    place = Scope(ScopeKind.AZURE, f"{outer.path}/resourceGroups/{group.name}")
    details = {"location": group.location, **_tag(group.tags)}
    yield PutScope(place, outer, NodeContent(None, details, at, at))
    for resource in group.resources:
        found = _resource_place(place, resource)
        if found is not None:
            yield PutScope(found, container_of(found), _describe(resource, group, at))


def _describe(resource: ResourceSeed, group: ResourceGroupSeed, at: Instant | None) -> NodeContent:
    details: dict[str, object] = {"location": resource.location or group.location}
    details |= _tag(resource.tags)
    if resource.properties:
        details["properties"] = resource.properties
    return NodeContent(None, details, at, at)


def _tag(tags: Mapping[str, str]) -> dict[str, object]:
    return {"tags": dict(tags)} if tags else {}


def group_place(name: str) -> Scope:
    """The place of a management group."""
    return Scope(ScopeKind.AZURE, f"{MANAGEMENT_GROUPS}/{name}")


def _subscription_place(subscription: SubscriptionSeed) -> Scope:
    return Scope(ScopeKind.AZURE, f"{SUBSCRIPTIONS}/{subscription.id}")


def _resource_place(group: Scope, resource: ResourceSeed) -> Scope | None:
    """The place of a resource; none where types and names do not go together."""
    namespace, *types = resource.type.split("/")
    names = resource.name.split("/")
    if not types or len(types) != len(names):
        return None
    pairs = "/".join(f"{one}/{name}" for one, name in zip(types, names, strict=True))
    return read_place(f"{group.path}/providers/{namespace}/{pairs}")


def _name_groups(seed: Seed) -> Mapping[str, str]:
    return {fold(one.name): one.name for one in seed.management_groups}


def _outer(name: str | None, names: Mapping[str, str], root: Scope) -> Scope:
    return root if name is None else group_place(names.get(fold(name), name))


def _find_subscription(seed: Seed, name: str) -> SubscriptionSeed | None:
    found = [one for one in seed.tenant.subscriptions if name in (one.id, one.display_name)]
    return found[0] if len(found) == 1 else None


def find_tree_faults(seed: Seed) -> Iterator[Fault]:
    """Every fault of the tree: names that lead nowhere or say nothing, circles, and too deep."""
    names = _name_groups(seed)
    for index, group in enumerate(seed.management_groups):
        path: Path = ("managementGroups", index)
        yield from _check(path, group.name, group_place(group.name))
        if check_display_name(group.display_name):
            yield Fault((*path, "displayName"), "longer than 90 characters")
        yield from _check_known((*path, "parent"), group.parent, names)
    yield from _depths(seed)
    for index, subscription in enumerate(seed.tenant.subscriptions):
        path = ("tenant", "subscriptions", index, "managementGroup")
        yield from _check_known(path, subscription.management_group, names)
    for index, one in enumerate(seed.resource_groups):
        yield from _check_group(("resourceGroups", index), one, seed)
    yield from _repeated(seed)


def _check_group(path: Path, group: ResourceGroupSeed, seed: Seed) -> Iterator[Fault]:
    found = _find_subscription(seed, group.subscription)
    if found is None:
        what = f"`{group.subscription}` is no subscription here, or several"
        yield Fault((*path, "subscription"), what)
        return
    outer = _subscription_place(found)
    place = Scope(ScopeKind.AZURE, f"{outer.path}/resourceGroups/{group.name}")
    yield from _check(path, group.name, place)
    known = {place.key}
    for index, resource in enumerate(group.resources):
        inner: Path = (*path, "resources", index)
        at = _resource_place(place, resource)
        if at is None or check_name(at):
            what = "not a provider with as many types, as there are names: Microsoft.A/types, name"
            yield Fault((*inner, "type"), what)
            continue
        known.add(at.key)
        around = container_of(at)
        if around is None or around.key not in known:
            yield Fault((*inner, "name"), "what it lies in is not given before")


def _check(path: Path, name: str, place: Scope) -> Iterator[Fault]:
    if "/" in name or check_name(place):
        yield Fault((*path, "name"), "a name that nothing in Azure can have")


def _check_known(path: Path, name: str | None, known: Mapping[str, str]) -> Iterator[Fault]:
    if name is not None and fold(name) not in known:
        yield Fault(path, f"`{name}` is not known here")


def _depths(seed: Seed) -> Iterator[Fault]:
    parents = {fold(one.name): one.parent for one in seed.management_groups}
    for index, group in enumerate(seed.management_groups):
        path: Path = ("managementGroups", index, "parent")
        depth, outer = 1, group.parent
        while outer is not None and depth <= DEEPEST:
            depth, outer = depth + 1, parents.get(fold(outer))
        if depth > DEEPEST:
            yield Fault(path, f"more than {DEEPEST} levels of management groups, or a circle")


def _repeated(seed: Seed) -> Iterator[Fault]:
    places: list[tuple[Path, str]] = [
        (("managementGroups", index, "name"), group_place(one.name).path)
        for index, one in enumerate(seed.management_groups)
    ]
    places += [
        ((*path, "name"), place.path) for path, place in _list_given(seed) if place is not None
    ]
    root = root_group(TenantId(seed.tenant.id)).key
    yield from find_repeated(places, {root})


def _list_given(seed: Seed) -> Iterator[tuple[Path, Scope | None]]:
    for index, group in enumerate(seed.resource_groups):
        found = _find_subscription(seed, group.subscription)
        if found is None:
            continue
        outer = _subscription_place(found)
        place = Scope(ScopeKind.AZURE, f"{outer.path}/resourceGroups/{group.name}")
        yield ("resourceGroups", index), place
        for number, resource in enumerate(group.resources):
            path: Path = ("resourceGroups", index, "resources", number)
            yield path, _resource_place(place, resource)


def find_repeated(places: Iterable[tuple[Path, str]], known: set[str]) -> Iterator[Fault]:
    """The places that are given twice."""
    for path, place in places:
        if fold(place) in known:
            yield Fault(path, "the same place in Azure is given before")
        known.add(fold(place))
