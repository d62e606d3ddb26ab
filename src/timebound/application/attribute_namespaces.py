"""Namespaces of attributes made, read and deleted."""

from timebound.application.changes import AZURE
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.mark_ports import PutAttributeNamespace, RemoveAttributeNamespace
from timebound.application.reading import Reader
from timebound.application.versions import Versions
from timebound.domain.attribute_namespaces import (
    AttributeNamespace,
    NamespaceFacts,
    decide_namespace,
    decide_reading,
    decide_removal,
)
from timebound.domain.authority import Caller
from timebound.domain.azure.places import ROOT
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import PrincipalId

_PATH = "/providers/Microsoft.Authorization/attributeNamespaces"


def path_of(name: str) -> str:
    """The id of a namespace."""
    return f"{_PATH}/{name}"


async def create_namespace(
    work: Work, reader: Reader, name: str, owner_id: PrincipalId
) -> AttributeNamespace | Refused:
    """Makes a namespace for its owner; one of theirs that is there stays as it is."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[AttributeNamespace]]:
        facts = await _load(reader, versions, name, owner_id)
        decision = decide_namespace(facts, name, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[AttributeNamespace]:
            if decision == facts.found:
                return Record(decision)
            told = teller.tell(EventKind.NAMESPACE_CREATED, path_of(name), _describe(decision))
            return Record(decision, (PutAttributeNamespace(decision),), (told,), frozenset({AZURE}))

        return facts.caller, record

    asked: dict[str, Fact] = {"node": path_of(name), "action": "create", "ownerId": owner_id}
    return await carry_out(work, path_of(name), asked, judge)


async def delete_namespace(work: Work, reader: Reader, name: str) -> bool | Refused:
    """Deletes a namespace; whether there was one."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[bool]]:
        facts = await _load(reader, versions, name)
        decision = decide_removal(facts)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[bool]:
            if decision is None:
                return Record(outcome=False)
            told = teller.tell(
                EventKind.NAMESPACE_DELETED, path_of(decision.name), _describe(decision)
            )
            gone = RemoveAttributeNamespace(decision.name)
            return Record(True, (gone,), (told,), frozenset({AZURE}))  # noqa: FBT003 - the outcome

        return facts.caller, record

    asked: dict[str, Fact] = {"node": path_of(name), "action": "delete"}
    return await carry_out(work, path_of(name), asked, judge)


async def read_namespace(reader: Reader, name: str) -> AttributeNamespace | Refused:
    """A namespace, for whoever may read it."""
    return decide_reading(await _load(reader, Versions(), name), name)


async def _load(
    reader: Reader, versions: Versions, name: str, owner_id: PrincipalId | None = None
) -> NamespaceFacts:
    """What a decision rests on; the versions are loaded first."""
    store, tenant_id = reader.store, reader.token.tenant_id
    loaded = await store.load_rights(reader.token, ROOT, reader.at)
    versions.add(loaded.versions)
    found = await store.find_attribute_namespace(tenant_id, name)
    owner = None
    if owner_id is not None:
        owner = (await store.find_objects(tenant_id, [owner_id])).get(owner_id)
    return NamespaceFacts(loaded.caller, loaded.rights, found, owner)


def _describe(found: AttributeNamespace) -> dict[str, Fact]:
    return {"node": path_of(found.name), "ownerId": found.owner_id}
