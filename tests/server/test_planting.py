"""From a seed to a tenant: everything that the file says is there, under ids that stay the same."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from timebound.application.azure_writes import PutScope
from timebound.application.catalog import built_in_roles, provider_roles
from timebound.application.changes import (
    AddUnitMember,
    ChangeSet,
    InsertGrant,
    PutObject,
    PutPolicy,
    PutRole,
    PutSecret,
    PutTenant,
    Write,
)
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.node_changes import root_group
from timebound.domain.policies import Policy, default_policy
from timebound.domain.policies.approval import Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.roles import (
    AZURE_OWNER,
    DIRECTORY_READERS,
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    OWNER,
    SECURITY_ADMINISTRATOR,
    SECURITY_READER,
)
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind, ScopeLevel, group_scope
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.server.config import ConfigError
from timebound.server.ids import RandomIds, SeededIds
from timebound.server.planting import Planter, add_missing_roles
from timebound.server.seed_format import Seed, demo_seed, read_seed
from timebound.server.seed_ids import collect_ids
from timebound.server.seeding import define_built_in_roles, has_secrets, write_seed
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

pytestmark = pytest.mark.inferred("what a seed says is what the tenant is; docs of demo.yaml")

Wanted = TypeVar("Wanted", bound=Write)
DIRECTORY_READER = next(one for one in define_built_in_roles() if one.role.id == DIRECTORY_READERS)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEMO = demo_seed()
IDS = collect_ids(DEMO)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that nothing is asked of."""
    return SqliteStore(tmp_path / "timebound.db")


@pytest.fixture
async def open_store(tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "timebound.db"
    migrate(f"sqlite:///{path}")
    opened = SqliteStore(path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def change(store: Store) -> ChangeSet:
    """What the demo tenant comes to."""
    return plan(store, DEMO)


def plan(store: Store, seed: Seed) -> ChangeSet:
    return write_seed(seed, Engine(store, SeededIds("x")), lambda secret: f"#{secret}", NOON)


def find(change: ChangeSet, kind: type[Wanted]) -> list[Wanted]:
    return [write for write in change.writes if isinstance(write, kind)]


def grants_of(change: ChangeSet, name: str) -> list[Grant]:
    holder = IDS.principals[name]
    grants = [write.grant for write in find(change, InsertGrant)]
    return [grant for grant in grants if grant.slot.principal_id == holder]


def policy_of(change: ChangeSet, role_name: str) -> Policy:
    role_id = IDS.roles[role_name]
    return next(put.policy for put in find(change, PutPolicy) if put.role_id == role_id)


def test_the_tenant_comes_first_with_its_domains_and_settings(change: ChangeSet) -> None:
    put = change.writes[0]
    assert put == PutTenant(DEMO.tenant.display_name, DEMO.tenant.domains, DEMO.settings)
    assert (change.tenant_id, change.recorded_at) == (DEMO.tenant.id, NOON)


def test_every_built_in_role_is_there_and_the_custom_ones(change: ChangeSet) -> None:
    roles = {put.definition.role.id: put.definition for put in find(change, PutRole)}
    assert roles.keys() >= built_in_roles().keys()
    own = roles[IDS.roles["Sign-in Investigator"]]
    assert not own.role.is_built_in
    assert "microsoft.directory/auditLogs/allProperties/read" in own.actions


def test_memberships_and_ownerships_are_grants_without_a_request(change: ChangeSet) -> None:
    scope = group_scope(IDS.principals["Tier 2 Support"])
    (member,) = [g for g in grants_of(change, "omar@larkfield.example") if g.slot.scope == scope]
    assert (member.slot.role_id, member.kind, member.request_id) == (
        MEMBER,
        GrantKind.ASSIGNED,
        None,
    )
    assert member.is_endless
    owners = [g for g in grants_of(change, "priya@larkfield.example") if g.slot.scope == scope]
    assert [grant.slot.role_id for grant in owners] == [OWNER]


def test_assignments_and_eligibilities_have_their_windows(change: ChangeSet) -> None:
    luca = grants_of(change, "luca@larkfield.example")
    assert {grant.kind for grant in luca} == {GrantKind.ELIGIBLE}
    (later,) = [grant for grant in luca if grant.window.start > NOON]
    assert later.window.start == NOON + timedelta(days=30)
    assert later.window.end == NOON + timedelta(days=210)
    daniel = [g for g in grants_of(change, "daniel@larkfield.example") if not g.is_endless]
    assert [grant.window.end for grant in daniel] == [NOON + timedelta(days=90)]


def test_roles_are_held_where_the_seed_says(change: ChangeSet) -> None:
    levels = {
        name: {grant.slot.scope.level for grant in grants_of(change, f"{name}@larkfield.example")}
        for name in ("luca", "chiara")
    }
    assert levels["luca"] == {ScopeLevel.ADMINISTRATIVE_UNIT, ScopeLevel.TENANT}
    assert levels["chiara"] == {ScopeLevel.OBJECT}
    (chiara,) = grants_of(change, "chiara@larkfield.example")
    assert chiara.slot.scope.object_id == IDS.principals["Payroll"]
    assert len(find(change, AddUnitMember)) == 3


def test_every_grant_has_its_event(change: ChangeSet) -> None:
    kinds = [event.kind for event in change.events]
    assert kinds[0] is EventKind.TENANT_SEEDED
    assert kinds.count(EventKind.GRANT_MADE) == len(find(change, InsertGrant)) == len(kinds) - 1
    said = [event.data.get("justification") for event in change.events]
    assert "Migration of the operations reports" in said


def test_policies_keep_the_defaults_that_the_seed_leaves(change: ChangeSet) -> None:
    policy = policy_of(change, "Security Administrator")
    role = built_in_roles()[SECURITY_ADMINISTRATOR].as_role()
    assert policy.rules["Expiration_EndUser_Assignment"] == ExpirationRule(
        is_required=True, maximum=timedelta(hours=2)
    )
    assert policy.rules["Enablement_EndUser_Assignment"] == EnablementRule(
        (Enablement.JUSTIFICATION,)
    )
    group = IDS.principals["Role Approvers"]
    approver = Approver(ApproverKind.GROUP, group, description="Role Approvers")
    assert policy.approval.is_required
    assert policy.approval.stages[0].primary == (approver,)
    untouched = ("Expiration_Admin_Eligibility", "Notification_Admin_Admin_Eligibility")
    for name in untouched:
        assert policy.rules[name] == default_policy(role).rules[name]
    exchange = policy_of(change, "Exchange Administrator").rules["Expiration_Admin_Eligibility"]
    assert exchange == ExpirationRule(is_required=True, maximum=timedelta(days=365))


def test_a_context_takes_the_place_of_the_second_factor(store: Store) -> None:
    seed = read_seed(
        """
        tenant:
          {id: aaaaaaaa-0000-4000-8000-000000000001, displayName: One, domains: [one.example]}
        groups: [{displayName: Crew}]
        policies:
          - {role: Global Administrator, activation: {authenticationContext: c1}}
          - {group: Crew, access: owner, activation: {maximumDuration: PT1H}}
        """
    )
    directory, group = find(plan(store, seed), PutPolicy)
    assert (directory.scope, directory.role_id) == (DIRECTORY_ROOT, GLOBAL_ADMINISTRATOR)
    rules = directory.policy.rules
    context = AuthenticationContextRule(is_enabled=True, claim_value="c1")
    assert rules["AuthenticationContext_EndUser_Assignment"] == context
    kept = EnablementRule((Enablement.JUSTIFICATION,))
    assert rules["Enablement_EndUser_Assignment"] == kept
    assert (group.scope.kind, group.role_id) == (ScopeKind.GROUP, OWNER)


def test_secrets_are_kept_hashed_only(change: ChangeSet) -> None:
    hashes = {put.hash for put in find(change, PutSecret)}
    assert hashes == {"#Larkfield-Demo-1", "#larkfield-automation-demo-secret"}
    kept = " ".join(str(write) for write in change.writes if not isinstance(write, PutSecret))
    assert "Larkfield-Demo-1" not in kept
    assert has_secrets(DEMO)


def test_subscriptions_lie_in_the_management_groups_that_they_name(change: ChangeSet) -> None:
    root, top, *others = find(change, PutScope)
    assert (root.scope.path, root.parent) == ("/", None)
    assert (top.scope, top.parent) == (root_group(IDS.tenant_id), root.scope)
    group, first, second, *_ = others
    assert group.parent == top.scope
    assert {first.parent, second.parent} == {group.scope}
    assert first.scope.path == f"/subscriptions/{DEMO.tenant.subscriptions[0].id}"
    kept = {one.scope for one in (root, top, *others)}
    assert all(one.parent in kept for one in (top, *others))


def test_roles_of_azure_are_held_at_places_that_are_there(change: ChangeSet) -> None:
    places = {put.scope for put in find(change, PutScope)}
    held = [put.grant for put in find(change, InsertGrant)]
    there = [one for one in held if one.slot.scope.kind is ScopeKind.AZURE]
    assert {one.slot.scope for one in there} <= places
    assert {one.kind for one in there} == {GrantKind.ASSIGNED, GrantKind.ELIGIBLE}
    first = f"/subscriptions/{DEMO.tenant.subscriptions[0].id}"
    owners = {
        one.slot.principal_id
        for one in there
        if (one.slot.role_id, one.slot.scope.path) == (AZURE_OWNER, first)
    }
    names = ("grace@larkfield.example", "Larkfield Automation")
    assert owners == {IDS.principals[name] for name in names}


def test_the_same_seed_is_the_same_tenant(store: Store) -> None:
    first, second = plan(store, DEMO), plan(store, demo_seed())
    assert first == second
    grants = [write.grant.id for write in find(first, InsertGrant)]
    objects = [put.object.id for put in find(first, PutObject)]
    assert len(set(grants)) == len(grants)
    assert len(set(objects)) == len(objects)


async def test_a_tenant_is_planted_once(open_store: Store) -> None:
    planter = Planter(open_store, RandomIds(), SecretHasher(CHEAP), DEMO)
    assert await planter.plant_once(NOON)
    assert not await planter.plant_once(NOON)
    name = DEMO.users[0].user_principal_name.upper()
    found = await open_store.find_user(IDS.tenant_id, name)
    assert found is not None
    assert await planter.hasher.matches("Larkfield-Demo-1", found.hashes)


async def test_a_tenant_of_an_earlier_version_gets_the_roles_that_came_after_it(
    open_store: Store,
) -> None:
    planter = Planter(open_store, RandomIds(), SecretHasher(CHEAP), DEMO)
    plan = planter.plan(NOON)
    kinds = {ScopeKind.DIRECTORY, ScopeKind.DEVICE_MANAGEMENT}
    earlier = tuple(
        one
        for one in plan.writes
        if not isinstance(one, PutRole)
        or (one.definition.role.kind in kinds and one.definition.role.id != SECURITY_READER)
    )
    assert await open_store.apply(replace(plan, writes=earlier))
    changed = replace(DIRECTORY_READER, description="as it was")
    assert await open_store.apply(
        ChangeSet(IDS.tenant_id, NOON, {}, frozenset(), (PutRole(changed),))
    )
    missing = {role.id for role in provider_roles() if role.provider not in kinds}
    assert await add_missing_roles(open_store, IDS.tenant_id, NOON) == len(missing) + 1
    query = Query(1_000)
    found = await open_store.read_roles(IDS.tenant_id, query, ScopeKind.ENTITLEMENT_MANAGEMENT)
    assert {one.role.id for one in found.rows} <= missing
    assert len(found.rows) == 5
    kept = {one.role.id: one for one in (await open_store.read_roles(IDS.tenant_id, query)).rows}
    assert kept[SECURITY_READER].role.name == "Security Reader"
    assert kept[DIRECTORY_READER.role.id].description == "as it was"
    assert await add_missing_roles(open_store, IDS.tenant_id, NOON) == 0


async def test_two_tenants_cannot_have_one_domain(open_store: Store) -> None:
    text = "tenant: {{id: {0}, displayName: X, domains: [small.example]}}"
    first, second = (
        read_seed(text.format(f"aaaaaaaa-0000-4000-8000-00000000000{number}")) for number in "12"
    )
    assert await Planter(open_store, RandomIds(), SecretHasher(CHEAP), first).plant_once(NOON)
    with pytest.raises(ConfigError, match="domain"):
        await Planter(open_store, RandomIds(), SecretHasher(CHEAP), second).plant_once(NOON)


GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_ids_follow_from_the_seed_and_the_counter() -> None:
    ids = SeededIds("one")
    given = [ids.new_id() for _ in range(1000)]
    assert len(set(given)) == 1000
    again = SeededIds("one", 500)
    assert [again.new_id() for _ in range(500)] == given[500:]
    assert SeededIds("other").new_id() not in given
    assert ids.begin_anew().new_id() == given[0]
    for one in (given[0], RandomIds().new_id()):
        assert re.fullmatch(GUID, one)
