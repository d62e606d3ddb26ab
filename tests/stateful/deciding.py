"""The part of the machine in which administrators set who has to agree, and those people do."""

from collections.abc import Iterable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.drawing import admins, one_of, people, results, short_spans, where
from tests.stateful.model import Asked
from tests.stateful.tenant import CLEO, CREW, DAN, EVE, JURY, MAPPED, PEOPLE, ROLES
from tests.stateful.watching import Watching
from timebound.domain.approvals import ReviewResult
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import Status

UNMAPPED: Final = "c7"
"""A context that stands for nothing: a second factor does, which everybody has shown."""

approvers = st.one_of(
    st.none(),
    st.just(frozenset[PrincipalId]()),
    st.frozensets(st.sampled_from((CLEO, DAN, EVE, JURY, CREW)), min_size=1, max_size=3),
)
contexts = st.sampled_from((None, MAPPED, MAPPED, UNMAPPED))
roles = one_of(lambda machine: [*ROLES, *2 * wanted_roles(machine.idle())])
changes = st.one_of(
    st.fixed_dictionaries({"maximum": short_spans}),
    st.fixed_dictionaries({"approvers": approvers}),
    st.fixed_dictionaries({"context": contexts}),
    st.fixed_dictionaries({"maximum": short_spans, "approvers": approvers, "context": contexts}),
)


def wanted_roles(slots: Iterable[Slot]) -> list[RoleId]:
    """The roles that somebody could activate, which are worth having a policy."""
    return [slot.role_id for slot in slots if slot.role_id in ROLES]


class Deciding(Watching):
    """Policies that change while people wait, and the words that settle what they wait for."""

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

    @rule(actor=admins, role_id=roles, change=changes)
    def change_policy(self, actor: PrincipalId, role_id: RoleId, change: dict[str, Any]) -> None:
        self.set_policy(actor, role_id, change)

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
        role_id = request.draft.slot.role_id
        self.set_policy(self.administrators()[0], role_id, {"approvers": named})
        self.review(actor, request, result)
