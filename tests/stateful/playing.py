"""What every rule of the machine is made of: ask the service, hold the answer against the model."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

from hypothesis import event
from hypothesis.stateful import RuleBasedStateMachine

from tests.stateful.model import Model
from tests.stateful.place import Place, make_draft
from tests.stateful.policies import Asking, make_change
from tests.stateful.records import WAITING, Asked, held_from
from tests.stateful.tenant import FIRST_GRANTS, MORNING, PEOPLE, outside_grant
from timebound.application.views import View
from timebound.domain.approvals import ReviewResult
from timebound.domain.decide import Refused
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.scopes import ScopeKind, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.settle import Verdict
from timebound.domain.times import ENDLESS, Instant, Window

T = TypeVar("T")

Holding: TypeAlias = tuple[RequestKind, Slot]
"""A slot, and the kind of request that is about it."""

REFUSED: Final = ": refused"
ASKING: Final = (Action.SELF_EXTEND, Action.SELF_RENEW)
ANSWERED: Final = {
    ReviewResult.APPROVE: (Status.PROVISIONED, Status.GRANTED, Status.FAILED),
    ReviewResult.DENY: (Status.DENIED, Status.ADMIN_DENIED),
}


class Playing(RuleBasedStateMachine):
    """A world, its model, and the instant; nothing moves the instant but the rules.

    `happened` counts what may have changed something.
    """

    def __init__(self, open_place: Callable[[asyncio.Runner], Place], seen: Counter[str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.place = open_place(self.runner)
        self.seen = seen
        self.model = Model()
        self.now = MORNING
        self.refusals = 0
        self.happened = 0

    def saw(self, what: str) -> None:
        """Counts what happened, so that a run in which little happens is noticed."""
        event(what)
        self.seen[what] += 1
        self.happened += not what.endswith(REFUSED)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The answer of one use case or question, on the machine's own loop."""
        return self.runner.run(work)

    def begin(self, minimum: timedelta) -> None:
        """Makes the tenant, with the shortest time that anything may be held."""
        self.minimum = minimum
        self.run(self.place.begin(TenantSettings(minimum_active_duration=minimum)))
        self.model.held.extend(held_from(grant) for grant in FIRST_GRANTS)

    def draft(
        self,
        action: Action,
        holding: Holding,
        after: timedelta = timedelta(),
        span: timedelta | None = None,
    ) -> Draft:
        """A request for a span from a moment on; no span asks for no end."""
        return make_draft(action, *holding, self.now + after if after else None, span)

    def submit(
        self, actor: PrincipalId, draft: Draft, *, is_stepped_up: bool = False
    ) -> Request | None:
        """Rehearses and makes a request; what is allowed is written into the model."""
        place, how = self.place, {"is_stepped_up": is_stepped_up}
        rehearsed = self.run(place.rehearse(actor, draft, self.now, **how))
        answer = self.run(place.submit(actor, draft, self.now, **how))
        objections = self.model.objections(actor, draft, self.now, **how)
        must_be_allowed = not objections and self._is_plain(draft)
        if isinstance(answer, Refused):
            self._refuse(draft.action.value)
            assert rehearsed == answer, "the rehearsal is the performance"
            assert not must_be_allowed, answer.problems
            return None
        assert not isinstance(rehearsed, Refused), "the rehearsal is the performance"
        assert rehearsed.status is answer.status
        assert not objections
        self.saw(f"{draft.action.value}: {answer.status.value}")
        if not (draft.action.is_self or self.model.is_administrator(actor, self.now)):
            self.saw("something done by an owner or a keeper of groups")
        self._note(actor, draft, answer)
        return answer

    def _is_plain(self, draft: Draft) -> bool:
        """Whether nothing can speak against a draft that the promises allow."""
        if not self.model.is_untouched(draft) or not self.model.is_able(draft.slot.principal_id):
            return False
        start, end = self.model.shape(draft, self.now)
        if draft.action is Action.SELF_ACTIVATE:
            return True
        is_directory = draft.slot.scope.kind is ScopeKind.DIRECTORY
        return draft.action is Action.ADMIN_ASSIGN and (
            is_directory or end - start <= timedelta(days=30)
        )

    def _note(self, actor: PrincipalId, draft: Draft, answer: Request) -> None:
        asked = Asked(answer.id, draft, actor, self.now, answer.status)
        asked.approvers = self.model.approvers_for(draft)
        self.model.asked.append(asked)
        if draft.action.is_ending:
            assert answer.status is Status.REVOKED
            ended = self.model.ended_by(draft, self.now)
            assert ended, "nothing was there to be ended"
            self.model.end(ended, self.now)
        elif draft.action in ASKING:
            assert answer.status is Status.PENDING_ADMIN_DECISION
        elif asked.approvers is not None:
            assert answer.status is Status.PENDING_APPROVAL
        else:
            assert answer.status not in WAITING, "nobody has to agree"
            self.model.answer(draft, actor, self.now)
            self._write(asked, draft)
            assert answer.status is asked.status

    def _write(self, asked: Asked, draft: Draft) -> None:
        """The grant of a request: exactly what was asked, as far as that is carried."""
        grant = self.run(self.place.grant(asked.id))
        stands_on = grant.basis.slot if grant.basis else None
        assert (stands_on is not None) is (draft.action is Action.SELF_ACTIVATE)
        if stands_on is not None:
            footings = self.model.footings(draft.slot, self.model.shape(draft, self.now)[0])
            assert footings[stands_on] == max(footings.values()), "the longest footing carries"
            if stands_on != draft.slot:
                self.saw("activated through a group")
        new = self.model.write(asked.id, draft, stands_on, self.now)
        assert (grant.window.start, grant.window.end) == (new.start, new.end)
        asked.status = Status.GRANTED if new.start > self.now else Status.PROVISIONED
        asked.starts = new.start

    def add_outside(self, slot: Slot, span: timedelta | None) -> None:
        """Something is held that nobody requested, as the directory makes it outside PIM."""
        end = self.now + span if span else ENDLESS
        name = f"outside-{len(self.model.held)}"
        grant = outside_grant(name, slot, GrantKind.ASSIGNED, Window(self.now, end), self.now)
        self.run(self.place.add(grant, self.now))
        self.saw("joined outside PIM")
        self.model.held.append(held_from(grant))

    def cancel(self, actor: PrincipalId, asked: Asked) -> None:
        """Withdraws a request: one's own, or anybody's for an administrator."""
        before = asked.status_at(self.now)
        answer = self.run(self.place.cancel(actor, asked.draft.kind, asked.id, self.now))
        if isinstance(answer, Refused):
            self._refuse("cancel")
            return
        self.saw(f"cancel: {before.value}")
        assert before in (
            Status.GRANTED,
            Status.PENDING_APPROVAL,
            Status.PENDING_ADMIN_DECISION,
        )
        is_own, scope = actor == asked.by, asked.draft.slot.scope
        assert self.model.is_able(actor)
        assert is_own or self.model.may_administer(actor, scope, self.now)
        self.model.end([h for h in self.model.held if h.id == asked.id], self.now)
        asked.status = Status.CANCELED

    def review(self, actor: PrincipalId, asked: Asked, result: ReviewResult) -> None:
        """An approver decides; the first decision settles, nobody decides their own."""
        before, draft = asked.status_at(self.now), asked.draft
        answer = self.run(self.place.review(actor, asked.id, Verdict(result, "seen"), self.now))
        is_lawful = self.model.may_review(actor, asked, self.now)
        if isinstance(answer, Refused):
            self._refuse("review")
            assert not is_lawful or before is not Status.PENDING_APPROVAL, answer.problems
            return
        self.saw(f"review: {answer.status.value}")
        assert before is Status.PENDING_APPROVAL
        assert actor not in (draft.slot.principal_id, asked.by), "no self-approval"
        assert is_lawful, "an approver as of the request"
        if actor not in (asked.approvers or (actor,)):
            self.saw("review by a member of a group")
        self._settle(asked, draft, answer, result)

    def judge(
        self, actor: PrincipalId, asked: Asked, result: ReviewResult, span: timedelta | None
    ) -> None:
        """An administrator decides on an extension or a renewal, perhaps with another end."""
        before, draft = asked.status_at(self.now), asked.draft
        is_extension = draft.action is Action.SELF_EXTEND
        action = Action.ADMIN_EXTEND if is_extension else Action.ADMIN_RENEW
        given = self.draft(action, (draft.kind, draft.slot), span=span)
        verdict = Verdict(result, "seen", given.schedule)
        answer = self.run(self.place.judge(actor, asked.id, verdict, self.now))
        if isinstance(answer, Refused):
            self._refuse("judge")
            return
        self.saw(f"judge: {answer.status.value}")
        assert before is Status.PENDING_ADMIN_DECISION
        assert actor != draft.slot.principal_id, "no self-approval"
        assert self.model.may_administer(actor, draft.slot.scope, self.now)
        self._settle(asked, given, answer, result)

    def set_enabled(self, actor: PrincipalId, person: PrincipalId, *, is_enabled: bool) -> None:
        """Disables or enables somebody; the last administrator cannot be disabled."""
        answer = self.run(self.place.set_enabled(actor, person, self.now, is_enabled=is_enabled))
        is_last = self.model.endless_administrators(PEOPLE, self.now) <= {person}
        if isinstance(answer, Refused):
            self._refuse("disable")
            is_lawful = self.model.is_global_administrator(actor, self.now)
            assert not is_lawful or is_last or person in self.model.deleted
            return
        self.saw("enable" if is_enabled else "disable")
        assert self.model.is_global_administrator(actor, self.now)
        assert is_enabled or not is_last
        (self.model.disabled.discard if is_enabled else self.model.disabled.add)(person)

    def delete_principal(self, actor: PrincipalId, principal: PrincipalId) -> None:
        """Deletes a person or a group; all that it holds ends, and membership of it."""
        answer = self.run(self.place.delete(actor, principal, self.now))
        is_lawful = self.model.may_delete(actor, principal, self.now)
        if isinstance(answer, Refused):
            self._refuse("delete")
            return
        self.saw("delete")
        assert is_lawful
        assert principal not in self.model.deleted
        self.model.delete(principal, self.now)

    def set_policy(self, actor: PrincipalId, at: PolicyPlace, given: Mapping[str, Any]) -> None:
        """Changes what an activation is asked, for what is asked from now on."""
        old = self.model.policies.get(at, Asking())
        new = replace(old, **given)
        change = make_change(new, given)
        answer = self.run(self.place.set_policy(actor, at, change, self.now))
        named = (new.approvers or frozenset()) - (old.approvers or frozenset())
        is_lawful = self.model.may_rule(actor, at.scope, self.now)
        is_nobody = at.scope.kind is ScopeKind.GROUP and new.approvers == frozenset()
        if isinstance(answer, Refused):
            self._refuse("change policy")
            # Who is gone may stay named only in the very words that the policy has.
            is_gone = self.model.deleted & {at.scope.path, *(given.get("approvers") or ())}
            assert not is_lawful or is_nobody or is_gone, answer.problems
            return
        self.saw(f"change policy: {', '.join(given)}")
        assert is_lawful
        assert not is_nobody, "only of the directory somebody decides where nobody is named"
        assert not named & self.model.deleted, "nobody who is gone is named"
        self.model.policies[at] = new

    def look(self, person: PrincipalId, group: PrincipalId, view: View, *kinds: GrantKind) -> None:
        """Asks who is in a group: all of it is told to some, and nothing to others."""
        told = self.run(self.place.look(view, person, group, self.now))
        may_look = self.model.may_look(person, group_scope(group), self.now)
        assert isinstance(told, Refused) is not may_look, (person, group)
        if not isinstance(told, Refused):
            scope, known = group_scope(group), self.model.held
            held = {h.id for h in known if h.slot.scope == scope and h.is_held(self.now)}
            assert told == held.intersection(h.id for h in known if h.kind in kinds)
        self.saw(f"look{REFUSED}" if isinstance(told, Refused) else "look")

    def _refuse(self, what: str) -> None:
        self.refusals += 1
        self.saw(f"{what}{REFUSED}")

    def _settle(self, asked: Asked, draft: Draft, answer: Request, result: ReviewResult) -> None:
        assert answer.status in ANSWERED[result]
        asked.status = answer.status
        if answer.status is Status.FAILED:
            assert not self.model.is_free(draft, self.now), "nothing speaks against it"
        elif result is ReviewResult.APPROVE:
            self._write(asked, draft)
            assert answer.status is asked.status

    @property
    def next_change(self) -> Instant:
        """When something that is known will begin or end next; an hour ahead if nothing will."""
        moments = {m for h in self.model.held for m in (h.start, h.until)}
        moments |= {a.at + timedelta(hours=24) for a in self.model.asked}
        ahead = [m for m in moments if self.now < m < MORNING + timedelta(days=3650)]
        return min(ahead, default=self.now + timedelta(hours=1))

    def teardown(self) -> None:
        """Nothing is left open."""
        self.run(self.place.store.close())
        self.runner.close()
