"""What all pages work with."""

from dataclasses import dataclass

from timebound.identity.federation.upstream import Upstream
from timebound.identity.flows.pacing import Pace
from timebound.identity.flows.parts import Flows
from timebound.identity.pages.kit import Kit


@dataclass(frozen=True, slots=True)
class Pages:
    """The flows behind the pages, how pages are made, and who has guessed wrong of late."""

    flows: Flows
    kit: Kit
    pace: Pace
    upstream: Upstream


def open_pages(flows: Flows, upstream: Upstream) -> Pages:
    """The parts; guesses are counted by the clock that nobody can move."""
    return Pages(flows, Kit(flows.marks), Pace(flows.granting.system), upstream)
