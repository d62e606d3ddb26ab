"""What the store keeps of writes to the directory, on both databases."""

import pytest

from tests.storage.world import CLIENT, DAY, HOUR, NOON, READER, World, reader
from tests.support.events import read_rows
from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    ChangeSet,
    GrantPermission,
    PurgeObject,
    PutObject,
    PutPolicy,
    PutSecret,
    RemoveOwner,
    RemoveSecret,
    RemoveUnitMember,
    RevokePermission,
    TouchObject,
    Write,
    application_key,
    name_key,
    principal_key,
)
from timebound.domain.authority import Target
from timebound.domain.directory import ObjectKind
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId
from timebound.domain.policies import Policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.scopes import (
    DIRECTORY_ROOT,
    Scope,
    ScopeKind,
    group_scope,
    object_scope,
    unit_scope,
)
from timebound.storage.columns import read_instant

APP = ApplicationId("bbbbbbbb-0000-0000-0000-000000000001")
OVER_ROLES = "RoleManagement.ReadWrite.Directory"


async def target_of(world: World, id_: PrincipalId) -> Target:
    loaded = await world.store.load_target(world.token(id_), id_, NOON)
    return loaded.facts.target


async def a_program(world: World) -> tuple[PrincipalId, PrincipalId]:
    """An application and its service principal."""
    application = await world.entry(ObjectKind.APPLICATION, "Ledger")
    account = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Ledger")
    for id_ in (application, account):
        await world.change(id_, app_id=APP)
    return application, account


async def test_owners_come_and_go(world: World) -> None:
    application, _ = await a_program(world)
    one, other = await world.user(), await world.user()
    assert await world.write(AddOwner(application, one), AddOwner(application, other))
    assert (await target_of(world, application)).owner_ids == {one, other}
    assert await world.write(AddOwner(application, one), RemoveOwner(application, other))
    assert (await target_of(world, application)).owner_ids == {one}


async def test_owners_of_groups_are_those_in_force(world: World) -> None:
    group = await world.group(is_role_assignable=False)
    now, later, over, member = [await world.user() for _ in range(4)]
    owning = group_scope(group)
    await world.grant(Slot(now, OWNER, owning))
    await world.grant(Slot(later, OWNER, owning), start=NOON + HOUR)
    await world.grant(Slot(over, OWNER, owning), end=NOON - HOUR)
    await world.member(member, group)
    assert (await target_of(world, group)).owner_ids == {now}


async def test_units_and_which_of_them_are_restricted(world: World) -> None:
    person = await world.user()
    plain, restricted, gone = [
        await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit") for _ in range(3)
    ]
    await world.change(restricted, attributes={"isMemberManagementRestricted": True})
    await world.change(gone, deleted_at=NOON)
    for unit in (plain, restricted, gone):
        assert await world.write(AddUnitMember(unit, person))
    target = await target_of(world, person)
    assert target.unit_ids == {plain, restricted}
    assert target.restricted_unit_ids == {restricted}
    assert await world.write(RemoveUnitMember(restricted, person))
    target = await target_of(world, person)
    assert target.unit_ids == {plain}
    assert not target.restricted_unit_ids


@pytest.mark.parametrize("kind", GrantKind)
@pytest.mark.parametrize("start", [NOON - DAY, NOON + DAY])
async def test_who_holds_a_role_or_will_is_privileged(
    world: World, kind: GrantKind, start: object
) -> None:
    person = await world.user()
    assert not (await target_of(world, person)).is_privileged
    grant = await world.grant(reader(person), kind, start=start)  # type: ignore[arg-type]  # an instant
    assert (await target_of(world, person)).is_privileged
    await world.end(grant, NOON)
    assert not (await target_of(world, person)).is_privileged


@pytest.mark.parametrize("role_id", [MEMBER, OWNER])
@pytest.mark.parametrize("kind", GrantKind)
async def test_who_is_in_a_role_assignable_group_is_privileged(
    world: World, role_id: object, kind: GrantKind
) -> None:
    person, plain = await world.user(), await world.group(is_role_assignable=False)
    await world.grant(Slot(person, role_id, group_scope(plain)), kind)  # type: ignore[arg-type]  # a role
    assert not (await target_of(world, person)).is_privileged
    group = await world.group()
    await world.grant(Slot(person, role_id, group_scope(group)), kind)  # type: ignore[arg-type]  # a role
    assert (await target_of(world, person)).is_privileged
    assert (await target_of(world, group)).is_privileged
    assert not (await target_of(world, plain)).is_privileged


async def test_a_role_of_azure_is_none_of_the_directory(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person, Scope(ScopeKind.AZURE, "/")))
    assert not (await target_of(world, person)).is_privileged


async def test_an_application_is_privileged_with_its_permission_and_its_account(
    world: World,
) -> None:
    application, account = await a_program(world)
    both = (application, account)
    assert await world.write(
        GrantPermission(APP, "User.Read.All", is_delegated=True),
        GrantPermission(APP, "User.ReadWrite.All", is_delegated=False),
    )
    assert [(await target_of(world, id_)).is_privileged for id_ in both] == [False, False]
    for flag in (False, True):
        assert await world.write(GrantPermission(APP, OVER_ROLES, flag))
        assert [(await target_of(world, id_)).is_privileged for id_ in both] == [True, True]
        assert await world.write(RevokePermission(APP, OVER_ROLES, flag))
    assert [(await target_of(world, id_)).is_privileged for id_ in both] == [False, False]
    await world.grant(reader(account))
    assert [(await target_of(world, id_)).is_privileged for id_ in both] == [True, True]


async def test_who_could_be_in_a_role_assignable_group_is_privileged(world: World) -> None:
    person, inner, outer = await world.user(), await plain(world), await plain(world)
    goal = await world.group()
    await world.member(person, inner)
    await world.member(inner, outer)
    assert not (await target_of(world, person)).is_privileged
    later = Slot(outer, MEMBER, group_scope(goal))
    await world.grant(later, GrantKind.ELIGIBLE, start=NOON + DAY)
    for id_ in (person, inner, outer):
        assert (await target_of(world, id_)).is_privileged
    assert not (await target_of(world, await world.user())).is_privileged


@pytest.mark.parametrize("is_escalated", [False, True])
async def test_who_has_to_agree_is_privileged(world: World, *, is_escalated: bool) -> None:
    person, member, group = await world.user(), await world.user(), await plain(world)
    await world.grant(Slot(member, MEMBER, group_scope(group)), GrantKind.ELIGIBLE)
    named = (Approver(ApproverKind.USER, person), Approver(ApproverKind.GROUP, group))
    stage = ApprovalStage(escalation=named) if is_escalated else ApprovalStage(primary=named)
    for is_required in (False, True):
        rule = ApprovalRule(is_required=is_required, stages=(ApprovalStage(), stage))
        policy = Policy({"Approval_EndUser_Assignment": rule})
        assert await world.write(PutPolicy(DIRECTORY_ROOT, READER, policy))
        for id_ in (person, member, group):
            assert (await target_of(world, id_)).is_privileged is is_required


@pytest.mark.inferred("who agrees to joining a group agrees to the roles that it holds")
@pytest.mark.parametrize("role_id", [MEMBER, OWNER])
async def test_who_has_to_agree_to_joining_a_group_for_roles_is_privileged(
    world: World, role_id: RoleId
) -> None:
    person, member, near = await world.user(), await world.user(), await plain(world)
    await world.grant(Slot(member, MEMBER, group_scope(near)), GrantKind.ELIGIBLE)
    named = (Approver(ApproverKind.USER, person), Approver(ApproverKind.GROUP, near))
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    asking, silent = (
        Policy({"Approval_EndUser_Assignment": one}) for one in (rule, ApprovalRule())
    )
    ordinary, for_roles = await plain(world), await world.group()

    for group, policy, expected in (
        (ordinary, asking, False),
        (for_roles, asking, True),
        (for_roles, silent, False),
    ):
        assert await world.write(PutPolicy(group_scope(group), role_id, policy))
        for id_ in (person, member, near):
            assert (await target_of(world, id_)).is_privileged is expected


@pytest.mark.inferred("those that others wait for are not left to their owners")
async def test_a_group_that_agrees_to_joining_another_is_not_left_to_its_owners(
    world: World,
) -> None:
    asked, joined = await world.group(), await world.group()
    assert (await target_of(world, asked)).is_delegable
    stage = ApprovalStage(primary=(Approver(ApproverKind.GROUP, asked),))
    rule = ApprovalRule(is_required=True, stages=(stage,))
    policy = Policy({"Approval_EndUser_Assignment": rule})
    assert await world.write(PutPolicy(group_scope(joined), MEMBER, policy))
    assert not (await target_of(world, asked)).is_delegable
    assert (await target_of(world, joined)).is_delegable


async def plain(world: World) -> PrincipalId:
    """A group that is not assignable to roles."""
    return await world.group(is_role_assignable=False)


async def test_one_form_of_a_permission_is_revoked(world: World) -> None:
    _, account = await a_program(world)
    for flag in (True, False):
        assert await world.write(GrantPermission(APP, "User.Read.All", flag))
    assert await world.write(RevokePermission(APP, "User.Read.All", is_delegated=True))
    loaded = await world.store.load_target(world.token(account), account, NOON)
    assert loaded.permissions == {("User.Read.All", False)}


async def test_what_a_target_rests_on(world: World) -> None:
    application, account = await a_program(world)
    before = (await world.store.load_target(world.token(account), application, NOON)).versions
    expected = {
        principal_key(account),
        principal_key(application),
        application_key(APP),
        application_key(CLIENT),
    }
    assert set(before) == expected
    assert await world.write(bumps=[application_key(APP)])
    after = (await world.store.load_target(world.token(account), application, NOON)).versions
    assert {key for key in after if after[key] != before[key]} == {application_key(APP)}


async def test_names_are_found_in_any_casing_while_their_objects_are_there(world: World) -> None:
    person = await world.user()
    await world.change(person, user_principal_name="Adele@Contoso.example")
    application, account = await a_program(world)
    asked = (world.tenant, ("adele@CONTOSO.example", f"x@{world.tenant}.example"), (APP,))
    loaded = await world.store.load_names(*asked)
    assert {one.id for one in loaded.names.taken} == {person, application, account}
    assert loaded.names.domains == {f"{world.tenant}.example"}
    assert name_key("ADELE@contoso.example") in loaded.versions
    for id_ in (person, application):
        await world.change(id_, deleted_at=NOON)
    loaded = await world.store.load_names(*asked)
    assert {one.id for one in loaded.names.taken} == {account}


async def test_a_domain_of_another_tenant_is_not_verified_here(world: World) -> None:
    other = await World(world.store).begin()
    loaded = await world.store.load_names(world.tenant, (f"x@{other.tenant}.example",), ())
    assert loaded.names.domains == frozenset()


async def test_what_is_held_over_one_object(world: World) -> None:
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit")
    person = await world.user()
    over_unit = await world.grant(reader(person, unit_scope(unit)), GrantKind.ELIGIBLE)
    over_object = await world.grant(reader(person, object_scope(unit)))
    await world.grant(reader(person))
    await world.grant(reader(person, unit_scope(person)))
    await world.grant(reader(person, unit_scope(unit)), end=NOON)
    loaded = await world.store.load_scoped_grants(world.tenant, unit, NOON)
    assert {grant.id for grant in loaded.grants} == {over_unit.id, over_object.id}
    assert set(loaded.versions) == {principal_key(person)}


async def test_secrets_have_a_life(world: World) -> None:
    application, account = await a_program(world)
    assert await world.write(
        PutSecret(application, "clientSecret", "a", "key-a", NOON, NOON + DAY),
        PutSecret(account, "clientSecret", "b"),
        PutSecret(account, "clientSecret", "c", "key-c", end_at=NOON + HOUR),
    )
    found = {}
    for at in (NOON - HOUR, NOON, NOON + HOUR, NOON + DAY):
        record = await world.store.find_application(world.tenant, APP, at)
        assert record is not None
        found[at] = "".join(sorted(record.hashes))
    assert list(found.values()) == ["bc", "abc", "ab", "b"]
    assert await world.write(RemoveSecret(application, "key-a"))
    record = await world.store.find_application(world.tenant, APP, NOON)
    assert record is not None
    assert sorted(record.hashes) == ["b", "c"]


async def test_a_purged_object_leaves_nothing_but_history(world: World) -> None:
    application, account = await a_program(world)
    person = await world.user()
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit")
    await world.change(account, attributes={"servicePrincipalNames": ("https://ledger.example",)})
    grant = await world.grant(reader(account))
    assert await world.write(
        AddOwner(application, person),
        AddOwner(account, person),
        AddOwner(application, account),
        AddUnitMember(unit, account),
        PutSecret(account, "clientSecret", "b"),
    )
    assert await world.write(PurgeObject(account))
    assert await world.store.find_objects(world.tenant, [account]) == {}
    assert (await target_of(world, application)).owner_ids == {person}
    assert await world.store.find_grants(world.tenant, [grant.id]) == {grant.id: grant}
    assert await world.write(PurgeObject(unit), PurgeObject(person))
    assert (await target_of(world, application)).owner_ids == set()


async def test_an_object_is_changed_with_its_change_set_and_its_members(
    world: World, database_url: str
) -> None:
    group = await world.group()
    found = (await world.store.find_objects(world.tenant, [group]))[group]
    writes: tuple[Write, ...] = (PutObject(found), TouchObject(group))
    for number, write in enumerate(writes, 1):
        at = NOON + number * HOUR
        change = ChangeSet(world.tenant, at, {}, frozenset(), (write,))
        assert await world.store.apply(change)
        assert (await world.store.find_objects(world.tenant, [group]))[group] == found
        (row,) = await read_rows(database_url, "directory_objects", world.tenant)
        assert read_instant(row["changed_at"]) == at
