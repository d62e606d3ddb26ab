"""How Graph says what is wrong with a policy: a published code, and a sentence that tells little.

What exactly is wrong stands in the event of the refusal, and in the log.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from timebound.dialects.graph.refusals import GraphError
from timebound.domain.problems import Code

PolicyCode: TypeAlias = Literal[
    Code.APPROVERS_AND_RECIPIENTS,
    Code.POLICY_RULE_INVALID,
    Code.POLICY_INVALID,
    Code.CONTEXT_AND_MFA,
]
"""What only a change of a policy is refused for."""

_WORDS: Final[Mapping[PolicyCode, tuple[str, str]]] = {
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


def say_policy_problem(code: PolicyCode) -> GraphError:
    """The error for a policy or a rule that is refused."""
    published, message = _WORDS[code]
    return GraphError(HTTPStatus.BAD_REQUEST, published, message)
