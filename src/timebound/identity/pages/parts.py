"""What all pages work with."""

from dataclasses import dataclass

from timebound.identity.factors.factors import Factors
from timebound.identity.federation.upstream import Upstream
from timebound.identity.flows.known_browsers import KnownBrowsers
from timebound.identity.flows.pacing import Guess, Pace, Source, guess_secret
from timebound.identity.flows.parts import Flows
from timebound.identity.pages.kit import Kit, PageVisit
from timebound.identity.sealing import MasterKey


@dataclass(frozen=True, slots=True)
class Pages:
    """The flows behind the pages, how pages are made, and who has guessed wrong of late."""

    flows: Flows
    kit: Kit
    pace: Pace
    upstream: Upstream
    factors: Factors
    known: KnownBrowsers

    def guess(self, visit: PageVisit, kind: str, account: str, *, is_second: bool = False) -> Guess:
        """What a guess at a secret of an account counts for, from where the visit comes."""
        browser = self.known.find(visit.visit, account, is_strong=is_second)
        return guess_secret(kind, account.lower(), Source(visit.address, browser))


def open_pages(flows: Flows, upstream: Upstream, master: MasterKey) -> Pages:
    """The parts; guesses are counted by the clock that nobody can move."""
    granting, marks = flows.granting, flows.marks
    factors = Factors(granting.store, master, marks, flows.ids, granting.system, granting.movable)
    known = KnownBrowsers(marks, granting.system)
    return Pages(flows, Kit(marks), Pace(granting.system), upstream, factors, known)
