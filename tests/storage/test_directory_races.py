"""Writes to the directory that meet others: of each pair one comes through, both databases."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import pytest

from tests.storage.racing import overtake, race
from tests.storage.test_races import Office
from tests.storage.world import CLIENT, DAY, NOON, READER, World, reader, reader_role
from tests.support.policy_changes import set_rules
from timebound.application.changes import AddOwner, GrantPermission, PutRole
from timebound.application.directory.memberships import add_to_group, remove_from_group
from timebound.application.directory.objects import (
    NewObject,
    create_object,
    delete_object,
    update_object,
)
from timebound.application.directory.programs import (
    AskedSecret,
    NewSecret,
    add_secret,
    change_consent,
    set_owner,
)
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.policies import change_policy_at
from timebound.application.ports import Store
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.directory_changes import ObjectChanges
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId
from timebound.domain.memberships import Added, Removed
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policy_places import StoredPolicy, place_policy
from timebound.domain.problems import Code, Reason
from timebound.domain.program_changes import ConsentAsk, Consented, ConsentMode
from timebound.domain.requests import Status
from timebound.domain.requirements import REQUIREMENTS
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope
from timebound.identity.hashing import CHEAP, SecretHasher

HELPDESK = RoleId("729827e3-9c14-49f7-bb1b-9608f156bbb8")
APPLICATIONS = RoleId("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3")
EVERYTHING = tuple(sorted({n for needed in REQUIREMENTS.values() for n in needed.delegated}))
STRONG = "Correct-Horse-7"
APP = ApplicationId("bbbbbbbb-0000-0000-0000-000000000001")
KEEPER = SecretHasher(CHEAP)
FAR = NOON + 30 * DAY

T = TypeVar("T")
Act: TypeAlias = Callable[[Engine], Awaitable[T]]


class Desk(Office):
    """An office whose people ask for every permission there is."""

    def token(self, person: PrincipalId) -> Token:
        return Token(self.world.tenant, person, CLIENT, frozenset(EVERYTHING))

    def act(self, person: PrincipalId, do: Callable[[Work], Awaitable[T]]) -> Act[T]:
        return lambda engine: do(Work(engine, self.token(person), NOON))


@pytest.fixture(params=range(4))
async def desk(store: Store) -> Desk:
    """A tenant with a Global Administrator, anew for each round."""
    world = await World(store).begin()
    await world.write(*(GrantPermission(CLIENT, name, is_delegated=True) for name in EVERYTHING))
    for role_id in (GLOBAL_ADMINISTRATOR, HELPDESK, APPLICATIONS):
        assert await world.write(PutRole(reader_role(role_id)))
    admin = await world.user("Admin")
    await world.grant(Slot(admin, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    return Desk(world, admin)


def codes_of(outcome: object) -> list[Code | Reason]:
    """What an outcome was refused for; nothing if it was not."""
    if not isinstance(outcome, Refused):
        return []
    return [problem.reason or problem.code for problem in outcome.problems]


async def test_activation_against_removal_of_the_membership_behind_it(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    person, group = await desk.world.user(), await desk.world.group()
    await desk.world.member(person, group)
    await desk.world.grant(reader(group), GrantKind.ELIGIBLE)

    def remove(work: Work) -> Awaitable[Removed | Refused]:
        return remove_from_group(work, group, MEMBER, person)

    activated, removed, is_activation_first = await race(
        stores, desk.activate(person), desk.act(desk.admin, remove)
    )
    assert isinstance(removed, Removed)
    if is_activation_first:
        assert not isinstance(activated, Refused)
        assert activated.status is Status.PROVISIONED
    else:
        assert codes_of(activated) == [Reason.NOT_ELIGIBLE]
    assert await desk.active(person) == [], "an activation ends with the membership behind it"


async def test_activation_against_deletion_of_the_group_behind_it(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    person, group = await desk.world.user(), await desk.world.group()
    await desk.world.member(person, group)
    await desk.world.grant(reader(group), GrantKind.ELIGIBLE)

    def delete(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return delete_object(work, group, ObjectKind.GROUP)

    _, deleted, _ = await race(stores, desk.activate(person), desk.act(desk.admin, delete))
    assert isinstance(deleted, DirectoryObject)
    assert await desk.active(person) == []


async def test_two_removals_of_the_last_two_administrators(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    """One is deleted, the other is taken out of the group through which they are one."""
    world = desk.world
    other, third, group = await world.user(), await world.user(), await world.group()
    await world.grant(Slot(group, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    await world.member(other, group)
    # Somebody who does not count: they hold the role for a time.
    await world.grant(
        Slot(third, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT), GrantKind.ASSIGNED, end=FAR
    )

    def delete(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return delete_object(work, desk.admin, ObjectKind.USER)

    def remove(work: Work) -> Awaitable[Removed | Refused]:
        return remove_from_group(work, group, MEMBER, other)

    one, two, is_one_first = await race(stores, desk.act(third, delete), desk.act(third, remove))
    won, lost = (one, two) if is_one_first else (two, one)
    assert codes_of(won) == []
    assert codes_of(lost) == [Code.LAST_ADMINISTRATOR]
    slot = Slot(third, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    left = (await world.facts(slot)).facts.administrators
    assert [path.principal_id for path in left] == [other if is_one_first else desk.admin]


async def test_two_disable_the_last_two_administrators(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    world = desk.world
    other, third = await world.user(), await world.user()
    await world.grant(Slot(other, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    await world.grant(Slot(third, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT), end=FAR)

    def disable(who: PrincipalId) -> Callable[[Work], Awaitable[DirectoryObject | Refused]]:
        changes = ObjectChanges(is_enabled=False)
        return lambda work: update_object(work, KEEPER, ObjectKind.USER, who, changes)

    one, two, is_one_first = await race(
        stores, desk.act(third, disable(desk.admin)), desk.act(third, disable(other))
    )
    won, lost = (one, two) if is_one_first else (two, one)
    assert codes_of(won) == []
    assert codes_of(lost) == [Code.LAST_ADMINISTRATOR]


async def test_resetting_a_password_against_a_role_for_its_owner(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    """Whoever comes to a role is out of the helpdesk's reach from that instant on."""
    person, helper = await desk.world.user(), await desk.world.user()
    await desk.world.grant(Slot(helper, HELPDESK, DIRECTORY_ROOT))
    group = await desk.world.group()
    changes = ObjectChanges(password=STRONG)

    def reset(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return update_object(work, KEEPER, ObjectKind.USER, person, changes)

    def join(work: Work) -> Awaitable[Added | Refused]:
        return add_to_group(work, group, MEMBER, [person])

    done, joined, is_reset_first = await race(
        stores, desk.act(helper, reset), desk.act(desk.admin, join)
    )
    assert isinstance(joined, Added)
    assert codes_of(done) == ([] if is_reset_first else [Code.ACCESS_DENIED])


async def test_resetting_a_password_against_a_policy_that_names_its_owner(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    """Whoever is to agree is out of the helpdesk's reach from that instant on."""
    world = desk.world
    person, helper, group = await world.user(), await world.user(), await world.group()
    await world.grant(Slot(helper, HELPDESK, DIRECTORY_ROOT))
    await world.change(group, is_role_assignable=False)
    await world.member(person, group)
    changes = ObjectChanges(password=STRONG)
    stage = ApprovalStage(primary=(Approver(ApproverKind.GROUP, group),))
    rule = ApprovalRule(is_required=True, stages=(stage,))

    def reset(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return update_object(work, KEEPER, ObjectKind.USER, person, changes)

    def name(work: Work) -> Awaitable[StoredPolicy | Refused]:
        place = place_policy(DIRECTORY_ROOT, READER)
        change = set_rules(Approval_EndUser_Assignment=rule)
        return change_policy_at(work.engine, work.token, place, change, NOON)

    done, named = await overtake(stores, desk.act(helper, reset), desk.act(desk.admin, name))
    assert isinstance(named, StoredPolicy)
    assert codes_of(done) == [Code.ACCESS_DENIED]


async def test_resetting_a_password_against_a_group_that_comes_nearer_to_a_role(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    world = desk.world
    person, helper = await world.user(), await world.user()
    inner, outer, goal = await world.group(), await world.group(), await world.group()
    for group in (inner, outer):
        await world.change(group, is_role_assignable=False)
    await world.grant(Slot(helper, HELPDESK, DIRECTORY_ROOT))
    await world.member(person, inner)
    await world.grant(Slot(outer, MEMBER, group_scope(goal)), GrantKind.ELIGIBLE)
    changes = ObjectChanges(password=STRONG)

    def reset(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return update_object(work, KEEPER, ObjectKind.USER, person, changes)

    def nest(work: Work) -> Awaitable[Added | Refused]:
        return add_to_group(work, outer, MEMBER, [inner])

    done, nested = await overtake(stores, desk.act(helper, reset), desk.act(desk.admin, nest))
    assert isinstance(nested, Added)
    assert codes_of(done) == [Code.ACCESS_DENIED]


async def test_a_secret_against_a_permission_for_its_application(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    """Whatever becomes privileged gets no secret from those who manage ordinary applications."""
    world = desk.world
    account = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Ledger")
    await world.change(account, app_id=APP)
    helper = await world.user()
    await world.grant(Slot(helper, APPLICATIONS, DIRECTORY_ROOT))
    ask = ConsentAsk(
        ConsentMode.GRANT, frozenset({"RoleManagement.ReadWrite.Directory"}), is_delegated=False
    )

    def add(work: Work) -> Awaitable[NewSecret | Refused]:
        kind = ObjectKind.SERVICE_PRINCIPAL
        return add_secret(work, KEEPER, kind, account, AskedSecret())

    def consent(work: Work) -> Awaitable[Consented | Refused]:
        return change_consent(work, account, ask)

    made, granted, is_secret_first = await race(
        stores, desk.act(helper, add), desk.act(desk.admin, consent)
    )
    assert isinstance(granted, Consented)
    assert codes_of(made) == ([] if is_secret_first else [Code.ACCESS_DENIED])


async def test_two_of_one_name(stores: tuple[Store, Store], desk: Desk) -> None:
    name = f"ada@{desk.world.tenant}.example"
    new = DirectoryObject(PrincipalId(""), ObjectKind.USER, "Ada", NOON, user_principal_name=name)

    def create(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return create_object(work, KEEPER, NewObject(new, STRONG))

    one, two, is_one_first = await race(
        stores, desk.act(desk.admin, create), desk.act(desk.admin, create)
    )
    won, lost = (one, two) if is_one_first else (two, one)
    assert isinstance(won, DirectoryObject)
    assert codes_of(lost) == [Code.OBJECT_EXISTS]


async def test_one_member_added_twice(stores: tuple[Store, Store], desk: Desk) -> None:
    person, group = await desk.world.user(), await desk.world.group()

    def join(work: Work) -> Awaitable[Added | Refused]:
        return add_to_group(work, group, MEMBER, [person])

    one, two, is_one_first = await race(
        stores, desk.act(desk.admin, join), desk.act(desk.admin, join)
    )
    won, lost = (one, two) if is_one_first else (two, one)
    assert isinstance(won, Added)
    assert codes_of(lost) == [Code.REFERENCE_EXISTS]


async def test_an_owner_acts_against_the_end_of_the_ownership(
    stores: tuple[Store, Store], desk: Desk
) -> None:
    world = desk.world
    application = await world.entry(ObjectKind.APPLICATION, "Ledger")
    await world.change(application, app_id=APP)
    owner = await world.user()
    assert await world.write(AddOwner(application, owner))
    kind = ObjectKind.APPLICATION

    def add(work: Work) -> Awaitable[NewSecret | Refused]:
        return add_secret(work, KEEPER, kind, application, AskedSecret())

    def remove(work: Work) -> Awaitable[DirectoryObject | Refused]:
        return set_owner(work, kind, application, owner, is_added=False)

    made, removed, is_secret_first = await race(
        stores, desk.act(owner, add), desk.act(desk.admin, remove)
    )
    assert isinstance(removed, DirectoryObject)
    assert codes_of(made) == ([] if is_secret_first else [Code.ACCESS_DENIED])
