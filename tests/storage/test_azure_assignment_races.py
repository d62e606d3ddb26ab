"""Two that cannot both win, where roles of Azure are assigned and taken away under names."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.storage.racing import RandomIds, Runner, overtake, race
from tests.storage.test_azure_assignments import (
    GROUP,
    NAME,
    READER,
    SUBSCRIPTION,
    Cloud,
    cloud,
)
from tests.storage.world import CLIENT, HOUR, NOON, azure
from timebound.application.azure_assignments import (
    Assigned,
    assign_azure_role,
    unassign_azure_role,
)
from timebound.application.changes import PutTenant
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.submitting import submit_request
from timebound.domain.authority import Token
from timebound.domain.azure_assignments import AskedAssignment
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.policies import SignIn
from timebound.domain.problems import Code
from timebound.domain.requests import Action, Draft, Request, RequestKind
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.settings import TenantSettings
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

__all__ = ["cloud"]

pytestmark = pytest.mark.inferred("of two that cannot both win one is decided anew")

SECOND = GrantId(NAME[:-1] + "2")
AN_HOUR = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))
Deed = Callable[[Engine], Awaitable[Any]]


@pytest.fixture(params=range(3), autouse=True)
def rounds(request: pytest.FixtureRequest) -> int:
    """Each race is run several times."""
    number: int = request.param
    return number


def put(
    world: Cloud,
    who: PrincipalId,
    name: GrantId = NAME,
    path: str = SUBSCRIPTION,
    terms: Terms | None = None,
) -> Deed:
    asked = AskedAssignment(name, Slot(who, READER, azure(path)), terms or Terms())
    return lambda engine: assign_azure_role(engine, world.token, asked, NOON)


def delete(world: Cloud, name: GrantId = NAME) -> Deed:
    place = azure(SUBSCRIPTION)
    return lambda engine: unassign_azure_role(engine, world.token, place, name, NOON)


def ask(world: Cloud, slot: Slot, action: Action) -> Deed:
    is_ending = action is Action.SELF_DEACTIVATE
    draft = Draft(RequestKind.ASSIGNMENT, action, slot, None if is_ending else AN_HOUR, "Needed")
    permissions = frozenset({AZURE_PERMISSION})
    token = Token(world.world.tenant, slot.principal_id, CLIENT, permissions, SignIn(has_mfa=True))
    return lambda engine: submit_request(engine, token, draft, NOON)


def codes(outcome: object) -> list[Code]:
    assert isinstance(outcome, Refused), outcome
    return [problem.code for problem in outcome.problems]


async def test_one_name_for_two_people(stores: tuple[Store, Store], cloud: Cloud) -> None:
    one, other = await cloud.world.user(), await cloud.world.user()
    first, second, is_first = await race(stores, put(cloud, one), put(cloud, other))
    won, lost = (first, second) if is_first else (second, first)
    assert isinstance(won, Assigned)
    assert codes(lost) == [Code.CHANGE_NOT_ALLOWED]
    assert await cloud.kept() == won.grant


async def test_one_name_for_the_same(stores: tuple[Store, Store], cloud: Cloud) -> None:
    who = await cloud.world.user()
    other_terms = put(cloud, who, terms=Terms(description="Second"))
    first, second, is_first = await race(stores, put(cloud, who), other_terms)
    assert (first.is_new, second.is_new) == (is_first, not is_first)
    last = second if is_first else first
    assert await cloud.kept() == last.grant


async def test_two_names_in_one_slot(stores: tuple[Store, Store], cloud: Cloud) -> None:
    who = await cloud.world.user()
    first, second, is_first = await race(stores, put(cloud, who), put(cloud, who, SECOND))
    won, lost = (first, second) if is_first else (second, first)
    assert isinstance(won, Assigned)
    assert codes(lost) == [Code.OBJECT_CONFLICTS]


async def test_the_last_place_is_taken_once(stores: tuple[Store, Store], cloud: Cloud) -> None:
    settings = TenantSettings(azure_assignments_per_subscription=1)
    assert await cloud.world.write(PutTenant("Contoso", (), settings))
    one, other = await cloud.world.user(), await cloud.world.user()
    first, second, is_first = await race(stores, put(cloud, one), put(cloud, other, SECOND, GROUP))
    won, lost = (first, second) if is_first else (second, first)
    assert isinstance(won, Assigned)
    assert codes(lost) == [Code.QUOTA_EXCEEDED]
    count = cloud.world.store.count_assignments
    assert await count(cloud.world.tenant, azure(SUBSCRIPTION), NOON) == 1


async def test_where_there_is_room_nobody_is_held_up(
    stores: tuple[Store, Store], cloud: Cloud
) -> None:
    people = [await cloud.world.user() for _ in range(8)]
    barrier = asyncio.Barrier(len(people))
    runners = [Runner(stores[n % 2], barrier.wait) for n in range(len(people))]
    names = [GrantId(f"{NAME[:-1]}{n}") for n in range(len(people))]
    outcomes = await asyncio.gather(
        *(
            put(cloud, who, name)(Engine(runner, RandomIds()))
            for who, name, runner in zip(people, names, runners, strict=True)
        )
    )
    assert all(isinstance(outcome, Assigned) for outcome in outcomes)
    assert [runner.applied for runner in runners] == [[True]] * len(people)


async def test_the_last_two_owners(stores: tuple[Store, Store], cloud: Cloud) -> None:
    slots = [Slot(await cloud.world.user(), AZURE_OWNER, azure(SUBSCRIPTION)) for _ in range(2)]
    held = [await cloud.world.grant(slot) for slot in slots]
    first, second, is_first = await race(
        stores, delete(cloud, held[0].id), delete(cloud, held[1].id)
    )
    won, lost = (first, second) if is_first else (second, first)
    assert isinstance(won, Grant)
    assert codes(lost) == [Code.LAST_ADMINISTRATOR]


async def test_an_activation_deleted_and_deactivated(
    stores: tuple[Store, Store], cloud: Cloud
) -> None:
    slot = Slot(await cloud.world.user(), READER, azure(SUBSCRIPTION))
    eligible = await cloud.world.grant(slot, GrantKind.ELIGIBLE)
    active = await cloud.world.grant(slot, GrantKind.ACTIVATED, end=NOON + HOUR, basis=eligible)
    gone, left, is_first = await race(
        stores, delete(cloud, active.id), ask(cloud, slot, Action.SELF_DEACTIVATE)
    )
    if is_first:
        assert isinstance(gone, Grant)
        assert codes(left) == [Code.ASSIGNMENT_MISSING]
    else:
        assert gone is None
        assert isinstance(left, Request)
    kept = await cloud.kept(active.id)
    assert kept is not None
    assert kept.until == NOON


async def test_an_assignment_against_an_activation(
    stores: tuple[Store, Store], cloud: Cloud
) -> None:
    slot = Slot(await cloud.world.user(), READER, azure(SUBSCRIPTION))
    await cloud.world.grant(slot, GrantKind.ELIGIBLE)
    assigned, activated, is_first = await race(
        stores, put(cloud, slot.principal_id), ask(cloud, slot, Action.SELF_ACTIVATE)
    )
    if is_first:
        assert isinstance(assigned, Assigned)
        assert codes(activated) == [Code.ASSIGNMENT_EXISTS]
    else:
        assert isinstance(activated, Request)
        assert codes(assigned) == [Code.OBJECT_CONFLICTS]


async def test_what_is_deleted_is_told_no_other_terms(
    stores: tuple[Store, Store], cloud: Cloud
) -> None:
    who = await cloud.world.user()
    await put(cloud, who)(cloud.engine)
    terms = Terms(description="New")
    changed, deleted = await overtake(stores, put(cloud, who, terms=terms), delete(cloud))
    assert isinstance(deleted, Grant)
    assert isinstance(changed, Assigned)
    assert changed.is_new
