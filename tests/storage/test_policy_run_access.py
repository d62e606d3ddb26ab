"""Runs over many policies: who makes one, goes on with it and is told of it."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.storage.offices import (
    GROUP_WRITE,
    ORDER,
    REFUSED_ONE,
    ROLES,
    RULES,
    SHORT,
    Office,
    open_office,
    place,
    states,
)
from tests.storage.world import World
from timebound.application.policy_runs import (
    Copied,
    Progress,
    RunOrder,
    read_run,
)
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import Rule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.policy_runs import ItemState
from timebound.domain.problems import Code
from timebound.domain.roles import MEMBER, OWNER, PRIVILEGED_ROLE_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope

pytestmark = pytest.mark.inferred("issue: settings at scale, resumable and with a report")


async def test_who_may_not_change_policies_marks_nothing(office: Office) -> None:
    run_id = await office.start()
    assert isinstance(await office.advance(run_id, limit=1), Progress)
    weak = office.token(permissions=frozenset({"RoleManagementPolicy.Read.Directory"}))
    refused = await office.advance(run_id, token=weak)
    assert isinstance(refused, Refused)
    assert [problem.code for problem in refused.problems] == [Code.PERMISSION_MISSING]
    stranger = office.token(await office.world.user("Stranger"))
    assert isinstance(await office.advance(run_id, token=stranger), Refused)
    assert states(await office.report(run_id)) == [
        ItemState.CHANGED,
        *[ItemState.PENDING] * 5,
    ]


async def test_somebody_else_goes_on_and_is_who_has_changed_the_rest(office: Office) -> None:
    run_id = await office.start()
    await office.advance(run_id, limit=1)
    other = await office.world.user("Other")
    await office.world.grant(Slot(other, PRIVILEGED_ROLE_ADMINISTRATOR, DIRECTORY_ROOT))
    assert isinstance(await office.advance(run_id, token=office.token(other)), Progress)
    actors = {row["subject_id"]: row["actor_user_id"] for row in await office.events()}
    assert actors.pop(ROLES[0]) == office.boss
    assert set(actors.values()) == {other}


async def refusal(office: Office, order: RunOrder, token: Token | None = None) -> list[Code]:
    found = await office.order(order, token)
    assert isinstance(found, Refused), found
    return [problem.code for problem in found.problems]


async def test_a_run_that_could_change_nothing_is_not_made(office: Office) -> None:
    unknown = RoleId("dddddddd-0000-0000-0000-000000000009")
    assert await refusal(office, RunOrder(RULES, (place(unknown),))) == [Code.OBJECT_NOT_FOUND]
    copied = RunOrder(Copied(place(unknown)), ORDER.places)
    assert await refusal(office, copied) == [Code.OBJECT_NOT_FOUND]
    long = ExpirationRule(is_required=True, maximum=timedelta(days=2))
    wrong: dict[str, Rule] = {"Expiration_EndUser_Assignment": long}
    assert await refusal(office, RunOrder(wrong, ORDER.places)) == [Code.POLICY_INVALID]
    misplaced: dict[str, Rule] = {"Approval_EndUser_Assignment": SHORT}
    assert await refusal(office, RunOrder(misplaced)) == [Code.POLICY_RULE_INVALID]
    weak = office.token(permissions=frozenset({"RoleManagementPolicy.Read.Directory"}))
    assert await refusal(office, ORDER, weak) == [Code.PERMISSION_MISSING]
    assert await refusal(office, ORDER, office.token(await office.world.user())) == [
        Code.ACCESS_DENIED
    ]


async def test_a_refused_run_is_told_of_once_in_the_log(office: Office) -> None:
    stranger = await office.world.user("Stranger")
    for order in (ORDER, RunOrder(RULES), RunOrder(RULES, ORDER.places[:1])):
        assert await refusal(office, order, office.token(stranger)) == [Code.ACCESS_DENIED]
    told = await office.events()
    assert sorted(row["subject_id"] for row in told) == sorted(("", "", ROLES[0]))
    assert {(row["kind"], row["actor_user_id"]) for row in told} == {(REFUSED_ONE, stranger)}
    assert {row["correlation_id"] for row in told}.isdisjoint({"", None})


async def test_a_run_is_not_told_of_to_others_nor_to_other_tenants(
    office: Office, database_url: str
) -> None:
    run_id, store = await office.start(), office.world.store
    stranger = office.token(await office.world.user())
    assert isinstance(await read_run(store, office.reader(store, stranger), run_id, 0, 9), Refused)
    other = await open_office(World(store), database_url)
    found = await read_run(store, other.reader(store), run_id, 0, 9)
    assert isinstance(found, Refused)
    assert [problem.code for problem in found.problems] == [Code.OBJECT_NOT_FOUND]


@dataclass(frozen=True, slots=True)
class Club:
    """A group, and who owns it without any role."""

    group: PrincipalId
    owner: PrincipalId

    @property
    def order(self) -> RunOrder:
        scope = group_scope(self.group)
        places = (PolicyPlace(scope, MEMBER), PolicyPlace(scope, OWNER))
        return RunOrder({"Expiration_EndUser_Assignment": SHORT}, places)


@pytest.fixture
async def club(office: Office) -> Club:
    world = office.world
    group = await world.group("Club", is_role_assignable=False)
    owner = await world.user("Owner")
    await world.grant(Slot(owner, OWNER, group_scope(group)))
    return Club(group, owner)


async def test_an_owner_changes_the_policies_of_their_group(office: Office, club: Club) -> None:
    store = office.world.store
    token = office.token(club.owner, GROUP_WRITE)
    started = await office.order(club.order, token)
    assert isinstance(started, Progress)
    done = await office.advance(started.run.id, token=token)
    assert isinstance(done, Progress)
    assert done.counts == {ItemState.CHANGED: 2}
    scope = group_scope(club.group)
    kept = await store.find_policies(office.tenant, scope.kind, scope.path, [MEMBER, OWNER])
    assert [one.policy.rules["Expiration_EndUser_Assignment"] for one in kept.values()] == [
        SHORT
    ] * 2
    found = await read_run(store, office.reader(store, token), started.run.id, 0, 9)
    assert not isinstance(found, Refused)


async def test_a_run_is_told_of_by_the_permission_of_its_policies(
    office: Office, club: Club
) -> None:
    store = office.world.store
    started = await office.order(club.order, office.token(club.owner, GROUP_WRITE))
    assert isinstance(started, Progress)
    of_directory, of_groups = await office.start(), started.run.id

    async def is_told(run_id: str, permission: str) -> bool:
        token = office.token(permissions=frozenset({permission}))
        found = await read_run(store, office.reader(store, token), run_id, 0, 9)
        return not isinstance(found, Refused)

    told = {
        (run_id, kind): await is_told(run_id, f"RoleManagementPolicy.Read.{kind}")
        for run_id in (of_directory, of_groups)
        for kind in ("Directory", "AzureADGroup")
    }
    assert told == {
        (of_directory, "Directory"): True,
        (of_directory, "AzureADGroup"): False,
        (of_groups, "Directory"): False,
        (of_groups, "AzureADGroup"): True,
    }


async def test_who_may_change_what_waits_goes_on_with_it(office: Office, club: Club) -> None:
    everywhere = office.token(permissions=GROUP_WRITE)
    started = await office.order(club.order, everywhere)
    assert isinstance(started, Progress)
    weak = office.token(club.owner, frozenset({"RoleManagementPolicy.Read.AzureADGroup"}))
    assert isinstance(await office.advance(started.run.id, token=weak), Refused)
    owner = office.token(club.owner, GROUP_WRITE)
    done = await office.advance(started.run.id, token=owner)
    assert isinstance(done, Progress)
    assert done.counts == {ItemState.CHANGED: 2}
    # Nothing waits any more: what is left is to be told of it, which takes a reader or its maker.
    assert isinstance(await office.advance(started.run.id, token=owner), Refused)
    assert isinstance(await office.advance(started.run.id, token=everywhere), Progress)


async def test_whoever_goes_on_and_may_not_is_told_of_in_the_log(office: Office) -> None:
    run_id = await office.start()
    stranger = await office.world.user("Stranger")
    assert isinstance(await office.advance(run_id, token=office.token(stranger)), Refused)
    (event,) = await office.events()
    assert (event["kind"], event["subject_id"]) == (EventKind.CHANGE_REFUSED.value, ROLES[0])
    assert (event["actor_user_id"], event["correlation_id"]) == (stranger, run_id)


async def test_nobody_else_changes_them(office: Office, club: Club) -> None:
    stranger = office.token(await office.world.user(), GROUP_WRITE)
    assert await refusal(office, club.order, stranger) == [Code.ACCESS_DENIED]
    unknown = await office.world.entry(ObjectKind.USER, "No group")
    scope = group_scope(unknown)
    order = replace(club.order, places=(PolicyPlace(scope, MEMBER),))
    everywhere = office.token(permissions=GROUP_WRITE)
    assert await refusal(office, order, everywhere) == [Code.OBJECT_NOT_FOUND]


async def test_a_refused_run_over_one_group_names_it(office: Office, club: Club) -> None:
    stranger = office.token(await office.world.user(), GROUP_WRITE)
    assert await refusal(office, club.order, stranger) == [Code.ACCESS_DENIED]
    (event,) = await office.events()
    data = json.loads(event["data"])
    said = (data["action"], data["scopeKind"], data["scope"], data["count"])
    assert said == ("updatePolicy", "group", club.group, 2)
