"""What a check of a log has come to."""

from dataclasses import dataclass, field
from typing import Final

from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch

MOST_TOLD: Final = 1000
"""How many findings are kept; those behind are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed, and where."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(slots=True)
class Report:
    """How much was looked at, and what is not as it was sealed."""

    tenant_id: TenantId
    size: int = 0
    heads: int = 0
    outside: int = 0
    emptied: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    unseen: int = 0
    """How many of the unsealed ones were not looked at."""
    untold: int = 0
    late: list[Stretch] = field(default_factory=list)
    """What was sealed much later than it was recorded: nothing wrong by itself."""

    @property
    def is_sound(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.findings

    def tell(self, place: str, text: str) -> None:
        """Adds a finding."""
        if len(self.findings) < MOST_TOLD:
            self.findings.append(Finding(place, text))
        else:
            self.untold += 1


def add_place(stretches: list[Stretch], position: int) -> None:
    """Adds a place to those before it."""
    if stretches and stretches[-1].end == position:
        stretches[-1] = Stretch(stretches[-1].start, position + 1)
    else:
        stretches.append(Stretch(position, position + 1))


def name_events(stretch: Stretch) -> str:
    """One event, or several."""
    if stretch.end - stretch.start == 1:
        return f"event {stretch.start}"
    return f"events {stretch.start} to {stretch.end - 1}"
