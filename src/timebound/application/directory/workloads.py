"""Federated credentials of applications: added, changed, taken away, and told in the log."""

from collections.abc import Mapping

from timebound.application.changes import PutObject, principal_key
from timebound.application.directory.objects import load_changed
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.workloads import (
    EXPRESSION,
    Described,
    WorkloadAsk,
    WorkloadChange,
    decide_workload,
    list_workloads,
)


async def change_workload(
    work: Work, object_id: PrincipalId, ask: WorkloadAsk
) -> DirectoryObject | Refused:
    """Changes which workloads of other issuers count as an application."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, object_id)
        before, decision = facts.object, decide_workload(facts, ask)
        if isinstance(decision, Refused) or before is None:
            return facts.caller, decision if isinstance(decision, Refused) else Refused(())

        async def record(teller: Teller) -> Record[DirectoryObject]:
            events = tuple(_tell(before, decision, teller))
            writes, keys = (PutObject(decision),), frozenset({principal_key(object_id)})
            return Record(decision, writes, events, keys)

        return facts.caller, record

    change = WorkloadChange.CHANGE if ask.change is WorkloadChange.PUT else ask.change
    asked: dict[str, Fact] = {
        "objectKind": ObjectKind.APPLICATION.value,
        "action": f"{change.value}FederatedIdentityCredential",
        "keyId": ask.key,
    }
    return await carry_out(work, object_id, asked, judge)


def _tell(before: DirectoryObject, after: DirectoryObject, teller: Teller) -> list[Event]:
    """What came to be trusted and what is trusted no more; what was changed is both."""
    old, new = (set(map(_known_by, list_workloads(one.attributes))) for one in (before, after))
    pairs = ((EventKind.SECRET_REMOVED, old - new), (EventKind.SECRET_ADDED, new - old))
    return [
        teller.tell(kind, after.id, _describe(one)) for kind, several in pairs for one in several
    ]


def _known_by(one: Described) -> tuple[Fact, ...]:
    kept = one.get(EXPRESSION)
    expression = kept.get("value") if isinstance(kept, Mapping) else None
    return (one["id"], one["issuer"], one["subject"], one["audiences"], expression)


def _describe(one: tuple[Fact, ...]) -> Mapping[str, Fact]:
    names = ("keyId", "issuer", "subject", "audiences", EXPRESSION)
    kind = {"type": "federatedIdentityCredential", "objectKind": ObjectKind.APPLICATION.value}
    told = {name: value for name, value in zip(names, one, strict=True) if value is not None}
    return {**told, **kind}
