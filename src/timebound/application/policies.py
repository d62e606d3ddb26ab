"""Changing the policy of a role at a scope."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from timebound.application.changes import FactKey, PutPolicy, policy_key, principal_key
from timebound.application.engine import Engine, Record, Teller, actor_of, decide_and_apply
from timebound.application.ports import Loaded
from timebound.application.recording import tell_refusal
from timebound.domain.authority import Token, authorize
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind, Fact
from timebound.domain.grants import Slot
from timebound.domain.ids import RoleId
from timebound.domain.policies import Policy
from timebound.domain.privileged import list_approvers
from timebound.domain.problems import Code, Problem
from timebound.domain.requirements import Operation
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

Change: TypeAlias = Callable[[Policy], Policy]
"""From the policy as it is to the policy as it shall be; asked anew after a conflict."""


async def put_policy(
    engine: Engine, token: Token, place: tuple[Scope, RoleId], change: Change, at: Instant
) -> Policy | Refused:
    """Replaces the policy of a role at a scope whole, under the version it was read at.

    `change` is asked again after a conflict, so that two changes of different rules both last.
    """
    scope, role_id = place
    correlation_id = engine.ids.new_id()

    async def judge(loaded: Loaded) -> Record[Policy]:
        facts = loaded.facts
        teller = Teller(engine, actor_of(facts.caller), correlation_id, at)
        unmet = authorize(Operation.CHANGE_POLICY, facts.caller)
        if not unmet and facts.role is None:
            unmet = (Problem(Code.ROLE_NOT_FOUND, value=role_id),)
        data: dict[str, Fact] = {
            "action": "updatePolicy",
            "scopeKind": scope.kind.value,
            "scope": scope.path,
        }
        if unmet:
            events = tell_refusal(teller, EventKind.CHANGE_REFUSED, role_id, data, unmet)
            return Record(Refused(unmet), events=events)
        policy = change(facts.policy)
        data["changedRules"] = _changed_rules(facts.policy, policy)
        return Record(
            policy,
            (PutPolicy(scope, role_id, policy),),
            (teller.tell(EventKind.POLICY_CHANGED, role_id, data),),
            frozenset({policy_key(scope, role_id), *_approver_keys(facts.policy, policy)}),
        )

    # The facts of the caller's own slot there: the policy and the role, with their versions.
    return await decide_and_apply(
        engine, token, Slot(token.principal_id, role_id, scope), at, judge
    )


def _approver_keys(old: Policy, new: Policy) -> Iterator[FactKey]:
    """Whoever is to be asked from now on: what may be done to them depends on that."""
    return (principal_key(one) for one in list_approvers(new) - list_approvers(old))


def _changed_rules(old: Policy, new: Policy) -> tuple[Fact, ...]:
    return tuple(rule_id for rule_id in new.rules if new.rules[rule_id] != old.rules.get(rule_id))
