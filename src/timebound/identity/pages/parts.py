"""What all pages work with."""

from dataclasses import dataclass

from timebound.domain.ids import TenantId
from timebound.identity.factors.factors import Factors
from timebound.identity.federation.upstream import Upstream
from timebound.identity.flows.known_browsers import KnownBrowsers
from timebound.identity.flows.leaving import SIGN_OUT_PATH, seal_leaving
from timebound.identity.flows.parts import Flows
from timebound.identity.pacing import Guess, Pace, Source, guess_secret
from timebound.identity.pages.kit import Kit, Leaving, PageVisit
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

    def guess_passkey(self, visit: PageVisit, account: str) -> Guess:
        """What a refused passkey counts for: whose it says it is, from where the visit comes.

        Nobody guesses a passkey, so that what is refused elsewhere holds nobody up.
        """
        whole = self.guess(visit, "passkey", account, is_second=True)
        return whole[0], whole[-1]

    def offer_leaving(self, tenant_id: TenantId, user_id: str) -> Leaving:
        """The way to sign out for somebody who is signed in; nobody else is signed out by it."""
        ctx = seal_leaving(self.flows, tenant_id, user_id)
        return Leaving(f"/{tenant_id}/{SIGN_OUT_PATH}", ctx)


def open_pages(flows: Flows, upstream: Upstream, master: MasterKey) -> Pages:
    """The parts; guesses are counted by the clock that nobody can move."""
    granting, marks = flows.granting, flows.marks
    factors = Factors(granting.store, master, marks, flows.ids, granting.system, granting.movable)
    known = KnownBrowsers(marks, granting.system)
    return Pages(flows, Kit(marks), Pace(granting.system), upstream, factors, known)
