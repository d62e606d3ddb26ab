"""Asking extensions about the activations that wait for them, each until it is settled.

An extension may be asked more than once (a server may die before it has noted the answer), always
under the same id. The first valid answer settles, in one change set that rests on the facts as they
are then; what comes later finds that nobody waits for it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from timebound.application.engine import Engine
from timebound.application.extension_ports import (
    ClaimedEvaluation,
    Consultant,
    EvaluationStore,
    ExtensionStore,
    Question,
)
from timebound.application.ports import Clock
from timebound.application.settling import settle_evaluation
from timebound.domain.evaluations import Evaluation, EvaluationAnswer
from timebound.domain.extensions import LONGEST_TIMEOUT
from timebound.domain.requests import Request, Status

HOLD: Final = timedelta(milliseconds=LONGEST_TIMEOUT) + timedelta(seconds=30)
"""How long others leave alone what somebody asks about: longer than any call takes."""
_PAUSE: Final = timedelta(seconds=1)
"""How long it is waited before an extension is asked again."""


class EvaluationTroubles(Protocol):
    """Is told what went wrong, so that operators learn of it."""

    def tell_unanswered(self, claimed: ClaimedEvaluation, why: str) -> None:
        """An extension gave no valid answer; what is asked again may have one yet."""
        ...

    def tell_fault(self, claimed: ClaimedEvaluation, error: BaseException) -> None:
        """What was asked could not be noted; it is asked again."""
        ...


class _Store(EvaluationStore, ExtensionStore, Protocol):
    """What is asked of the store besides what the engine asks of it."""


@dataclass(frozen=True, slots=True)
class Evaluations:
    """What evaluations are made with.

    `clock` is the one that activations are judged by, `system` that by which others know how long
    to leave alone what is held. An answer is noted under `lock`, as the clock stands then.
    """

    engine: Engine
    store: _Store
    consultant: Consultant
    troubles: EvaluationTroubles
    clock: Clock
    system: Clock
    lock: AbstractAsyncContextManager[None]

    async def claim(self, limit: int) -> Sequence[ClaimedEvaluation]:
        """What waits and is asked about by nobody."""
        at = self.system.now()
        return await self.store.claim_evaluations(at + HOLD, at, limit)

    async def evaluate(self, claimed: ClaimedEvaluation) -> None:
        """Asks once, and notes what comes of it; never raises."""
        try:
            await self._evaluate(claimed)
        except Exception as error:  # noqa: BLE001 - it must not stop what else is asked
            self.troubles.tell_fault(claimed, error)

    async def catch_up(self, limit: int) -> None:
        """Asks about everything that waits and that nobody else asks about."""
        while claimed := await self.claim(limit):
            await asyncio.gather(*(self.evaluate(one) for one in claimed))

    async def _evaluate(self, claimed: ClaimedEvaluation) -> None:
        request = await self.engine.store.load_request(claimed.tenant_id, claimed.request_id)
        asked = request.evaluation if request else None
        if request is None or asked is None or not self._is_waiting(request):
            # It was settled a moment ago, or will be: nobody decided on it in time.
            return
        answer = await self._ask(claimed, request, asked)
        if isinstance(answer, _Again):
            await self.store.hold_evaluation(claimed, self.system.now() + _PAUSE)
            return
        async with self.lock:
            at = self.clock.now()
            await settle_evaluation(self.engine, claimed.tenant_id, request, answer, at)

    def _is_waiting(self, request: Request) -> bool:
        return request.status_at(self.clock.now()) is Status.PENDING_EVALUATION

    async def _ask(
        self, claimed: ClaimedEvaluation, request: Request, asked: Evaluation
    ) -> "EvaluationAnswer | _Again | None":
        found = await self.store.find_extensions(claimed.tenant_id, [asked.extension_id])
        extension = found.get(asked.extension_id)
        if extension is None or not extension.fits(asked.stage, request.draft.slot.scope.kind):
            self.troubles.tell_unanswered(claimed, "the extension is not there, or for other uses")
            return None
        names = (claimed.tenant_id, request.id, asked.stage.value, asked.extension_id)
        call_id = self.engine.ids.derive_id(*names)
        at = self.clock.now()
        question = Question(claimed.tenant_id, request, extension, call_id, at)
        answer = await self.consultant.consult(question)
        if isinstance(answer, EvaluationAnswer):
            return answer
        self.troubles.tell_unanswered(claimed, answer)
        return _Again() if claimed.attempts < extension.retries else None


class _Again:
    """It is asked again."""
