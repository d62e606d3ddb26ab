"""What a request must bring: a justification, a ticket, a second factor."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from timebound.domain.policies.rule import Case, RuleCaller, RuleLevel, Target
from timebound.domain.problems import Problem, Reason, RuleName, rule_failed
from timebound.domain.requests import Action
from timebound.domain.roles import Role
from timebound.domain.settings import Enforcement


class Enablement(StrEnum):
    """The published values of `enabledRules` that something is asked for by."""

    JUSTIFICATION = "Justification"
    TICKETING = "Ticketing"
    MFA = "MultiFactorAuthentication"


@dataclass(frozen=True, slots=True)
class EnablementRule:
    """The set of things a request must bring; words that nobody knows ask for nothing."""

    enabled: tuple[str, ...] = ()

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:
        """Nothing for eligibility, a justification otherwise, a second factor for strong roles."""
        if target.level is RuleLevel.ELIGIBILITY:
            return cls()
        if target.caller is RuleCaller.END_USER and role.needs_strong_activation:
            return cls((Enablement.MFA, Enablement.JUSTIFICATION))
        return cls((Enablement.JUSTIFICATION,))

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """Each enabled thing that the request does not bring."""
        is_asking_only = case.draft.action in (Action.SELF_EXTEND, Action.SELF_RENEW)
        return tuple(
            rule_failed(rule, reason)
            for enabled, (rule, reason) in _FAILURES.items()
            if enabled in self.enabled
            and not (is_asking_only and enabled is not Enablement.MFA)
            and not _is_met(enabled, case)
        )


_FAILURES = {
    Enablement.JUSTIFICATION: (RuleName.JUSTIFICATION, Reason.JUSTIFICATION_MISSING),
    Enablement.TICKETING: (RuleName.TICKETING, Reason.TICKET_MISSING),
    Enablement.MFA: (RuleName.MFA, Reason.MFA_MISSING),
}


def _is_met(enabled: Enablement, case: Case) -> bool:
    match enabled:
        case Enablement.JUSTIFICATION:
            is_excused = (
                case.sign_in.is_application
                and case.settings.application_justification is Enforcement.SKIP
            )
            return is_excused or _is_said(case.draft.justification)
        case Enablement.TICKETING:
            return _is_said(case.draft.ticket.number)
        case Enablement.MFA:
            return case.sign_in.has_mfa


def _is_said(text: str | None) -> bool:
    return text is not None and not text.isspace() and text != ""
