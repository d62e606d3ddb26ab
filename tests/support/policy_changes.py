"""Changes of policies, as tests write them."""

from timebound.application.policies import PolicyChange
from timebound.domain.policies import Policy, Rule
from timebound.domain.policy_changes import Edit, Manner


def put(rule: Rule) -> Edit:
    """The edit that puts a rule in the place of whatever was there."""
    return lambda _: rule


def set_rules(manner: Manner = Manner.WHOLE, **rules: Rule) -> PolicyChange:
    """The change that gives a policy these rules."""
    return PolicyChange({id_: put(rule) for id_, rule in rules.items()}, manner)


def set_policy(policy: Policy) -> PolicyChange:
    """The change that gives a policy all rules of another."""
    return PolicyChange({id_: put(rule) for id_, rule in policy.rules.items()}, Manner.WHOLE)
