"""Evaluations: what an API of the tenant's own is asked about an activation, and what it says.

Source: custom extensions of Privileged Identity Management (preview of 2026).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from timebound.domain.times import Instant

LONGEST_ANSWER: Final = 4_000
"""So long may the id of an evaluation be, or each of its reasons, to be kept."""
MOST_REASONS: Final = 20


class Stage(Enum):
    """When an extension is asked: before approvers are, or before anything takes effect."""

    PRE_APPROVAL = "preApproval"
    POST_APPROVAL = "postApproval"


class Outcome(Enum):
    """What an extension can say; AUTO_APPROVED spares the approvers of the policy."""

    APPROVED = "Approved"
    AUTO_APPROVED = "AutoApproved"
    DENIED = "Denied"


@dataclass(frozen=True, slots=True)
class EvaluationAnswer:
    """What an extension said; the id is its own, by which it knows its evaluation again."""

    evaluation_id: str
    outcome: Outcome
    reasons: tuple[str, ...] = ()

    @property
    def can_be_kept(self) -> bool:
        """Whether it says what evaluation it is, in no more words than a log should have."""
        texts = (self.evaluation_id, *self.reasons)
        is_short = len(self.reasons) <= MOST_REASONS and all(
            len(text) <= LONGEST_ANSWER and "\0" not in text for text in texts
        )
        return is_short and bool(self.evaluation_id.strip())


@dataclass(frozen=True, slots=True)
class Evaluation:
    """That a request waits for an extension, or what it was answered; none if by nothing valid."""

    stage: Stage
    extension_id: str
    asked_at: Instant
    answer: EvaluationAnswer | None = None
