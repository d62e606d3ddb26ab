"""The settings of the tree of Azure, kept at its root group: read, set and removed."""

from typing import TypeVar

from timebound.application.azure_nodes import load_node_facts
from timebound.application.azure_tree import load_facts
from timebound.application.azure_writes import PutScope
from timebound.application.changes import AZURE
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.node_records import tell_settings
from timebound.application.reading import Reader
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.azure.nodes import HierarchySettings, Node
from timebound.domain.decide import Refused
from timebound.domain.hierarchy_changes import (
    AskedSettings,
    decide_no_settings,
    decide_reading_settings,
    decide_settings,
)
from timebound.domain.scopes import Scope

Outcome = TypeVar("Outcome")


async def read_settings(reader: Reader, place: Scope) -> HierarchySettings | Refused | None:
    """What is set at the root group, which the place has to be; none where nothing is."""
    return decide_reading_settings(await load_facts(reader, place))


async def put_settings(work: Work, place: Scope, asked: AskedSettings) -> Node | Refused:
    """Sets something at the root group, which the place has to be; told in an event."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Node]]:
        beside = (asked.default_group,) if asked.default_group else ()
        facts = await load_node_facts(work, versions, place, beside=beside)
        decision = decide_settings(facts, asked, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision
        return facts.caller, _record(decision, decision)

    return await carry_out(work, place.path, {"node": place.path, "action": "setHierarchy"}, judge)


async def remove_settings(work: Work, place: Scope) -> bool | Refused:
    """Whether anything was set at the root group, which is so no more; told only then."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[bool]]:
        facts = await load_node_facts(work, versions, place)
        decision = decide_no_settings(facts, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision
        return facts.caller, _record(decision is not None, decision)

    return await carry_out(
        work, place.path, {"node": place.path, "action": "unsetHierarchy"}, judge
    )


def _record(outcome: Outcome, root: Node | None) -> Recorder[Outcome]:
    """The record of the root group as it is from now on; of nothing where it stays."""

    async def record(teller: Teller) -> Record[Outcome]:
        if root is None:
            return Record(outcome)
        put = PutScope(root.place, root.parent, root.content)
        return Record(outcome, (put,), (tell_settings(teller, root),), frozenset({AZURE}))

    return record
