"""People who add and remove what they prove themselves with."""

from collections.abc import Sequence

from timebound.application.changes import PutFactor, RemoveFactor, Write, principal_key
from timebound.application.directory.objects import load_changed
from timebound.application.directory.work import Recorder, Versions, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.factor_ports import Factor
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind
from timebound.domain.principal_changes import refuse_absent
from timebound.domain.requirements import Operation

# Whoever may change their password may change what else they prove themselves with.
_NEEDED = Operation.CHANGE_OWN_PASSWORD


async def change_own_factors(
    work: Work, added: Sequence[Factor], removed: Sequence[Factor] = ()
) -> tuple[Factor, ...] | Refused:
    """Adds factors to the caller's own and removes others of theirs; each kind is told once."""
    caller_id = work.token.principal_id

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[tuple[Factor, ...]]]:
        facts = await load_changed(work, versions, caller_id)
        if facts.object is None:
            return facts.caller, refuse_absent(facts, (_NEEDED,))
        problems = authorize(_NEEDED, facts.caller, facts.target)
        if problems:
            return facts.caller, Refused(problems)

        async def record(teller: Teller) -> Record[tuple[Factor, ...]]:
            writes: tuple[Write, ...] = (
                *(RemoveFactor(caller_id, one.id) for one in removed),
                *(PutFactor(one) for one in added),
            )
            told = (
                *_tell(teller, EventKind.FACTOR_REMOVED, removed),
                *_tell(teller, EventKind.FACTOR_ADDED, added),
            )
            keys = frozenset({principal_key(caller_id)})
            return Record(tuple(added), writes, told, keys)

        return facts.caller, record

    return await carry_out(work, caller_id, {"action": "changeOwnFactors"}, judge)


def _tell(teller: Teller, kind: EventKind, factors: Sequence[Factor]) -> list[Event]:
    found = dict.fromkeys((one.user_id, one.kind) for one in factors)
    return [teller.tell(kind, user_id, {"kind": factor.value}) for user_id, factor in found]
