"""Policies as they are kept and told: those that were changed, and the defaults of all others."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from tests.dialects.graph.rules import POLICIES
from tests.domain.deciding import told
from tests.storage.world import CLIENT, HOUR, NOON, READER, World, reader_role
from tests.support.policy_changes import set_rules
from timebound.application.changes import PutPolicy, PutRole
from timebound.application.policy_names import find_role, policy_guid
from timebound.application.policy_reading import (
    find_place,
    read_policies,
    read_policy,
)
from timebound.application.ports import Store
from timebound.application.reading import Reader
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import Policy, default_policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_places import Modified, PolicyPlace, StoredPolicy, place_policy
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    GROUP_ROLES,
    MEMBER,
    OWNER,
    RoleDefinition,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.settings import License, TenantSettings
from timebound.storage.documents import read_policy as read_document
from timebound.storage.documents import write_policy

CUSTOM = RoleId("cccccccc-0000-0000-0000-000000000001")
UNKNOWN = "cccccccc-0000-0000-0000-000000000009"
PERMISSIONS = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All"})
SHORT = ExpirationRule(is_required=True, maximum=HOUR)
PLACE = place_policy(DIRECTORY_ROOT, READER)


def shortened(role: RoleDefinition) -> Policy:
    change = set_rules(Expiration_EndUser_Assignment=SHORT)
    old = default_policy(role.role)
    return Policy({**old.rules, **{id_: edit(SHORT) for id_, edit in change.edits.items()}})


def custom_role() -> RoleDefinition:
    found = reader_role(CUSTOM)
    return replace(found, role=replace(found.role, name="Auditor", is_built_in=False))


async def as_reader(world: World, person: PrincipalId | None = None) -> Reader:
    """Somebody, who reads everything where nobody else is named, with an application that may."""
    for permission in PERMISSIONS:
        await world.permit(permission)
    if person is None:
        person = await world.user()
        await world.grant(Slot(person, GLOBAL_READER, DIRECTORY_ROOT))
    return Reader(world.store, Token(world.tenant, person, CLIENT, PERMISSIONS), NOON)


def refusals(answer: object) -> list[str]:
    assert isinstance(answer, Refused)
    return [told(p) for p in answer.problems]


@pytest.mark.inferred("the design's data: the rules are one document, read back as it was written")
@given(policy=POLICIES)
def test_a_policy_is_read_back_as_it_was_written(policy: Policy) -> None:
    assert read_document(write_policy(policy)) == policy


@pytest.mark.inferred("who changed a policy is kept with it; a seed is nobody")
async def test_who_changed_a_policy_is_kept_with_it(world: World) -> None:
    policy, modified = shortened(reader_role()), Modified(NOON, "boss", "Bob")
    directory = ScopeKind.DIRECTORY
    for known in (None, modified, replace(modified, by_name=None)):
        assert await world.write(PutPolicy(DIRECTORY_ROOT, READER, policy, known))
        found = await world.store.find_policies(world.tenant, directory, "/", [READER, CUSTOM])
        assert found == {READER: StoredPolicy(PLACE, policy, known)}
    assert await world.store.find_policies(world.tenant, ScopeKind.GROUP, "/", [READER]) == {}
    assert await world.store.find_policies(world.tenant, directory, "/", []) == {}


@pytest.mark.inferred("promise of the design: a request's tenant is its token's and nothing else")
async def test_the_policies_of_another_tenant_are_not_found(world: World, store: Store) -> None:
    other = await World(store).begin()
    assert await other.write(PutPolicy(DIRECTORY_ROOT, READER, shortened(reader_role())))
    assert await store.find_policies(world.tenant, ScopeKind.DIRECTORY, "/", [READER]) == {}
    found = await read_policy(await as_reader(world), PLACE)
    assert found == StoredPolicy(PLACE, default_policy(reader_role().role))


@pytest.mark.inferred("what a list tells is found by its id, however many roles were seeded")
async def test_the_policy_of_each_of_many_custom_roles_is_found(world: World) -> None:
    ids = [RoleId(f"cccccccc-0000-0000-0001-{number:012}") for number in range(101)]
    roles = [
        replace(one, role=replace(one.role, is_built_in=False)) for one in map(reader_role, ids)
    ]
    assert await world.write(*(PutRole(one) for one in roles))
    reader = await as_reader(world)
    places = [place_policy(DIRECTORY_ROOT, id_) for id_ in ids]
    found = [await find_place(reader, DIRECTORY_ROOT, policy_guid(place)) for place in places]
    assert found == places


@pytest.mark.documented("GDOC: every role has a policy, by default that of behaviour book 4")
async def test_every_role_has_a_policy_in_the_order_of_their_names(world: World) -> None:
    assert await world.write(PutRole(custom_role()), PutRole(reader_role()))
    changed, modified = shortened(custom_role()), Modified(NOON, "boss", "Bob")
    assert await world.write(PutPolicy(DIRECTORY_ROOT, CUSTOM, changed, modified))
    reader = await as_reader(world)
    auditor = StoredPolicy(place_policy(DIRECTORY_ROOT, CUSTOM), changed, modified)
    plain = StoredPolicy(PLACE, default_policy(reader_role().role))
    assert await read_policies(reader, DIRECTORY_ROOT) == (auditor, plain)
    assert await read_policies(reader, DIRECTORY_ROOT, CUSTOM) == (auditor,)
    assert await read_policies(reader, DIRECTORY_ROOT, RoleId(UNKNOWN)) == ()
    assert refusals(await read_policy(reader, place_policy(DIRECTORY_ROOT, MEMBER))) == [
        "objectNotFound"
    ]


@pytest.mark.documented("GDOC; TF-AD: member and owner of a group have a policy each")
async def test_a_group_has_two_policies_for_who_owns_it(world: World) -> None:
    person, group = await world.user(), await world.group(is_role_assignable=False)
    await world.grant(Slot(person, OWNER, group_scope(group)))
    reader = await as_reader(world, person)
    told_of = await read_policies(reader, group_scope(group))
    assert not isinstance(told_of, Refused)
    assert [one.place for one in told_of] == [
        PolicyPlace(group_scope(group), role_id) for role_id in (MEMBER, OWNER)
    ]
    assert {one.policy.rules["Expiration_Admin_Eligibility"] for one in told_of} == {
        default_policy(GROUP_ROLES[MEMBER]).rules["Expiration_Admin_Eligibility"]
    }
    assert refusals(await read_policies(reader, DIRECTORY_ROOT)) == ["accessDenied"]
    other = await world.group()
    assert refusals(await read_policies(reader, group_scope(other))) == ["accessDenied"]


@pytest.mark.inferred("a group that is not there has no policies, deleted or another kind of thing")
async def test_what_is_no_group_has_no_policies(world: World) -> None:
    reader, person, group = await as_reader(world), await world.user(), await world.group()
    await world.change(group, deleted_at=NOON)
    for id_ in (UNKNOWN, person, group):
        assert await read_policies(reader, group_scope(id_)) == ()
        missing = await read_policy(reader, place_policy(group_scope(id_), MEMBER))
        assert refusals(missing) == ["objectNotFound"]


@pytest.mark.documented("Azure: who may do what is decided by the actions of roles held there")
async def test_nobody_sees_policies_of_azure_by_a_role_of_the_directory(world: World) -> None:
    scope, reader = Scope(ScopeKind.AZURE, "/subscriptions/one"), await as_reader(world)
    assert refusals(await read_policies(reader, scope)) == ["permissionMissing"]
    await world.permit(AZURE_PERMISSION)
    token = replace(reader.token, permissions=PERMISSIONS | {AZURE_PERMISSION})
    refused = await read_policies(replace(reader, token=token), scope)
    assert refusals(refused) == ["actionNotAllowed"]


@pytest.mark.observed("Q&A bodies (ASG-035): nothing of PIM without its licence")
async def test_without_a_licence_no_policy_is_told_of(store: Store) -> None:
    world = await World(store).begin(TenantSettings(license=License.NONE))
    assert refusals(await read_policy(await as_reader(world), PLACE)) == ["licenseRequired"]


@pytest.mark.inferred("DESIGN: ids of policies are derived from kind, scope and role, and stable")
async def test_a_policy_is_found_by_its_id(world: World) -> None:
    assert await world.write(PutRole(custom_role()))
    reader, group = await as_reader(world), await world.group()
    for place in (
        place_policy(DIRECTORY_ROOT, READER),
        place_policy(DIRECTORY_ROOT, CUSTOM),
        place_policy(group_scope(group), MEMBER),
        place_policy(group_scope(group), OWNER),
    ):
        assert await find_place(reader, place.scope, policy_guid(place).upper()) == place
    elsewhere = policy_guid(place_policy(group_scope(await world.group()), MEMBER))
    for scope in (DIRECTORY_ROOT, group_scope(group)):
        assert await find_place(reader, scope, elsewhere) is None


@pytest.mark.inferred("an id is the same whatever the tenant and however its parts are written")
def test_the_id_of_a_policy_never_changes() -> None:
    place = place_policy(DIRECTORY_ROOT, GLOBAL_ADMINISTRATOR)
    guid = policy_guid(place)
    assert find_role(DIRECTORY_ROOT, guid) == GLOBAL_ADMINISTRATOR
    assert find_role(group_scope(UNKNOWN), guid) is None
    upper, lower = (policy_guid(place_policy(group_scope(s), MEMBER)) for s in ("AB", "ab"))
    assert upper == lower
    assert lower != policy_guid(place_policy(group_scope("ab"), OWNER))


@pytest.mark.inferred("cost per request must not grow with what a policy is about")
async def test_a_list_costs_as_many_questions_as_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await world.write(PutRole(custom_role()))
    reader, group = await as_reader(world), await world.group()
    asked: list[object] = []
    ask = world.store.ask  # type: ignore[attr-defined]  # every store is asked in this way

    async def count(statement: object, parameters: object) -> Sequence[object]:
        asked.append(statement)
        return await ask(statement, parameters)  # type: ignore[no-any-return]  # rows of any kind

    monkeypatch.setattr(world.store, "ask", count)
    for scope, most in ((DIRECTORY_ROOT, 3), (group_scope(group), 2)):
        asked.clear()
        assert not isinstance(await read_policies(reader, scope), Refused)
        assert len(asked) == most
