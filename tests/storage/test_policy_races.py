"""Changes of policies that meet: of different rules both last, of what forbids another one does."""

from collections.abc import Awaitable, Callable

import pytest

from tests.storage.racing import RandomIds, overtake, race, status_of
from tests.storage.test_races import Office, office
from tests.storage.world import HOUR, NOON, reader
from tests.support.policy_changes import set_rules
from timebound.application.engine import Engine
from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.ports import Store
from timebound.domain.decide import Refused
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import Policy, Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import StoredPolicy, place_policy
from timebound.domain.problems import Code
from timebound.domain.requests import Status
from timebound.domain.scopes import DIRECTORY_ROOT

__all__ = ["office"]

pytestmark = pytest.mark.inferred("issue 5: PATCH against PATCH has one lawful outcome each")
MAXIMUM, FACTOR = "Expiration_EndUser_Assignment", "Enablement_EndUser_Assignment"
APPROVAL, CONTEXT = "Approval_EndUser_Assignment", "AuthenticationContext_EndUser_Assignment"
RECIPIENTS = "Notification_Approver_EndUser_Assignment"
SHORT = ExpirationRule(is_required=True, maximum=HOUR)
SHORTER = ExpirationRule(is_required=True, maximum=HOUR / 2)
WITH_FACTOR = EnablementRule((Enablement.MFA, Enablement.JUSTIFICATION))
WITH_CONTEXT = AuthenticationContextRule(is_enabled=True, claim_value="c1")
Change = Callable[[Engine], Awaitable[StoredPolicy | Refused]]


def changing(office: Office, change: PolicyChange) -> Change:
    """The administrator makes a change of the policy of readers."""
    place = place_policy(DIRECTORY_ROOT, reader(office.admin).role_id)
    return lambda engine: change_policy_at(engine, office.token(office.admin), place, change, NOON)


def rule(**rules: Rule) -> PolicyChange:
    return set_rules(Manner.RULE, **rules)


async def kept(office: Office) -> Policy:
    return (await office.world.facts(reader(office.admin))).facts.policy


def approved_by(person: PrincipalId) -> ApprovalRule:
    named = (Approver(ApproverKind.USER, person),)
    return ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))


async def test_changes_of_different_rules_both_last(
    stores: tuple[Store, Store], office: Office
) -> None:
    first = changing(office, rule(Expiration_EndUser_Assignment=SHORT))
    second = changing(office, rule(Enablement_EndUser_Assignment=WITH_FACTOR))
    one, other, _ = await race(stores, first, second)
    assert isinstance(one, StoredPolicy)
    assert isinstance(other, StoredPolicy)
    policy = await kept(office)
    assert (policy.rules[MAXIMUM], policy.rules[FACTOR]) == (SHORT, WITH_FACTOR)


async def test_of_two_changes_of_one_rule_the_last_one_stays(
    stores: tuple[Store, Store], office: Office
) -> None:
    first = changing(office, rule(Expiration_EndUser_Assignment=SHORT))
    second = changing(office, rule(Expiration_EndUser_Assignment=SHORTER))
    one, other, is_first_ahead = await race(stores, first, second)
    assert isinstance(one, StoredPolicy)
    assert isinstance(other, StoredPolicy)
    last = other if is_first_ahead else one
    assert (await kept(office)).rules[MAXIMUM] == last.policy.rules[MAXIMUM]


@pytest.mark.documented("POL-007: a second factor is not asked for beside a context that is on")
async def test_a_factor_is_not_asked_for_beside_a_context_of_the_same_moment(
    stores: tuple[Store, Store], office: Office
) -> None:
    ask_factor = changing(office, rule(Enablement_EndUser_Assignment=WITH_FACTOR))
    ask_context = changing(office, rule(AuthenticationContext_EndUser_Assignment=WITH_CONTEXT))
    asked, turned_on = await overtake(stores, ask_factor, ask_context)
    assert status_of_change(asked) == [Code.CONTEXT_AND_MFA]
    assert isinstance(turned_on, StoredPolicy)
    policy = await kept(office)
    assert policy.rules[CONTEXT] == WITH_CONTEXT
    assert policy.rules[FACTOR] == turned_on.policy.rules[FACTOR]


@pytest.mark.documented("POL-028: named approvers beside recipients lock the policy")
async def test_two_whole_changes_do_not_come_to_a_locked_policy(
    stores: tuple[Store, Store], office: Office
) -> None:
    boss = await office.world.user("Boss")
    told = NotificationRule(recipients=("boss@contoso.example",))
    name = set_rules(Manner.WHOLE, Approval_EndUser_Assignment=approved_by(boss))
    tell = set_rules(Manner.WHOLE, Notification_Approver_EndUser_Assignment=told)
    named, wrote, _ = await race(stores, changing(office, name), changing(office, tell))
    refused = [status_of_change(one) for one in (named, wrote) if isinstance(one, Refused)]
    assert refused == [[Code.APPROVERS_AND_RECIPIENTS]]
    rules = (await kept(office)).rules
    assert (rules[APPROVAL] != ApprovalRule()) is not (rules[RECIPIENTS] == told)


def status_of_change(outcome: StoredPolicy | Refused) -> list[Code]:
    assert isinstance(outcome, Refused)
    return [problem.code for problem in outcome.problems]


async def test_an_activation_is_judged_by_the_policy_that_was_changed_meanwhile(
    stores: tuple[Store, Store], office: Office
) -> None:
    person, boss = await office.world.user(), await office.world.user("Boss")
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    ask = changing(office, set_rules(Manner.WHOLE, Approval_EndUser_Assignment=approved_by(boss)))
    activated, changed = await overtake(stores, office.activate(person), ask)
    assert isinstance(changed, StoredPolicy)
    assert status_of(activated) is Status.PENDING_APPROVAL
    assert await office.active(person) == []


async def test_a_change_again_is_no_change(office: Office) -> None:
    change = changing(office, rule(Expiration_EndUser_Assignment=SHORT))
    engine = Engine(office.world.store, RandomIds())
    first, again = await change(engine), await change(engine)
    assert first == again
