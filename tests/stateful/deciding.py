"""The part of the machine in which administrators set who has to agree, and those people do."""

from collections.abc import Iterable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.drawing import admins, one_of, people, results, short_spans, where
from tests.stateful.policies import ROLE_PLACES
from tests.stateful.records import Asked
from tests.stateful.tenant import CLEO, CLUB, CREW, DAN, EVE, JURY, MAPPED, PEOPLE
from tests.stateful.watching import Watching
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policy_places import PolicyPlace, place_policy
from timebound.domain.requests import Status

UNMAPPED: Final = "c7"
"""A context that stands for nothing: a second factor does, which everybody has shown."""

approvers = st.one_of(
    st.none(),
    st.just(frozenset[PrincipalId]()),
    st.frozensets(st.sampled_from((CLEO, DAN, EVE, JURY, CREW, CLUB)), min_size=1, max_size=3),
)
contexts = st.sampled_from((None, MAPPED, MAPPED, UNMAPPED))
places = one_of(lambda machine: [*machine.known_places, *2 * machine.wanted_places()])
changes = st.one_of(
    st.fixed_dictionaries({"maximum": short_spans}),
    st.fixed_dictionaries({"approvers": approvers}),
    st.fixed_dictionaries({"context": contexts}),
    st.fixed_dictionaries({"maximum": short_spans, "approvers": approvers, "context": contexts}),
)


def places_of(slots: Iterable[Slot]) -> list[PolicyPlace]:
    """Where the policies are that bind what is held in the slots."""
    return [place_policy(slot.scope, slot.role_id) for slot in slots]


class Deciding(Watching):
    """Policies that change while people wait, and the words that settle what they wait for."""

    known_places: tuple[PolicyPlace, ...] = ROLE_PLACES

    def administrators(self) -> list[PrincipalId]:
        """Who may set all that."""
        return [p for p in PEOPLE if self.model.is_administrator(p, self.now)]

    def waiting(self) -> list[Asked]:
        """The requests that somebody has to agree to."""
        return [a for a in self.model.asked if a.status_at(self.now) is Status.PENDING_APPROVAL]

    def words(self) -> list[tuple[PrincipalId, Asked]]:
        """Who may have a say on what, those who decide more often than those who do not."""
        every = [(person, asked) for asked in self.waiting() for person in PEOPLE]
        lawful = [(p, a) for p, a in every if self.model.may_review(p, a, self.now)]
        return [*2 * lawful, *every]

    @rule(actor=admins, place=places, change=changes)
    def change_policy(self, actor: PrincipalId, place: PolicyPlace, change: dict[str, Any]) -> None:
        self.set_policy(actor, place, change)

    @where(words)
    @rule(word=one_of(words), result=results)
    def review_a_request(self, word: tuple[PrincipalId, Asked], result: ReviewResult) -> None:
        self.review(*word, result)

    @where(waiting)
    @rule(request=one_of(waiting), named=approvers, actor=people, result=results)
    def change_approvers_meanwhile(
        self,
        request: Asked,
        named: frozenset[PrincipalId] | None,
        actor: PrincipalId,
        result: ReviewResult,
    ) -> None:
        (place,) = places_of([request.draft.slot])
        self.set_policy(self.administrators()[0], place, {"approvers": named})
        self.review(actor, request, result)
