"""A sign-in of a certain quality, asked for at the moment of activation."""

from dataclasses import dataclass
from typing import Final, Self

from timebound.domain.policies.rule import Case, Target
from timebound.domain.problems import Code, Problem, Reason, RuleName, rule_failed
from timebound.domain.requests import Action
from timebound.domain.roles import Role


@dataclass(frozen=True, slots=True)
class AuthenticationContextRule:
    """The token must carry `acrs` with the claim value (`c1` ... `c99`).

    A policy has one value; `further` are those of another policy that counts besides it.
    """

    is_enabled: bool = False
    claim_value: str | None = None
    further: tuple[str, ...] = ()

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """Off."""
        return cls()

    @property
    def claims(self) -> tuple[str, ...]:
        """Every context that is asked for."""
        return (self.claim_value, *self.further) if self.is_enabled and self.claim_value else ()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """A context that the sign-in does not satisfy; one that is not mapped falls back to MFA."""
        if case.draft.action is not Action.SELF_ACTIVATE:
            return ()
        known = case.settings.authentication_contexts
        asked = tuple(claim for claim in self.claims if claim in known)
        is_unknown = len(asked) < len(self.claims)
        failed = () if case.sign_in.has_mfa or not is_unknown else (_NO_FACTOR,)
        lacking = next((claim for claim in asked if not _is_shown(claim, case)), None)
        if lacking is None:
            return failed
        # A token tells what it was asked for and no more: it has to be asked for all at once.
        names = asked if len(asked) > 1 else ()
        return (*failed, Problem(Code.CONTEXT_REQUIRED, value=lacking, names=names))


_NO_FACTOR: Final = rule_failed(RuleName.MFA, Reason.MFA_MISSING)


def _is_shown(claim: str, case: Case) -> bool:
    can_answer = case.sign_in.has_claims_capability or not case.settings.context_needs_capability
    # A token of before the context was blocked says nothing any more.
    return can_answer and not case.settings.blocks(claim) and claim in case.sign_in.contexts
