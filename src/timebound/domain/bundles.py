"""Roles that a provider assigns together: to several principals, at several places, at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from timebound.domain.authority import Caller, authorize
from timebound.domain.cascade import Ending
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.role_changes import CHANGES
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind, provider_scope
from timebound.domain.times import Instant

MOST_GRANTS: Final = 1_000
"""How many grants one assignment can come to: principals times places."""

SINGLE: Final = frozenset({ScopeKind.ENTITLEMENT_MANAGEMENT, ScopeKind.EXCHANGE})
"""The providers whose assignments are of one principal at one place (unifiedRoleAssignment)."""


@dataclass(frozen=True, slots=True)
class RoleBundle:
    """One assignment of a role to all of the principals at all of the places.

    What it gives are the grants it names; `part_ids` are parts of the directory, `app_ids` things
    of the provider's own.
    """

    id: str
    kind: ScopeKind
    role_id: RoleId
    created_at: Instant
    display_name: str | None = None
    description: str | None = None
    principal_ids: tuple[PrincipalId, ...] = ()
    part_ids: tuple[str, ...] = ()
    app_ids: tuple[str, ...] = ()
    grant_ids: tuple[GrantId, ...] = ()
    ended_at: Instant | None = None

    @property
    def places(self) -> tuple[Scope, ...]:
        """Where the role is held."""
        return (
            *(provider_scope(self.kind, id_, is_app=False) for id_ in self.part_ids),
            *(provider_scope(self.kind, id_, is_app=True) for id_ in self.app_ids),
        )

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who holds the role where: each principal at each place."""
        people, places = self.principal_ids, self.places
        return tuple(Slot(person, self.role_id, place) for person in people for place in places)


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """The state of the world that concerns one assignment of a provider.

    `principals` and `objects` are the ids that are there: of those who are to hold the role, and of
    the parts of the directory; `grants` are those that the principals hold of the role now.
    """

    caller: Caller
    role: RoleDefinition | None = None
    bundle: RoleBundle | None = None
    principals: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundled:
    """The assignment as it is from now on: what is newly held, and what ends."""

    bundle: RoleBundle
    added: tuple[Slot, ...] = ()
    endings: tuple[Ending, ...] = field(default=())


def decide_bundle(facts: BundleFacts, asked: RoleBundle, at: Instant) -> Bundled | Refused:
    """The assignment as asked, new or changed; what it gives no more ends at once.

    Where there is one assignment for a principal and a place, a second one is refused.
    """
    if problems := authorize(CHANGES[asked.kind], facts.caller):
        return Refused(problems)
    unmet = tuple(_check(facts, asked))
    if unmet:
        return Refused(in_order(unmet))
    wanted = dict.fromkeys(asked.slots)
    mine = [g for g in facts.grants if g.id in asked.grant_ids and g.is_in_force(at)]
    others = {g.slot for g in facts.grants if g.id not in asked.grant_ids and g.is_in_force(at)}
    if asked.kind in SINGLE and not others.isdisjoint(wanted):
        return Refused((Problem(Code.OBJECT_CONFLICTS),))
    kept = {grant.slot: grant for grant in mine if grant.slot in wanted}
    return Bundled(
        replace(asked, grant_ids=tuple(grant.id for grant in kept.values())),
        tuple(slot for slot in wanted if slot not in kept),
        tuple(Ending(grant, at) for grant in mine if grant.slot not in wanted),
    )


def decide_unbundling(facts: BundleFacts, kind: ScopeKind, at: Instant) -> Bundled | Refused:
    """The end of an assignment, with all that it gives."""
    if problems := authorize(CHANGES[kind], facts.caller):
        return Refused(problems)
    found = facts.bundle
    if found is None or found.kind is not kind or found.ended_at is not None:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    mine = (g for g in facts.grants if g.id in found.grant_ids and g.is_in_force(at))
    endings = tuple(Ending(grant, at) for grant in mine)
    return Bundled(replace(found, ended_at=at), endings=endings)


def _check(facts: BundleFacts, asked: RoleBundle) -> Iterator[Problem]:
    role = facts.role
    if role is None or role.role.kind is not asked.kind or role.deleted_at is not None:
        yield Problem(Code.ROLE_NOT_FOUND, property="roleDefinitionId", value=asked.role_id)
    elif not role.role.is_enabled:
        yield _refuse("roleDefinitionId", Reason.ROLE_DISABLED)
    if not asked.principal_ids:
        yield _refuse("principalIds", Reason.MISSING)
    if not asked.places:
        yield _refuse("directoryScopeIds", Reason.MISSING)
    if len(asked.principal_ids) * len(asked.places) > MOST_GRANTS:
        yield _refuse("principalIds", Reason.TOO_MANY)
    yield from _check_ids(facts, asked)


def _check_ids(facts: BundleFacts, asked: RoleBundle) -> Iterator[Problem]:
    for person in asked.principal_ids:
        if person not in facts.principals:
            yield Problem(Code.PRINCIPAL_NOT_FOUND, property="principalId", value=person)
    for part in asked.part_ids:
        named = object_named(part)
        if named is not None and named not in facts.objects:
            yield Problem(Code.SCOPE_NOT_FOUND, property="directoryScopeId", value=part)


def object_named(part: str) -> str | None:
    """The directory object that a part of the directory is; none for the whole of it."""
    return part.rsplit("/", 1)[-1] or None


def _refuse(name: str, reason: Reason) -> Problem:
    return Problem(Code.PROPERTY_REFUSED, reason=reason, property=name)
