"""What all policy rules have in common: their target, and the case they are asked about."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, Self

from timebound.domain.problems import Problem
from timebound.domain.requests import Draft
from timebound.domain.roles import Role
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Window


class RuleCaller(Enum):
    """Whose requests a rule binds."""

    ADMIN = "Admin"
    END_USER = "EndUser"


class RuleLevel(Enum):
    """Which kind of holding a rule binds."""

    ELIGIBILITY = "Eligibility"
    ASSIGNMENT = "Assignment"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom and what a rule binds."""

    caller: RuleCaller
    level: RuleLevel


@dataclass(frozen=True, slots=True)
class SignIn:
    """How strongly the caller signed in, as the verified token tells."""

    has_mfa: bool = False
    contexts: frozenset[str] = frozenset()
    has_claims_capability: bool = False
    is_application: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule is asked to judge: the draft, the window it comes to, and who asks."""

    draft: Draft
    window: Window
    sign_in: SignIn
    settings: TenantSettings


class Rule(Protocol):
    """A policy rule: data with a judgement."""

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:
        """The rule as it is before anybody changes it."""
        ...

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:
        """Everything in the case that the rule does not allow."""
        ...
