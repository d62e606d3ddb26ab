"""A tenant of any size, imagined from a seed: the same seed and size lead to the same rows.

A person has about ten grants whatever the size is, so that what is asked of one person costs the
same unless the tenant around them makes it dearer. Of 100 people all are in the group of all staff
and two more, 20 in a role-assignable group; all are eligible for a role, hold another until a date
and have a past of four ended grants; 10 are eligible in an administrative unit, 5 have activated
something now, 2 wait for an approval, 2 have waited in vain, 2 are disabled and 1 is deleted.
Beside them are pairs of people who have as many roles, one through groups and one directly.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, cached_property
from typing import Final

from bench.population import DOMAIN, ROLE, Population
from bench.rows import LASTS, Holding, Rows, Writing
from timebound.application.catalog import built_in_roles, built_in_roles_by_name
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.roles import (
    DIRECTORY_READERS,
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    MEMBER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, group_scope, unit_scope
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.server.ids import SeededIds
from timebound.storage.documents import read_default_policy, write_policy

GRANTS_EACH: Final = 9.45
"""Grants for each person, those of groups included."""
GROUPS: Final = 50
"""Through how many groups of their own one of a pair has roles; the other holds them directly."""
PAIR_GRANTS: Final = 7 * GROUPS // 2
"""Grants for each pair: roles of both, memberships, and what activated memberships stand on."""
BUSY: Final = 5
"""How many people are eligible for `MANY` roles, whatever the size."""
MANY: Final = 20
SAMPLE: Final = 1_000
"""How many people are measured at most."""

_BLOCK: Final = 1_000
_TEAM, _PROJECT, _DEPARTMENT, _GUILD, _UNIT = 12, 40, 240, 200, 50
"""People for each of these."""
_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)
_FIRST: Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Iris", "Jon", "Kim")
_LAST: Final = (
    "Adler",
    "Brook",
    "Castro",
    "Dahl",
    "Evans",
    "Fuchs",
    "Grant",
    "Hahn",
    "Ito",
    "Jung",
)


@dataclass(frozen=True)
class Tenant:
    """The tenant that a seed leads to, with so many people, as of an instant."""

    seed: str
    people: int
    at: Instant
    pairs: int = 0

    def id_of(self, kind: str, number: int = 0) -> PrincipalId:
        """The id of the object of a kind that has the number."""
        return PrincipalId(SeededIds(f"{self.seed}/{kind}", number).new_id())

    @cached_property
    def population(self) -> Population:
        """Who is measured: people that are there and can sign in, from all over the tenant."""
        # Whole hundreds, since among those of a hundred everything occurs in its proportion.
        step = max(1, self.people // SAMPLE) * 100
        hundreds = (range(n, min(n + 100, self.people)) for n in range(0, self.people, step))
        numbers = [n for some in hundreds for n in some if _is_there(n) and _is_enabled(n)]
        return Population(
            TenantId(self.id_of("tenant")),
            ApplicationId(self.id_of("application")),
            self.id_of("administrator"),
            self.id_of("guild"),
            tuple(self.id_of("person", number) for number in numbers),
        )

    @cached_property
    def busy(self) -> tuple[PrincipalId, ...]:
        """The people who are eligible for many roles."""
        return tuple(self.id_of("busy", number) for number in range(BUSY))

    @cached_property
    def joiners(self) -> tuple[PrincipalId, ...]:
        """Those of the pairs who have their roles through groups."""
        return tuple(self.id_of("joiner", number) for number in range(self.pairs))

    @cached_property
    def holders(self) -> tuple[PrincipalId, ...]:
        """Those of the pairs who hold the same roles directly."""
        return tuple(self.id_of("holder", number) for number in range(self.pairs))

    @cached_property
    def approvers(self) -> tuple[PrincipalId, ...]:
        """People in the first groups of approvers, of whom each has some requests to decide."""
        numbers = range(0, min(self.people, 10 * _GUILD), 5)
        there = [n for n in numbers if _is_there(n) and _is_enabled(n)]
        return tuple(self.id_of("person", number) for number in there)

    @cached_property
    def writing(self) -> Writing:
        """What the rows share; every role has the same default rules here, as most do."""
        role = built_in_roles()[ROLE].as_role()
        policy = write_policy(read_default_policy(role))
        ids = SeededIds(f"{self.seed}/grants")
        tenant_id, administrator_id = self.population.tenant_id, self.population.administrator_id
        return Writing(tenant_id, administrator_id, self.at, ids, policy)

    def imagine(self) -> Iterator[Rows]:
        """All rows, in blocks that can be written one after the other."""
        yield self._imagine_frame()
        yield from self._imagine_groups()
        for number in range(self.pairs):
            yield self._imagine_pair(number)
        for first in range(0, self.people, _BLOCK):
            rows = Rows(self.writing)
            for number in range(first, min(first + _BLOCK, self.people)):
                _Person(self, number, rows).put()
            yield rows

    def make_object(self, kind: ObjectKind, id_: PrincipalId, name: str) -> DirectoryObject:
        """A directory object without anything special."""
        return DirectoryObject(id_, kind, name, self.at - 2 * _YEAR)

    def count(self, size: int) -> int:
        """How many groups of a size the people make."""
        return -(-self.people // size)

    def _imagine_frame(self) -> Rows:
        rows = Rows(self.writing)
        administrator = self.population.administrator_id
        rows.put_object(_make_user(self, administrator, "Administrator", "administrator"))
        for role_id in (GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR):
            since = Window(self.at - _YEAR, ENDLESS)
            rows.hold(Holding(Slot(administrator, role_id, DIRECTORY_ROOT), _ASSIGNED, since))
        for number, id_ in enumerate(self.busy):
            rows.put_object(_make_user(self, id_, f"Busy {number}", f"busy{number}"))
            window = Window(self.at - _YEAR, self.at + _YEAR)
            for role_id in plain_roles()[:MANY]:
                rows.hold(Holding(Slot(id_, role_id, DIRECTORY_ROOT), _ELIGIBLE, window))
        return rows

    def _imagine_groups(self) -> Iterator[Rows]:
        rows = Rows(self.writing)
        rows.put_object(self.make_object(ObjectKind.GROUP, self.id_of("staff"), "All staff"))
        for name, size in (("team", _TEAM), ("project", _PROJECT), ("department", _DEPARTMENT)):
            for number in range(self.count(size)):
                id_ = self.id_of(name, number)
                rows.put_object(self.make_object(ObjectKind.GROUP, id_, f"{name} {number}"))
        for number in range(self.count(_TEAM)):
            department = self.id_of("department", number * _TEAM // _DEPARTMENT)
            self._join(rows, self.id_of("team", number), department)
        yield rows
        rows = Rows(self.writing)
        for number in range(self.count(_UNIT)):
            unit = self.make_object(
                ObjectKind.ADMINISTRATIVE_UNIT, self.id_of("unit", number), f"Unit {number}"
            )
            rows.put_object(unit)
        for number in range(self.count(_GUILD)):
            self._put_guild(rows, number)
        yield rows

    def _put_guild(self, rows: Rows, number: int) -> None:
        """A role-assignable group with a role that it holds and one that it is eligible for."""
        roles, id_ = plain_roles(), self.id_of("guild", number)
        self._put_assignable(rows, id_, f"Guild {number}")
        window = Window(self.at - _YEAR, self.at + _YEAR)
        for kind, offset in ((_ASSIGNED, 0), (_ELIGIBLE, 1)):
            slot = Slot(id_, roles[(number + offset) % len(roles)], DIRECTORY_ROOT)
            rows.hold(Holding(slot, kind, window))

    def _put_assignable(self, rows: Rows, id_: PrincipalId, name: str) -> None:
        made = self.make_object(ObjectKind.GROUP, id_, name)
        rows.put_object(replace(made, is_role_assignable=True))

    def _imagine_pair(self, number: int) -> Rows:
        """Two people with the same roles: each through a group of its own, or each directly.

        Every other membership is activated. The roles end later than those of everybody else, so
        that lists that begin with what ends soonest are those of a tenant without such pairs.
        """
        rows = Rows(self.writing)
        joiner, holder = self.joiners[number], self.holders[number]
        for name, id_ in (("joiner", joiner), ("holder", holder)):
            rows.put_object(_make_user(self, id_, f"{name} {number}", f"{name}{number}"))
        window = Window(self.at - _YEAR, self.at + 2 * _YEAR)
        for place, role_id in enumerate(plain_roles()[:GROUPS]):
            group = self.id_of("circle", number * GROUPS + place)
            self._put_assignable(rows, group, f"Circle {number}-{place}")
            for principal in (group, holder):
                rows.hold(Holding(Slot(principal, role_id, DIRECTORY_ROOT), _ASSIGNED, window))
            if place % 2:
                self._join(rows, joiner, group)
                continue
            membership = Slot(joiner, MEMBER, group_scope(group))
            basis = rows.hold(Holding(membership, _ELIGIBLE, window))
            active = Window(self.at - timedelta(minutes=5), self.at + _DAY)
            rows.hold(Holding(membership, _ACTIVATED, active, basis))
        return rows

    def _join(self, rows: Rows, member: PrincipalId, group: PrincipalId) -> None:
        rows.hold_plainly(
            Slot(member, MEMBER, group_scope(group)), Window(self.at - _YEAR, ENDLESS)
        )


@dataclass(frozen=True, slots=True)
class _Person:
    """One person: everything about them follows from their number."""

    tenant: Tenant
    number: int
    rows: Rows

    @property
    def id(self) -> PrincipalId:
        return self.tenant.id_of("person", self.number)

    def put(self) -> None:
        """The person with everything they hold, held and asked for."""
        tenant, number, rows = self.tenant, self.number, self.rows
        rows.put_object(self._make_object())
        if not _is_there(number):
            return
        for name, of in (("staff", 0), ("team", number // _TEAM), ("project", self._spread())):
            self._join(tenant.id_of(name, of))
        if number % 4 == 0:
            rows.put_unit_member(tenant.id_of("unit", number // _UNIT), self.id)
        if number % 5 == 0:
            self._join(tenant.id_of("guild", number // _GUILD))
        self._put_roles()
        self._put_more()

    def _put_roles(self) -> None:
        """The role everybody is eligible for, with the times it was activated, and another one."""
        now = self.tenant.at
        since = now - 100 * _DAY - self._some(300 * _DAY)
        mine = self._slot(ROLE)
        basis = self.rows.hold(Holding(mine, _ELIGIBLE, Window(since, now + _YEAR)))
        self.rows.hold(
            Holding(self._slot(DIRECTORY_READERS), _ASSIGNED, Window(since, now + _YEAR))
        )
        over = Window(since - _YEAR, since - _DAY)
        self.rows.hold(Holding(mine, _ELIGIBLE, over))
        for days in (2, 25, 70):
            start = now - days * _DAY - self._some(_DAY)
            ended_at = start + LASTS / 2 if days == 2 else None  # noqa: PLR2004 - the first of them
            past = Holding(mine, _ACTIVATED, Window(start, start + LASTS), basis, ended_at)
            self.rows.hold(past)
            if ended_at is not None:
                self.rows.end(past, ended_at)

    def _put_more(self) -> None:
        """What only some people have."""
        number, now = self.number, self.tenant.at
        window = Window(now - 90 * _DAY, now + _YEAR)
        if number % 10 == 1:
            unit = unit_scope(self.tenant.id_of("unit", number // _UNIT))
            helping = self._slot(_role("Helpdesk Administrator"), unit)
            self.rows.hold(Holding(helping, _ELIGIBLE, window))
        if number % 20 == 2:  # noqa: PLR2004 - any remainder
            roles = plain_roles()
            slot = self._slot(roles[number // 20 % len(roles)])
            basis = self.rows.hold(Holding(slot, _ELIGIBLE, window))
            start = now - timedelta(minutes=5)
            self.rows.hold(Holding(slot, _ACTIVATED, Window(start, now + _DAY), basis))
        if number % 50 in (3, 4):
            slot = self._slot(GLOBAL_READER)
            self.rows.hold(Holding(slot, _ELIGIBLE, window))
            guild = self.tenant.id_of("guild", number // _GUILD)
            waited = timedelta(minutes=number % 600) if number % 50 == 3 else 3 * _DAY  # noqa: PLR2004 - as above
            self.rows.ask(slot, Approval(Approvers(groups=(guild,))), now - waited)

    def _make_object(self) -> DirectoryObject:
        number = self.number
        first, last = _FIRST[number % len(_FIRST)], _LAST[number // 7 % len(_LAST)]
        user = _make_user(self.tenant, self.id, f"{first} {last} {number}", f"person{number}")
        deleted_at = None if _is_there(number) else self.tenant.at - 10 * _DAY
        return DirectoryObject(
            id=user.id,
            kind=user.kind,
            display_name=user.display_name,
            created_at=user.created_at,
            is_enabled=_is_enabled(number),
            deleted_at=deleted_at,
            user_principal_name=user.user_principal_name,
            mail=user.user_principal_name,
            attributes={**user.attributes, "givenName": first, "surname": last},
        )

    def _join(self, group: PrincipalId) -> None:
        slot = Slot(self.id, MEMBER, group_scope(group))
        self.rows.hold_plainly(slot, Window(self.tenant.at - self._some(_YEAR) - _DAY, ENDLESS))

    def _slot(self, role_id: RoleId, scope: Scope = DIRECTORY_ROOT) -> Slot:
        return Slot(self.id, role_id, scope)

    def _spread(self) -> int:
        """The number of the project, which is not that of the neighbours."""
        return self.number * 7919 % self.tenant.count(_PROJECT)

    def _some(self, most: timedelta) -> timedelta:
        """A part of a stretch of time, another one for each person."""
        return timedelta(seconds=self.number * 7919 % int(most.total_seconds()))


@cache
def plain_roles() -> tuple[RoleId, ...]:
    """Roles that an ordinary sign-in can activate."""
    return tuple(
        id_
        for id_, role in sorted(built_in_roles().items())
        if role.is_assignable
        and not role.is_privileged
        and not role.needs_strong_activation
        and id_ not in (ROLE, DIRECTORY_READERS, GLOBAL_READER)
    )


def _make_user(tenant: Tenant, id_: PrincipalId, name: str, account: str) -> DirectoryObject:
    return DirectoryObject(
        id=id_,
        kind=ObjectKind.USER,
        display_name=name,
        created_at=tenant.at - 2 * _YEAR,
        user_principal_name=f"{account}@{DOMAIN}",
        attributes={"userType": "Member", "mailNickname": account, "jobTitle": "Engineer"},
    )


@cache
def _role(name: str) -> RoleId:
    return built_in_roles_by_name()[name].template_id


def _is_there(number: int) -> bool:
    return number % 100 != 99  # noqa: PLR2004 - the last of each hundred is deleted


def _is_enabled(number: int) -> bool:
    return number % 50 != 48  # noqa: PLR2004 - another one is disabled


_ELIGIBLE: Final = GrantKind.ELIGIBLE
_ASSIGNED: Final = GrantKind.ASSIGNED
_ACTIVATED: Final = GrantKind.ACTIVATED
