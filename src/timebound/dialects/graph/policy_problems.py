"""How Graph says what is wrong with a policy: a published code, and a sentence that tells little.

What exactly is wrong stands in the event of the refusal, and in the log.
"""

from http import HTTPStatus
from typing import Literal, TypeAlias

from timebound.dialects.graph.refusals import GraphError
from timebound.dialects.shared.wording import POLICY_WORDS
from timebound.domain.problems import Code

PolicyCode: TypeAlias = Literal[
    Code.APPROVERS_AND_RECIPIENTS,
    Code.POLICY_RULE_INVALID,
    Code.POLICY_INVALID,
    Code.CONTEXT_AND_MFA,
]
"""What only a change of a policy is refused for."""


def say_policy_problem(code: PolicyCode) -> GraphError:
    """The error for a policy or a rule that is refused."""
    published, message = POLICY_WORDS[code]
    return GraphError(HTTPStatus.BAD_REQUEST, published, message)
