"""The facts of a decision: exactly what concerns one slot, with the versions they rest on."""

from dataclasses import replace

import pytest

from tests.storage.test_changes import a_request
from tests.storage.world import CLIENT, DAY, HOUR, NOON, READER, World, azure, reader, reader_role
from timebound.application.changes import (
    ADMINISTRATORS,
    TENANT,
    AddUnitMember,
    InsertRequest,
    PutRole,
    application_key,
    policy_key,
    principal_key,
    role_key,
    standing_key,
)
from timebound.domain.directory import ObjectKind
from timebound.domain.facts import AdministratorPath, Eligibility
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import default_policy
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.requests import Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, GROUP_ROLES, MEMBER, OWNER, Role
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.settings import License, TenantSettings
from timebound.domain.times import ENDLESS

ELIGIBLE = GrantKind.ELIGIBLE


async def test_what_is_known_about_a_plain_slot(world: World) -> None:
    person = await world.user("Adele")
    facts = (await world.facts(reader(person))).facts
    assert facts.principal == Principal(person, PrincipalKind.USER, "Adele")
    assert facts.role == reader_role().role
    assert facts.policy == default_policy(reader_role().role)
    assert facts.settings == TenantSettings()
    assert facts.is_scope_known
    assert (facts.grants, facts.requests, facts.eligibilities) == ((), (), ())
    assert facts.caller.is_enabled
    assert facts.caller.display_name == "Adele"


async def test_settings_are_the_tenants_own(store_world: World) -> None:
    person = await store_world.user()
    facts = (await store_world.facts(reader(person))).facts
    assert facts.settings == TenantSettings(license=License.ENDED)
    assert await store_world.store.load_settings(store_world.tenant) == facts.settings


@pytest.fixture
async def store_world(world: World) -> World:
    return await World(world.store).begin(TenantSettings(license=License.ENDED))


async def test_an_unknown_principal_and_role_are_told_as_none(world: World) -> None:
    slot = Slot(PrincipalId("nobody"), RoleId("nothing"), DIRECTORY_ROOT)
    facts = (await world.facts(slot)).facts
    assert (facts.principal, facts.role) == (None, None)
    assert facts.policy == default_policy(Role(RoleId(""), ScopeKind.DIRECTORY, ""))
    assert not facts.caller.is_enabled


async def test_grants_of_the_slot_now_ahead_and_lately_ended(world: World) -> None:
    person = await world.user()
    slot = reader(person)
    now = await world.grant(slot)
    ahead = await world.grant(slot, ELIGIBLE, start=NOON + DAY)
    lately = await world.grant(slot, start=NOON - 60 * DAY, end=NOON - 29 * DAY)
    await world.grant(slot, start=NOON - 60 * DAY, end=NOON - 31 * DAY)
    await world.grant(reader(await world.user()))
    await world.grant(replace(slot, scope=Scope(ScopeKind.DIRECTORY, f"/{person}")))
    found = (await world.facts(slot)).facts.grants
    assert {grant.id for grant in found} == {now.id, ahead.id, lately.id}
    assert {grant for grant in found if grant.id == now.id} == {now}


async def test_open_requests_of_the_slot(world: World) -> None:
    person = await world.user()
    policy = default_policy(reader_role().role)
    requests = {
        "waiting": a_request(world, person, status=Status.PENDING_APPROVAL),
        "asking": a_request(world, person, status=Status.PENDING_ADMIN_DECISION),
        "ahead": a_request(world, person, starts_at=NOON + HOUR),
        "begun": a_request(world, person, starts_at=NOON),
        "denied": a_request(world, person, status=Status.DENIED),
        "other": a_request(world, await world.user(), status=Status.PENDING_APPROVAL),
    }
    assert await world.write(*(InsertRequest(r, policy) for r in requests.values()))
    found = (await world.facts(reader(person))).facts.requests
    assert {r.id for r in found} == {requests[name].id for name in ("waiting", "asking", "ahead")}


async def test_versions_name_everything_known_beforehand(world: World) -> None:
    person, admin = await world.user(), await world.user()
    loaded = await world.store.load_facts(world.token(admin), reader(person), NOON)
    assert loaded.versions == {
        principal_key(person): 1,
        standing_key(person): 0,
        principal_key(admin): 1,
        application_key(CLIENT): 0,
        policy_key(DIRECTORY_ROOT, READER): 0,
        role_key(READER): 0,
        TENANT: 0,
    }


async def test_versions_name_the_groups_that_roles_come_from(world: World) -> None:
    person, group, other = await world.user(), await world.group(), await world.group()
    await world.member(person, group)
    await world.member(person, other)
    await world.grant(reader(group))
    loaded = await world.facts(reader(await world.user()))
    assert principal_key(group) not in loaded.versions
    loaded = await world.store.load_facts(world.token(person), reader(person), NOON)
    assert loaded.versions[principal_key(group)] == 2
    assert principal_key(other) not in loaded.versions


async def test_versions_name_the_groups_of_an_approver(world: World) -> None:
    person, approver, group = await world.user(), await world.user(), await world.group()
    outer = await world.group(is_role_assignable=False)
    await world.member(approver, group)
    await world.member(group, outer)
    waiting = a_request(world, person, status=Status.PENDING_APPROVAL)
    token = world.token(approver)
    before = await world.store.load_facts(token, reader(person), NOON)
    assert principal_key(group) not in before.versions
    assert await world.write(InsertRequest(waiting, default_policy(reader_role().role)))
    after = await world.store.load_facts(token, reader(person), NOON)
    assert {principal_key(group), principal_key(outer)} <= set(after.versions)
    assert after.facts.caller.group_ids == {group, outer}


@pytest.mark.parametrize(
    ("kind", "prefix", "is_known"),
    [
        (ObjectKind.ADMINISTRATIVE_UNIT, "/administrativeUnits/", True),
        (ObjectKind.GROUP, "/administrativeUnits/", False),
        *((ObjectKind(name), "/", True) for name in ("application", "servicePrincipal", "group")),
        *((ObjectKind(name), "/", False) for name in ("administrativeUnit", "user")),
    ],
)
async def test_directory_scopes_are_objects(
    world: World, kind: ObjectKind, prefix: str, *, is_known: bool
) -> None:
    person, object_ = await world.user(), await world.entry(kind, "Scope")
    slot = reader(person, Scope(ScopeKind.DIRECTORY, f"{prefix}{object_}"))
    loaded = await world.facts(slot)
    assert loaded.facts.is_scope_known is is_known
    assert loaded.versions[principal_key(object_)] == 1
    await world.change(object_, deleted_at=NOON)
    assert not (await world.facts(slot)).facts.is_scope_known


async def test_a_directory_role_has_one_policy_wherever_it_is_held(world: World) -> None:
    unit = await world.entry(ObjectKind.ADMINISTRATIVE_UNIT, "Unit")
    person = await world.user()
    assert await world.write(AddUnitMember(unit, person))
    assert await world.write(AddUnitMember(unit, person)), "a member already is one"
    slot = reader(person, Scope(ScopeKind.DIRECTORY, f"/administrativeUnits/{unit}"))
    assert policy_key(DIRECTORY_ROOT, READER) in (await world.facts(slot)).versions


async def test_a_group_is_governed_by_what_it_is(world: World) -> None:
    person, group = await world.user(), await world.group("Admins")
    slot = Slot(person, OWNER, group_scope(group))
    facts = (await world.facts(slot)).facts
    assert facts.role == GROUP_ROLES[OWNER]
    assert facts.is_scope_known
    assert facts.governed_group == Principal(
        group, PrincipalKind.GROUP, "Admins", is_role_assignable=True
    )
    await world.change(group, deleted_at=NOON)
    facts = (await world.facts(slot)).facts
    assert (facts.is_scope_known, facts.governed_group) == (False, None)


async def test_eligible_oneself(world: World) -> None:
    person = await world.user()
    eligible = await world.grant(reader(person), ELIGIBLE)
    await world.grant(reader(person), ELIGIBLE, end=NOON)
    facts = (await world.facts(reader(person))).facts
    assert facts.eligibilities == (Eligibility(reader(person), (eligible,)),)


async def test_eligible_through_a_role_assignable_group(world: World) -> None:
    person, group = await world.user(), await world.group()
    plain = await world.group(is_role_assignable=False)
    outer = await world.group()
    membership = await world.member(person, group)
    await world.member(person, plain)
    await world.member(group, outer)
    eligible = await world.grant(reader(group), ELIGIBLE)
    await world.grant(reader(plain), ELIGIBLE)
    await world.grant(reader(outer), ELIGIBLE)
    loaded = await world.facts(reader(person))
    assert loaded.facts.eligibilities == (Eligibility(reader(group), (eligible,), (membership,)),)
    assert loaded.versions[principal_key(group)] == 3


async def test_memberships_now_and_ahead_lead_to_an_eligible_group(world: World) -> None:
    person, group = await world.user(), await world.group()
    slot = Slot(person, MEMBER, group_scope(group))
    now = await world.grant(slot, end=NOON + HOUR)
    ahead = await world.grant(slot, GrantKind.ACTIVATED, start=NOON + HOUR)
    await world.grant(slot, ELIGIBLE)
    await world.grant(slot, end=NOON)
    await world.grant(reader(group), ELIGIBLE)
    (found,) = (await world.facts(reader(person))).facts.eligibilities
    assert found.memberships is not None
    assert set(found.memberships) == {now, ahead}


async def test_a_group_that_is_gone_makes_nobody_eligible(world: World) -> None:
    person, group = await world.user(), await world.group()
    await world.member(person, group)
    await world.grant(reader(group), ELIGIBLE)
    await world.change(group, deleted_at=NOON)
    assert (await world.facts(reader(person))).facts.eligibilities == ()


async def test_eligible_for_a_group_through_a_group(world: World) -> None:
    person = await world.user()
    inner, group = await world.group(is_role_assignable=False), await world.group()
    membership = await world.member(person, inner)
    eligible = await world.grant(Slot(inner, MEMBER, group_scope(group)), ELIGIBLE)
    found = (await world.facts(Slot(person, MEMBER, group_scope(group)))).facts.eligibilities
    assert found == (Eligibility(eligible.slot, (eligible,), (membership,)),)


async def test_administrators_are_the_endless_ones_who_can_act(world: World) -> None:
    def administers(principal_id: PrincipalId) -> Slot:
        return Slot(principal_id, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)

    people = [await world.user() for _ in range(5)]
    group = await world.group()
    direct = await world.grant(administers(people[0]))
    await world.grant(administers(people[1]), end=NOON + DAY)
    await world.grant(administers(people[2]), ELIGIBLE)
    disabled = await world.user(is_enabled=False)
    await world.grant(administers(disabled))
    of_group = await world.grant(administers(group))
    membership = await world.member(people[3], group)
    await world.member(people[4], group, end=NOON + DAY)
    loaded = await world.facts(administers(people[0]))
    assert set(loaded.facts.administrators) == {
        AdministratorPath(people[0], (direct.id,)),
        AdministratorPath(people[3], (of_group.id, membership.id)),
    }
    assert ADMINISTRATORS in loaded.versions
    plain = await world.facts(reader(people[0]))
    assert plain.facts.administrators == ()
    assert ADMINISTRATORS not in plain.versions


async def test_the_management_group_above_carries_its_eligibilities_down(world: World) -> None:
    role = RoleId("owner-of-azure")
    assert await world.write(PutRole(reader_role(role, ScopeKind.AZURE)))
    await world.node("/mg/root", "/")
    await world.node("/mg/left", "/mg/root")
    await world.node("/mg/right", "/mg/root")
    await world.node("/subscriptions/s", "/mg/left")
    person = await world.user()
    below = Slot(person, role, azure("/subscriptions/s"))
    left = await world.grant(Slot(person, role, azure("/mg/left")), ELIGIBLE)
    root = await world.grant(Slot(person, role, azure("/mg/root")), ELIGIBLE)
    await world.grant(Slot(person, RoleId("another"), azure("/mg/left")), ELIGIBLE)
    facts = (await world.facts(below)).facts
    assert facts.is_scope_known
    assert {e.grants for e in facts.eligibilities} == {(left,), (root,)}
    await world.node("/subscriptions/s", "/mg/right")
    facts = (await world.facts(below)).facts
    assert facts.eligibilities == (Eligibility(root.slot, (root,)),)
    unknown = Slot(person, role, azure("/subscriptions/other"))
    assert not (await world.facts(unknown)).facts.is_scope_known


async def test_nested_groups_count_for_azure(world: World) -> None:
    role = RoleId("owner-of-azure")
    assert await world.write(PutRole(reader_role(role, ScopeKind.AZURE)))
    await world.node("/subscriptions/s", "/")
    person = await world.user()
    inner, outer, aside = [await world.group(is_role_assignable=False) for _ in range(3)]
    links = {
        await world.member(person, inner, end=NOON + 2 * HOUR),
        await world.member(inner, outer, end=NOON + HOUR),
        await world.member(outer, inner),
    }
    await world.member(inner, aside)
    eligible = await world.grant(Slot(outer, role, azure("/subscriptions/s")), ELIGIBLE)
    slot = Slot(person, role, azure("/subscriptions/s"))
    loaded = await world.facts(slot)
    (found,) = loaded.facts.eligibilities
    assert (found.slot, found.grants) == (eligible.slot, (eligible,))
    assert found.memberships is not None
    assert set(found.memberships) == links
    assert found.groups == {inner, outer}
    assert {principal_key(inner), principal_key(outer)} <= set(loaded.versions)


def ids_of(grants: tuple[Grant, ...]) -> set[GrantId]:
    return {grant.id for grant in grants}


async def test_what_stands_on_an_eligibility_of_ones_own(world: World) -> None:
    person = await world.user()
    slot = reader(person)
    eligible = await world.grant(slot, ELIGIBLE)
    active = await world.grant(slot, GrantKind.ACTIVATED, end=NOON + HOUR, basis=eligible)
    await world.grant(slot, GrantKind.ACTIVATED, end=NOON, basis=eligible)
    chain = (await world.facts(slot)).facts.chain
    assert chain.dependents == (active,)
    assert ids_of(chain.supports) == {eligible.id, active.id}


async def test_a_membership_carries_what_was_activated_through_it(world: World) -> None:
    person, other, group = await world.user(), await world.user(), await world.group()
    slot = Slot(person, MEMBER, group_scope(group))
    eligible = await world.grant(slot, ELIGIBLE)
    membership = await world.grant(slot, GrantKind.ACTIVATED, end=NOON + DAY, basis=eligible)
    await world.member(other, group)
    of_group = await world.grant(reader(group), ELIGIBLE)
    role = await world.grant(reader(person), GrantKind.ACTIVATED, end=NOON + HOUR, basis=of_group)
    others = await world.grant(reader(other), GrantKind.ACTIVATED, end=NOON + HOUR, basis=of_group)
    about_membership = await world.facts(slot)
    assert ids_of(about_membership.facts.chain.dependents) == {membership.id, role.id}
    assert ids_of(about_membership.facts.chain.supports) == {
        eligible.id,
        membership.id,
        of_group.id,
    }
    about_group = await world.facts(reader(group))
    assert ids_of(about_group.facts.chain.dependents) == {role.id, others.id}
    assert {principal_key(person), principal_key(other)} <= set(about_group.versions)


async def test_facts_about_a_person(world: World) -> None:
    person, admin, group = await world.user(), await world.user(), await world.group()
    held = await world.grant(reader(person))
    planned = await world.grant(reader(person), ELIGIBLE, start=NOON + DAY)
    await world.grant(reader(person), end=NOON)
    membership = await world.member(person, group)
    waiting = a_request(world, person, status=Status.PENDING_APPROVAL)
    assert await world.write(InsertRequest(waiting, default_policy(reader_role().role)))
    loaded = await world.store.load_principal_facts(world.token(admin), person, NOON)
    assert loaded.facts.object is not None
    assert loaded.facts.object.id == person
    assert ids_of(loaded.facts.grants) == {held.id, planned.id, membership.id}
    assert loaded.facts.requests == (waiting,)
    assert set(loaded.versions) == {
        ADMINISTRATORS,
        principal_key(person),
        standing_key(person),
        principal_key(admin),
        application_key(CLIENT),
    }
    assert loaded.facts.caller.token.application_id == CLIENT


async def test_facts_about_a_group_take_in_what_is_held_in_it(world: World) -> None:
    person, admin, group = await world.user(), await world.user(), await world.group()
    member = await world.member(person, group)
    owner = await world.grant(Slot(person, OWNER, group_scope(group)), ELIGIBLE)
    of_group = await world.grant(reader(group), ELIGIBLE)
    role = await world.grant(reader(person), GrantKind.ACTIVATED, end=NOON + HOUR, basis=of_group)
    draft = replace(a_request(world, person).draft, slot=Slot(person, MEMBER, group_scope(group)))
    waiting = a_request(world, person, status=Status.PENDING_APPROVAL, draft=draft)
    assert await world.write(InsertRequest(waiting, default_policy(reader_role().role)))
    loaded = await world.store.load_principal_facts(world.token(admin), group, NOON)
    assert ids_of(loaded.facts.grants) == {member.id, owner.id, of_group.id}
    assert ids_of(loaded.facts.chain.dependents) == {role.id}
    assert ids_of(loaded.facts.chain.supports) == {of_group.id, member.id}
    assert loaded.facts.requests == (waiting,)
    assert principal_key(person) in loaded.versions


async def test_facts_about_nobody(world: World) -> None:
    nobody = PrincipalId("nobody")
    loaded = await world.store.load_principal_facts(world.token(nobody), nobody, NOON)
    assert (loaded.facts.object, loaded.facts.grants) == (None, ())
    assert loaded.versions == {
        ADMINISTRATORS: 0,
        application_key(CLIENT): 0,
        principal_key(nobody): 0,
        standing_key(nobody): 0,
    }


async def test_tenants_do_not_see_one_another(world: World) -> None:
    person = await world.user()
    await world.grant(reader(person), ELIGIBLE, end=ENDLESS)
    other = await World(world.store).begin()
    facts = (await other.facts(reader(person))).facts
    assert (facts.principal, facts.grants, facts.eligibilities) == (None, (), ())
