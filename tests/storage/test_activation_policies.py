"""Policies of the places above at which somebody is eligible, as they are loaded and raced for."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import pytest

from tests.domain.deciding import told
from tests.storage.racing import RandomIds, overtake
from tests.storage.test_azure_policies import (
    BUILT_IN,
    CIRCLE,
    OTHER,
    READER,
    SHORT,
    SUBSCRIPTION,
    WEB,
    Cloud,
    cloud,
)
from tests.storage.world import CLIENT, HOUR, NOON, World, azure
from tests.support.policy_changes import set_rules
from timebound.application.changes import PutPolicy, policy_key
from timebound.application.engine import Engine
from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.ports import Store
from timebound.application.submitting import submit_request
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import Policy, Rule, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

__all__ = ["cloud"]

pytestmark = pytest.mark.inferred("azure_activation_policy: the policies of both places count")

SITE: Final = f"{WEB}/providers/Microsoft.Web/sites/front"
AN_HOUR: Final = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))
TICKET: Final = EnablementRule((Enablement.TICKETING,))
Ask = Callable[[Engine], Awaitable[Request | Refused]]


@pytest.fixture
async def estate(cloud: Cloud) -> World:
    """The cloud with a site in it; every place but that has a policy of its own."""
    world = cloud.world
    await world.node(SITE, WEB)
    for path in (CIRCLE, SUBSCRIPTION, OTHER, WEB):
        await put(world, path, Expiration_EndUser_Assignment=SHORT)
    return world


async def put(world: World, path: str, **rules: Rule) -> Policy:
    """The policy of readers at a place."""
    policy, scope = Policy({**default_policy(BUILT_IN).rules, **rules}), azure(path)
    bumps = [policy_key(scope, READER)]
    assert await world.write(PutPolicy(scope, READER, policy), bumps=bumps)
    return policy


async def eligible(world: World, who: PrincipalId, path: str) -> Grant:
    return await world.grant(Slot(who, READER, azure(path)), GrantKind.ELIGIBLE)


async def found_above(world: World, who: PrincipalId, path: str = SITE) -> dict[str, Policy]:
    """The policies above that are loaded, of which the versions have to be known as well."""
    loaded = await world.facts(Slot(who, READER, azure(path)))
    found = loaded.facts.policies_above
    assert all(loaded.versions[policy_key(scope, READER)] == 1 for scope in found)
    return {scope.path: policy for scope, policy in found.items()}


async def test_what_is_changed_where_one_is_eligible_above_is_loaded(estate: World) -> None:
    person = await estate.user()
    assert await found_above(estate, person) == {}
    for path in (SUBSCRIPTION, SITE, OTHER):
        await eligible(estate, person, path)
    expected = Policy({**default_policy(BUILT_IN).rules, "Expiration_EndUser_Assignment": SHORT})
    assert await found_above(estate, person) == {SUBSCRIPTION: expected}
    assert await found_above(estate, person, SUBSCRIPTION) == {}
    await eligible(estate, person, WEB)
    assert await found_above(estate, person) == {SUBSCRIPTION: expected, WEB: expected}


async def test_through_groups_it_is_loaded_as_well(estate: World) -> None:
    person, inner, outer = await estate.user(), await estate.group(), await estate.group()
    for group in (inner, outer):
        await estate.change(group, is_role_assignable=False)
    await estate.member(person, inner)
    await estate.member(inner, outer)
    for group, path in ((inner, WEB), (outer, CIRCLE)):
        await eligible(estate, group, path)
    assert set(await found_above(estate, person)) == {WEB, CIRCLE}
    assert await found_above(estate, await estate.user()) == {}


async def test_a_policy_that_nobody_changed_is_none_and_its_version_counts(estate: World) -> None:
    person = await estate.user()
    await eligible(estate, person, "/")
    assert await found_above(estate, person) == {}
    loaded = await estate.facts(Slot(person, READER, azure(SITE)))
    assert loaded.versions[policy_key(azure("/"), READER)] == 0


def asking(world: World, who: PrincipalId) -> Ask:
    """Somebody activates at the site for an hour, and says why."""
    slot = Slot(who, READER, azure(SITE))
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, AN_HOUR, "Needed")
    token = Token(world.tenant, who, CLIENT, frozenset({AZURE_PERMISSION}))
    return lambda engine: submit_request(engine, token, draft, NOON)


def changing(cloud: Cloud, change: PolicyChange) -> Callable[[Engine], Awaitable[object]]:
    place = PolicyPlace(azure(SUBSCRIPTION), READER)
    return lambda engine: change_policy_at(engine, cloud.token(), place, change, NOON)


@pytest.mark.parametrize("is_changed", [True, False])
async def test_who_activates_below_is_judged_by_the_policy_that_was_changed_meanwhile(
    stores: tuple[Store, Store], cloud: Cloud, *, is_changed: bool
) -> None:
    person = await cloud.world.user()
    await cloud.world.node(SITE, WEB)
    await eligible(cloud.world, person, SUBSCRIPTION)
    if is_changed:  # by somebody else before, in another way
        await put(cloud.world, SUBSCRIPTION, Expiration_EndUser_Assignment=SHORT)
    change = changing(cloud, set_rules(Enablement_EndUser_Assignment=TICKET))
    asked, changed = await overtake(stores, asking(cloud.world, person), change)
    assert isinstance(changed, StoredPolicy)
    assert isinstance(asked, Refused)
    assert [told(one) for one in asked.problems] == ["TicketingRule/ticketMissing"]


async def test_what_an_approval_was_asked_for_is_kept(estate: World) -> None:
    person, approver = await estate.user(), await estate.user()
    await eligible(estate, person, SUBSCRIPTION)
    named = (Approver(ApproverKind.USER, approver),)
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    await put(estate, SUBSCRIPTION, Approval_EndUser_Assignment=rule)
    made = await asking(estate, person)(Engine(estate.store, RandomIds()))
    assert isinstance(made, Request)
    assert made.status is Status.PENDING_APPROVAL
    assert made.approval is not None
    assert made.approval.eligible_at == SUBSCRIPTION
    assert await estate.store.load_request(estate.tenant, made.id) == made


async def test_two_contexts_are_kept_with_the_policy_that_counted(estate: World) -> None:
    rule = AuthenticationContextRule(is_enabled=True, claim_value="c1")
    policy = await put(
        estate, OTHER, AuthenticationContext_EndUser_Assignment=replace(rule, further=("c2",))
    )
    person = await estate.user()
    assert (await estate.facts(Slot(person, READER, azure(OTHER)))).facts.policy == policy
