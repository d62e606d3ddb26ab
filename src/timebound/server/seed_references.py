"""What a seed's shapes cannot say: that names lead somewhere, ids are ids, and rules make sense."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from timebound.application.catalog import built_in_roles_by_name, graph_permissions
from timebound.application.certificates import read_pem_certificate
from timebound.domain.azure.places import read_place
from timebound.domain.folding import fold
from timebound.domain.policies.enablement import Enablement
from timebound.domain.scopes import ScopeLevel
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant
from timebound.server.seed_shapes import (
    AZURE_NAME,
    ApplicationKind,
    ApplicationSeed,
    GroupAccess,
    GroupSeed,
    HoldingSeed,
    PolicySeed,
    Seed,
    is_duration,
    resolve_moment,
)
from timebound.server.seed_tree import Fault, find_tree_faults, list_places, name_azure_roles
from timebound.server.seed_yaml import Path

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTEXT = re.compile(r"c[1-9][0-9]?")
_LONGEST_ACTIVATION = timedelta(days=1)
_SETTINGS = tuple(field.name for field in fields(TenantSettings))
# Any instant serves to see whether two durations from seeding are in order.
_SOME_SEEDING = Instant.fromisoformat("2026-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class _Names:
    """Everything in a seed that can be referred to."""

    principals: frozenset[str]
    users: frozenset[str]
    groups: Mapping[str, bool]
    """Whether each group can hold directory roles."""
    applications: frozenset[str]
    units: frozenset[str]
    levels: Mapping[str, frozenset[ScopeLevel]]
    """Where each directory role can be held."""
    azure_roles: Container[str]
    places: Container[str]
    """The places in the tree of Azure, by their paths in lower case."""


def find_faults(seed: Seed, data: object) -> Iterator[Fault]:
    """Every fault of a seed whose shapes are right; `data` is what the file said before that."""
    names = _names(seed)
    yield from _ids(seed)
    yield from _repeated_names(seed)
    yield from _user_domains(seed)
    yield from _memberships(seed, names)
    yield from _applications(seed)
    for section, holdings in (
        ("eligibilities", seed.eligibilities),
        ("assignments", seed.assignments),
    ):
        yield from _holdings(section, holdings, names)
    yield from _policies(seed, names)
    yield from find_tree_faults(seed)
    yield from _settings(data)


def _names(seed: Seed) -> _Names:
    custom = {role.display_name: frozenset(ScopeLevel) for role in seed.role_definitions}
    built_in = {name: role.levels for name, role in built_in_roles_by_name().items()}
    return _Names(
        principals=frozenset(seed.principal_names()),
        users=frozenset(user.user_principal_name for user in seed.users),
        groups={group.display_name: group.is_assignable_to_role for group in seed.groups},
        applications=frozenset(one.display_name for one in seed.applications),
        units=frozenset(unit.display_name for unit in seed.administrative_units),
        levels={**built_in, **custom},
        azure_roles=name_azure_roles(),
        places=list_places(seed),
    )


def _ids(seed: Seed) -> Iterator[Fault]:
    given: list[tuple[Path, str | None]] = [(("tenant", "id"), seed.tenant.id)]
    given += [
        (("tenant", "subscriptions", index, "id"), subscription.id)
        for index, subscription in enumerate(seed.tenant.subscriptions)
    ]
    for section, ids in (
        ("users", [one.id for one in seed.users]),
        ("groups", [one.id for one in seed.groups]),
        ("administrativeUnits", [one.id for one in seed.administrative_units]),
        ("applications", [one.id for one in seed.applications]),
        ("roleDefinitions", [one.id for one in seed.role_definitions]),
    ):
        given += [((section, index, "id"), value) for index, value in enumerate(ids)]
    given += [
        (("applications", index, "appId"), one.app_id)
        for index, one in enumerate(seed.applications)
    ]
    present = [(path, value) for path, value in given if value is not None]
    yield from (
        Fault(path, "not a GUID in lower case") for path, value in present if not _is_guid(value)
    )
    yield from _repeated("id", present)


def _repeated_names(seed: Seed) -> Iterator[Fault]:
    principals: list[tuple[Path, str]] = [
        (("users", index, "userPrincipalName"), user.user_principal_name)
        for index, user in enumerate(seed.users)
    ]
    principals += _display_names("groups", (group.display_name for group in seed.groups))
    principals += _display_names("applications", (one.display_name for one in seed.applications))
    yield from _repeated("name of a principal", principals)
    units = (unit.display_name for unit in seed.administrative_units)
    yield from _repeated("name", _display_names("administrativeUnits", units))
    roles = _display_names("roleDefinitions", (role.display_name for role in seed.role_definitions))
    yield from _repeated("name", roles)
    yield from (
        Fault(path, "a built-in role has this name")
        for path, name in roles
        if name in built_in_roles_by_name()
    )


def _user_domains(seed: Seed) -> Iterator[Fault]:
    domains = {domain.casefold() for domain in seed.tenant.domains}
    for index, user in enumerate(seed.users):
        local, _, domain = user.user_principal_name.rpartition("@")
        if not local or domain.casefold() not in domains:
            yield Fault(
                ("users", index, "userPrincipalName"),
                "not a name in one of the tenant's domains",
            )


def _memberships(seed: Seed, names: _Names) -> Iterator[Fault]:
    for index, group in enumerate(seed.groups):
        yield from _unknown(("groups", index, "members"), group.members, names.principals)
        yield from _unknown(("groups", index, "owners"), group.owners, names.principals)
        for access, given in _inside(group):
            for position, name in enumerate(given):
                path: Path = ("groups", index, f"{access.value}s", position)
                yield from _nested(path, HoldingSeed(name, None, group.display_name, access), names)
    allowed = names.users | names.groups.keys()
    for index, unit in enumerate(seed.administrative_units):
        yield from _unknown(("administrativeUnits", index, "members"), unit.members, allowed)


def _inside(group: GroupSeed) -> tuple[tuple[GroupAccess, tuple[str, ...]], ...]:
    return (GroupAccess.MEMBER, group.members), (GroupAccess.OWNER, group.owners)


def _nested(
    path: Path, holding: HoldingSeed, names: _Names, *, is_eligibility: bool = False
) -> Iterator[Fault]:
    """Why a group is not given something in a group: the engine would refuse the same."""
    inner, group = holding.principal, holding.group
    if group is None or inner not in names.groups:
        return
    if inner == group:
        yield Fault(path, "a group is never in itself")
    elif holding.access is GroupAccess.OWNER:
        yield Fault(path, "a group cannot own a group")
    elif names.groups.get(group) and not is_eligibility:
        yield Fault(path, "a group can only be eligible in one that is assignable to roles")


def _applications(seed: Seed) -> Iterator[Fault]:
    known = graph_permissions()
    delegated = {one.value for one in known.by_delegated_id.values()} | {AZURE_NAME}
    application = {one.value for one in known.by_application_id.values()}
    for index, one in enumerate(seed.applications):
        path: Path = ("applications", index)
        yield from _unknown(
            (*path, "permissions", "delegated"), one.permissions.delegated, delegated
        )
        yield from _unknown(
            (*path, "permissions", "application"), one.permissions.application, application
        )
        yield from _certificates(path, one)
        if one.kind is ApplicationKind.CONFIDENTIAL:
            continue
        if one.client_secret is not None:
            yield Fault((*path, "clientSecret"), "a public application cannot keep a secret")
        if one.permissions.application:
            yield Fault(
                (*path, "permissions", "application"),
                "a public application cannot act without a user",
            )


def _certificates(path: Path, one: ApplicationSeed) -> Iterator[Fault]:
    if one.certificates and one.kind is not ApplicationKind.CONFIDENTIAL:
        yield Fault((*path, "certificates"), "a public application cannot keep a key")
    for index, text in enumerate(one.certificates):
        if read_pem_certificate(text) is None:
            yield Fault(
                (*path, "certificates", index),
                "not a certificate in PEM with an RSA key of 2048 bits or more, or of EC P-256",
            )


def _holdings(section: str, holdings: tuple[HoldingSeed, ...], names: _Names) -> Iterator[Fault]:
    for index, holding in enumerate(holdings):
        path: Path = (section, index)
        yield from _unknown_one((*path, "principal"), holding.principal, names.principals)
        yield from _window(path, holding)
        is_eligibility = section == "eligibilities"
        if is_eligibility and holding.principal in names.applications:
            yield Fault((*path, "principal"), "an application cannot be eligible")
        if holding.scope is not None:
            yield from _azure(path, holding, holding.scope, names)
            continue
        yield from _target(path, holding, names)
        if holding.role is not None:
            yield from _place(path, holding, names)
            if names.groups.get(holding.principal) is False:
                yield Fault((*path, "principal"), "the group is not assignable to roles")
        elif holding.administrative_unit is not None or holding.application is not None:
            yield Fault(path, "only a role can be limited to a part of the directory")
        yield from _nested((*path, "principal"), holding, names, is_eligibility=is_eligibility)
    slots = [((section, index), repr(_slot(one))) for index, one in enumerate(holdings)]
    yield from _repeated("holding", slots)


def _slot(holding: HoldingSeed) -> tuple[object, ...]:
    access = None if holding.group is None else holding.access
    scope = holding.scope and fold(holding.scope)
    place = (holding.administrative_unit, holding.application, scope)
    return (holding.principal.casefold(), holding.role, holding.group, access, *place)


def _azure(path: Path, holding: HoldingSeed, scope: str, names: _Names) -> Iterator[Fault]:
    """What is wrong with a role of Azure, held at a place there."""
    limits = (holding.group, holding.administrative_unit, holding.application)
    if holding.role is None or any(one is not None for one in limits):
        yield Fault(path, "`scope` goes with `role` alone")
        return
    yield from _unknown_one((*path, "role"), holding.role, names.azure_roles)
    place = read_place(scope)
    if place is None or place.key not in names.places:
        yield Fault((*path, "scope"), f"`{scope}` is no place in the tree of Azure here")


def _place(path: Path, holding: HoldingSeed, names: _Names) -> Iterator[Fault]:
    levels = names.levels.get(holding.role or "", frozenset(ScopeLevel))
    unit, application = holding.administrative_unit, holding.application
    if unit is not None and application is not None:
        yield Fault(path, "either `administrativeUnit` or `application`, not both")
    asked = ScopeLevel.TENANT
    if unit is not None:
        asked = ScopeLevel.ADMINISTRATIVE_UNIT
        yield from _unknown_one((*path, "administrativeUnit"), unit, names.units)
    elif application is not None:
        asked = ScopeLevel.OBJECT
        yield from _unknown_one((*path, "application"), application, names.applications)
    if asked not in levels:
        yield Fault((*path, "role"), f"the role cannot be held at the level `{asked.value}`")


def _window(path: Path, holding: HoldingSeed) -> Iterator[Fault]:
    bounds = {"start": _SOME_SEEDING, "end": ENDLESS}
    for bound, text in (("start", holding.start), ("end", holding.end)):
        if text is None:
            continue
        try:
            bounds[bound] = resolve_moment(text, _SOME_SEEDING)
        except ValueError:
            yield Fault(
                (*path, bound),
                "neither an instant with an offset nor a duration in days, hours, minutes, seconds",
            )
            return
    is_comparable = is_duration(holding.start or "P") == is_duration(holding.end or "P")
    if is_comparable and bounds["end"] <= bounds["start"]:
        yield Fault((*path, "end"), "not after the start")


def _policies(seed: Seed, names: _Names) -> Iterator[Fault]:
    for index, policy in enumerate(seed.policies):
        path: Path = ("policies", index)
        yield from _target(path, policy, names)
        yield from _activation((*path, "activation"), policy, names)
        for part, rules in (("eligibility", policy.eligibility), ("assignment", policy.assignment)):
            longest = rules.maximum_duration
            if longest is not None and longest <= timedelta():
                yield Fault((*path, part, "maximumDuration"), "not longer than nothing")
    targets = [
        (("policies", index), repr((one.role, one.group, one.group and one.access)))
        for index, one in enumerate(seed.policies)
    ]
    yield from _repeated("policy", targets)


def _activation(path: Path, policy: PolicySeed, names: _Names) -> Iterator[Fault]:
    rules = policy.activation
    longest, context = rules.maximum_duration, rules.authentication_context
    if longest is not None and not timedelta() < longest <= _LONGEST_ACTIVATION:
        yield Fault((*path, "maximumDuration"), "not longer than nothing and at most a day")
    if context is not None and not _CONTEXT.fullmatch(context):
        yield Fault((*path, "authenticationContext"), "not one of c1 to c99")
    if context is not None and Enablement.MFA in (rules.requires or ()):
        yield Fault(
            (*path, "authenticationContext"),
            "stands in place of MultiFactorAuthentication, not beside it",
        )
    yield from _unknown(
        (*path, "approvers"), rules.approvers or (), names.users | names.groups.keys()
    )


def _target(path: Path, entry: HoldingSeed | PolicySeed, names: _Names) -> Iterator[Fault]:
    if (entry.role is None) == (entry.group is None):
        yield Fault(path, "either `role` or `group`")
        return
    if entry.role is not None:
        yield from _unknown_one((*path, "role"), entry.role, names.levels.keys())
        if entry.access is not GroupAccess.MEMBER:
            yield Fault((*path, "access"), "goes with `group`, not with `role`")
    if entry.group is not None:
        yield from _unknown_one((*path, "group"), entry.group, names.groups.keys())


def _settings(data: object) -> Iterator[Fault]:
    given = data.get("settings") if isinstance(data, dict) else None
    for name in given if isinstance(given, dict) else ():
        if name not in _SETTINGS:
            yield Fault(("settings", name), f"no such setting; there are {', '.join(_SETTINGS)}")


def _display_names(section: str, names: Iterable[str]) -> list[tuple[Path, str]]:
    return [((section, index, "displayName"), name) for index, name in enumerate(names)]


def _repeated(thing: str, entries: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, value in entries:
        if value.casefold() in seen:
            yield Fault(path, f"the same {thing} is given before")
        seen.add(value.casefold())


def _unknown(path: Path, given: Iterable[str], known: Iterable[str]) -> Iterator[Fault]:
    allowed = frozenset(known)
    for index, name in enumerate(given):
        yield from _unknown_one((*path, index), name, allowed)


def _unknown_one(path: Path, name: str, known: Container[str]) -> Iterator[Fault]:
    if name not in known:
        yield Fault(path, f"`{name}` is not known here")


def _is_guid(value: str) -> bool:
    return _GUID.fullmatch(value) is not None
