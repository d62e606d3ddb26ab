"""Whether a role of Azure may be assigned past requests at all."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Self

from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.rule import Case, Target
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.problems import Problem
from timebound.domain.roles import Role


class PimOnlyMode(Enum):
    """What becomes of an assignment past requests: nothing is said, refused, or told of."""

    DISABLED = "Disabled"
    ENABLED = "Enabled"
    REPORT_ONLY = "ReportOnly"


class ExcludedAssignments(Enum):
    """Which assignments the rule lets be: those to applications, those that applications make."""

    TO_APPLICATIONS = "ServicePrincipalsAsTarget"
    BY_APPLICATIONS = "ServicePrincipalsAsRequestor"


@dataclass(frozen=True, slots=True)
class PimOnlyModeRule:
    """The mode, and whom and what it leaves out; a policy that never named one has no such rule."""

    mode: PimOnlyMode = PimOnlyMode.DISABLED
    excludes: tuple[RuleMember, ...] = ()
    excluded_types: tuple[ExcludedAssignments, ...] = ()

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """Everybody may, whoever may assign roles."""
        return cls()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """None: it says nothing of requests, which are what it leaves."""
        return ()

    def is_breached(
        self, asking: Collection[str], principal: Principal, *, is_by_application: bool
    ) -> bool:
        """Whether an assignment past requests is one that the rule speaks of.

        `asking` are the ids of who makes it and of their groups. It is none that leaves out who
        makes it or who gets it; a group that is left out is so itself, and whoever of it makes one.
        Source: the published descriptions of the settings; that those left out may stand on either
        side is not said there, both sides are among the kinds of them.
        """
        if self.mode is PimOnlyMode.DISABLED:
            return False
        known = {one.id for one in self.excludes}
        if principal.id in known or not known.isdisjoint(asking):
            return False
        is_to_application = principal.kind is PrincipalKind.SERVICE_PRINCIPAL
        types = self.excluded_types
        return not (
            (is_to_application and ExcludedAssignments.TO_APPLICATIONS in types)
            or (is_by_application and ExcludedAssignments.BY_APPLICATIONS in types)
        )
