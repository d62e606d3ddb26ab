"""People who add and remove what they prove themselves with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from timebound.application.changes import PutFactor, RemoveFactor, Write, principal_key
from timebound.application.directory.objects import load_changed
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.factor_ports import Factor, FactorKind, FactorStore
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind
from timebound.domain.principal_changes import PrincipalFacts, refuse_absent
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requirements import Operation

# Whoever may change their password may change what else they prove themselves with.
_NEEDED = Operation.CHANGE_OWN_PASSWORD


@dataclass(frozen=True, slots=True)
class FactorChange:
    """What somebody has from now on, and what no more; empty where nothing changes."""

    added: tuple[Factor, ...] = ()
    removed: tuple[Factor, ...] = ()


Choose: TypeAlias = Callable[[tuple[Factor, ...]], FactorChange]
"""What changes, of what somebody has at the moment of writing."""


def has_factor(held: Sequence[Factor]) -> bool:
    """Whether there is anything to prove oneself with; codes on paper alone are nothing."""
    return any(one.kind is not FactorKind.RECOVERY for one in held)


async def change_own_factors(
    work: Work, store: FactorStore, choose: Choose, *, has_proved: bool
) -> FactorChange | Refused:
    """Changes the factors of the caller; each kind is told once.

    Who has one and has not proved themselves with it (`has_proved`) changes nothing. That is judged
    of what is there when it is written: of several who set up a first one at once, one does.
    """
    caller_id = work.token.principal_id

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[FactorChange]]:
        facts = await load_changed(work, versions, caller_id)
        # Read after the version that a change of them raises.
        held = await store.list_factors(work.token.tenant_id, caller_id)
        refused = _refuse(facts, held, has_proved=has_proved)
        if refused is not None:
            return facts.caller, refused
        chosen = choose(held)

        async def record(teller: Teller) -> Record[FactorChange]:
            return _record(chosen, teller)

        return facts.caller, record

    return await carry_out(work, caller_id, {"action": "changeOwnFactors"}, judge)


def _refuse(facts: PrincipalFacts, held: tuple[Factor, ...], *, has_proved: bool) -> Refused | None:
    if facts.object is None:
        return refuse_absent(facts, (_NEEDED,))
    problems = authorize(_NEEDED, facts.caller, facts.target)
    if not problems and has_factor(held) and not has_proved:
        problems = (Problem(Code.ACCESS_DENIED, reason=Reason.MFA_MISSING),)
    return Refused(problems) if problems else None


def _record(chosen: FactorChange, teller: Teller) -> Record[FactorChange]:
    changed = (*chosen.removed, *chosen.added)
    writes: tuple[Write, ...] = (
        *(RemoveFactor(one.user_id, one.id) for one in chosen.removed),
        *(PutFactor(one) for one in chosen.added),
    )
    told = (
        *tell_factors(teller, EventKind.FACTOR_REMOVED, chosen.removed),
        *tell_factors(teller, EventKind.FACTOR_ADDED, chosen.added),
    )
    keys = frozenset(principal_key(one.user_id) for one in changed)
    return Record(chosen, writes, told, keys)


def tell_factors(teller: Teller, kind: EventKind, factors: Sequence[Factor]) -> list[Event]:
    """The events about factors that are added or removed: one of each kind of factor."""
    found = dict.fromkeys((one.user_id, one.kind) for one in factors)
    return [teller.tell(kind, user_id, {"kind": factor.value}) for user_id, factor in found]
