"""An API of the tenant's own that is asked before an activation goes on."""

from dataclasses import dataclass
from typing import Self

from timebound.domain.policies.rule import Case, Target
from timebound.domain.problems import Problem
from timebound.domain.roles import Role


@dataclass(frozen=True, slots=True)
class CustomExtensionRule:
    """Which extension is asked, if it is; a policy that names none has no such rule."""

    extension_id: str | None = None
    is_enabled: bool = False

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """None is asked."""
        return cls()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """None: a request waits for what an extension says, the rule does not refuse it."""
        return ()
