"""Certificates that an application adds and takes away with the proof that it has one."""

from dataclasses import dataclass, field

from timebound.application.changes import PutObject, principal_key
from timebound.application.directory.keys import tell_keys
from timebound.application.directory.objects import load_changed
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.ports import Possession
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.program_changes import decide_key, decide_key_removal, find_roller
from timebound.domain.workloads import Described


@dataclass(frozen=True, slots=True)
class KeyRoll:
    """A certificate that is to be added, or the id of one that is to go, and the proof."""

    proof: str = field(repr=False)
    key_id: str
    added: Described | None = None


async def roll_key(
    work: Work, possession: Possession, kind: ObjectKind, object_id: PrincipalId, roll: KeyRoll
) -> DirectoryObject | Refused:
    """Adds a certificate to an object or takes one away; only who has the key of one may."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        found = find_roller(facts, kind)
        if isinstance(found, Refused):
            return facts.caller, found
        is_proved = possession.proves(roll.proof, found)
        if roll.added is not None:
            decision = decide_key(found, roll.added, is_proved=is_proved)
        else:
            decision = decide_key_removal(found, roll.key_id, is_proved=is_proved)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            events = tuple(tell_keys(found, decision, teller))
            keys = frozenset({principal_key(object_id)})
            return Record(decision, (PutObject(decision),), events, keys)

        return facts.caller, record

    action = "removeKey" if roll.added is None else "addKey"
    asked: dict[str, Fact] = {
        "action": action,
        "keyId": roll.key_id,
        "objectKind": kind.value,
    }
    return await carry_out(work, object_id, asked, judge)
