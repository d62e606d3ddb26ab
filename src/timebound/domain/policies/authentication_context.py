"""A sign-in of a certain quality, asked for at the moment of activation."""

from dataclasses import dataclass
from typing import Self

from timebound.domain.policies.rule import Case, Target
from timebound.domain.problems import Code, Problem, Reason, RuleName, rule_failed
from timebound.domain.requests import Action
from timebound.domain.roles import Role


@dataclass(frozen=True, slots=True)
class AuthenticationContextRule:
    """The token must carry `acrs` with the claim value (`c1` ... `c99`)."""

    is_enabled: bool = False
    claim_value: str | None = None

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """Off."""
        return cls()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """A context that the sign-in does not satisfy; one that is not mapped falls back to MFA."""
        if case.draft.action is not Action.SELF_ACTIVATE or not (
            self.is_enabled and self.claim_value
        ):
            return ()
        if self.claim_value not in case.settings.authentication_contexts:
            failed = rule_failed(RuleName.MFA, Reason.MFA_MISSING)
            return () if case.sign_in.has_mfa else (failed,)
        can_answer = (
            case.sign_in.has_claims_capability or not case.settings.context_needs_capability
        )
        # A token of before the context was blocked says nothing any more.
        is_blocked = case.settings.blocks(self.claim_value)
        if can_answer and not is_blocked and self.claim_value in case.sign_in.contexts:
            return ()
        return (Problem(Code.CONTEXT_REQUIRED, value=self.claim_value),)
