"""What all pages work with."""

from dataclasses import dataclass

from timebound.identity.factors.factors import Factors
from timebound.identity.federation.upstream import Upstream
from timebound.identity.flows.pacing import Pace
from timebound.identity.flows.parts import Flows
from timebound.identity.pages.kit import Kit
from timebound.identity.sealing import MasterKey


@dataclass(frozen=True, slots=True)
class Pages:
    """The flows behind the pages, how pages are made, and who has guessed wrong of late."""

    flows: Flows
    kit: Kit
    pace: Pace
    upstream: Upstream
    factors: Factors


def open_pages(flows: Flows, upstream: Upstream, master: MasterKey) -> Pages:
    """The parts; guesses are counted by the clock that nobody can move."""
    granting, marks = flows.granting, flows.marks
    factors = Factors(granting.store, master, marks, flows.ids, granting.system, granting.movable)
    return Pages(flows, Kit(marks), Pace(granting.system), upstream, factors)
