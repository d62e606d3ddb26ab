"""Words that clients of every dialect compare: failed rules, claims asked for, and why not.

Source: behaviour book 2.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never
from urllib.parse import quote

from timebound.domain.problems import Code, Problem, Reason, RuleName
from timebound.domain.settings import RuleMessageStyle

POLICY_WORDS: Final[Mapping[Code, tuple[str, str]]] = {
    # quirk(graph): recipients besides named approvers lock the rules of a policy - behaviour book 4
    Code.APPROVERS_AND_RECIPIENTS: (
        "ActivationCustomApproversNotEmpty",
        "The policy names approvers of activations, so nobody else can be notified of approvals.",
    ),
    Code.POLICY_RULE_INVALID: ("InvalidPolicyRule", "The policy rule is invalid."),
    Code.POLICY_INVALID: ("InvalidPolicy", "The policy is invalid."),
    # quirk(graph): the context may be turned on beside MFA, MFA not beside it - behaviour book 4
    Code.CONTEXT_AND_MFA: (
        "MfaAndAcrsConflict",
        "The Mfa and Acrs policy settings cannot be enabled simultaneously.",
    ),
}
"""What only a change of a policy is refused for, with code and sentence."""

_RULES: Final = {rule: position for position, rule in enumerate(RuleName)}


def say_rules(problems: Iterable[Problem], style: RuleMessageStyle) -> str:
    """The failed rules in one sentence, in the order of `RuleName`."""
    ordered = sorted(problems, key=lambda one: _RULES[one.rule] if one.rule else len(_RULES))
    match style:
        case RuleMessageStyle.BRACKETS:
            names = dict.fromkeys(one.rule.value for one in ordered if one.rule)
            listed = json.dumps(list(names), separators=(",", ":"))
        case RuleMessageStyle.SENTENCES:
            said = dict.fromkeys(
                f"{one.rule.value} - {_SENTENCES.get(one.reason, 'The rule is not met')}"
                for one in ordered
                if one.rule
            )
            listed = ", ".join(said)
        case _:
            assert_never(style)
    return f"The following policy rules failed: {listed}"


def say_claims(value: str, values: Sequence[str] = ()) -> str:
    """The claims that a token has to be fetched with, as they stand in the message of a 400.

    Where there are `values` it takes all of them.
    """
    wanted = f'"values":{json.dumps(values)}' if values else f'"value":{json.dumps(value)}'
    claims = f'{{"access_token":{{"acrs":{{"essential":true, {wanted}}}}}}}'
    return f"&claims={quote(claims, safe='')}"


_SENTENCES: Final[Mapping[Reason | None, str]] = {
    Reason.NOT_ELIGIBLE: "There is no eligible assignment to activate",
    Reason.TOO_LONG: "The duration in the request is greater than maximum allowed duration",
    Reason.PERMANENT_NOT_ALLOWED: "The policy does not allow permanent assignment",
    Reason.EXPIRATION_MISSING: "An expiration is required",
    Reason.JUSTIFICATION_MISSING: "Justification is required",
    Reason.TICKET_MISSING: "Ticket information is required",
    Reason.MFA_MISSING: "Multi-factor authentication is required",
    Reason.OUTSIDE_PIM: "The role can be assigned by requests alone",
}
REASONS: Final[Mapping[Reason | None, str]] = {
    Reason.MISSING: "is missing",
    Reason.CONTRADICTORY: "contradicts another property",
    Reason.END_BEFORE_START: "is not later than the start",
    Reason.NOT_POSITIVE: "must be longer than nothing",
    Reason.TOO_SHORT: "is shorter than what can be held at least",
    Reason.BEYOND_TIME: "lasts beyond the end of the calendar",
    Reason.TOO_EARLY_TO_EXTEND: "asks to extend what does not end within 14 days",
    Reason.NOT_APPLICABLE: "asks for what does not apply here",
    Reason.NOT_ROLE_ASSIGNABLE: "names a group that is not assignable to roles",
    Reason.KIND_NOT_ELIGIBLE: "names an application, which cannot be eligible",
    Reason.GROUP_NOT_MANAGEABLE: "names a group that is dynamic or synchronized",
    Reason.ROLE_DISABLED: "names a role that is disabled",
    Reason.UNKNOWN_ACTION: "names an action that no role can allow",
    Reason.UNKNOWN_ROLE: "names a role that is not there",
    Reason.UNKNOWN_SCOPE: "names a place where no role can be held",
    Reason.TOO_MANY: "has more entries than are allowed",
}
"""What is wrong with a property, as the end of a sentence about it."""
