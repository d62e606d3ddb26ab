"""Who hears of what happened."""

from dataclasses import dataclass
from enum import Enum
from typing import Self

from timebound.domain.policies.rule import Case, Target
from timebound.domain.problems import Problem
from timebound.domain.roles import Role


class NotificationLevel(Enum):
    """How much is told."""

    NONE = "None"
    CRITICAL = "Critical"
    ALL = "All"


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """Whether the default recipients are told, and who else."""

    level: NotificationLevel = NotificationLevel.ALL
    has_default_recipients: bool = True
    recipients: tuple[str, ...] = ()

    @classmethod
    def default(cls, target: Target, role: Role) -> Self:  # noqa: ARG003 - Rule
        """Everything, to the default recipients."""
        return cls()

    def problems(self, target: Target, case: Case) -> tuple[Problem, ...]:  # noqa: ARG002 - Rule
        """None: being told of something refuses nothing."""
        return ()
