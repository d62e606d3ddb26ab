"""The federated identity credentials of an application: read, made, changed and deleted."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from timebound.application.constants import list_constants
from timebound.application.directory.workloads import change_workload
from timebound.application.directory_reading import Origin, find_origin, refuse_missing
from timebound.application.queries import Compare, Operator, Or, Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.directory_reads import sources
from timebound.dialects.graph.directory_reads.related import BY_ID
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take, work_of
from timebound.dialects.graph.directory_writes.bodies import (
    FederatedIdentityCredential,
    FlexibleFederatedIdentityCredential,
)
from timebound.dialects.graph.directory_writes.reading import read_members
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import answer_list, find_one, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.preferences import CREATE, read_preferences, say_applied
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.events import Fact
from timebound.domain.workloads import (
    EXPRESSION,
    FEDERATED,
    Described,
    WorkloadAsk,
    WorkloadChange,
    find_workload,
    list_workloads,
)

_PROPERTIES: Final = ("id", "name", "issuer", "subject", "description", "audiences")
_TYPE: Final = "federatedIdentityCredential"


def _show(one: Described, wording: Wording) -> dict[str, object]:
    names = (*_PROPERTIES, EXPRESSION) if wording.version is Version.BETA else _PROPERTIES
    return {name: one.get(name) for name in names}


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the federated credentials of one application."""

    origin: Origin

    async def __call__(
        self, reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[Described] | Refused:
        caller = await reader.admit(view, relation)
        if isinstance(caller, Refused):
            return caller
        found = await find_origin(reader, self.origin)
        if found is None:
            return refuse_missing(self.origin.key)
        kept = list_workloads(found.attributes)
        return list_constants([(one, _fields(one)) for one in kept], query)


def _fields(one: Described) -> dict[str, str]:
    return {name: str(one[name] or "") for name in ("id", "name", "issuer", "subject")}


_SOURCE: Final = sources.APPLICATIONS
_NOWHERE: Final = _Reading(Origin("", _SOURCE.kinds))
_SET: Final[EntitySet[Any]] = EntitySet(
    f"{_SOURCE.template}/{FEDERATED}", View.APPLICATIONS, Kind(_TYPE, _show), _NOWHERE, BY_ID
)


async def list_federated(call: Call) -> Answer:
    """Lists what an application trusts."""
    plan = plan_list(_SET, call.version, call.query)
    context = format_context(call.root, _path(call), plan.projection)
    return await answer_list(call, _place(call), Relation.ANYBODY, plan, context)


async def get_federated(call: Call) -> Answer:
    """One federated credential, by its id or its name."""
    projection = plan_one(_TYPE, call.version, call.query)
    named = (Compare(name, Operator.EQ, call.keys[1]) for name in ("id", "name"))
    found = await find_one(call, _place(call), Or(tuple(named)))
    context = format_context(call.root, _path(call), projection, is_entity=True)
    return await show_one(call, _place(call), found, context)


async def create_federated(call: Call) -> Answer:
    """Lets an application trust a workload of another issuer."""
    values = _read_values(call)
    key = call.ports.ids.new_id()
    ask = WorkloadAsk(WorkloadChange.ADD, key, values)
    changed = await take(call, await change_workload(work_of(call), read_key(call), ask))
    return _tell_made(call, find_workload(changed.attributes, key) or {})


async def update_federated(call: Call) -> Answer:
    """Changes which workload it is; by its name a client may have it made if there is none."""
    if "name" in call.arguments and read_preferences(call).creates_missing:
        return await _put_federated(call)
    ask = WorkloadAsk(WorkloadChange.CHANGE, call.keys[1], _read_values(call))
    await take(call, await change_workload(work_of(call), read_key(call), ask))
    return DONE


async def _put_federated(call: Call) -> Answer:
    name, fresh_id = call.keys[1], call.ports.ids.new_id()
    values = {"name": name, **_read_values(call)}
    ask = WorkloadAsk(WorkloadChange.PUT, name, values, fresh_id)
    changed = await take(call, await change_workload(work_of(call), read_key(call), ask))
    made = find_workload(changed.attributes, fresh_id)
    if made is None:
        return say_applied(DONE, CREATE)
    # What is made is where it was put, and not below that.
    return say_applied(replace(_tell_made(call, made), headers={"location": call.place}), CREATE)


def _tell_made(call: Call, made: Described) -> Answer:
    context = format_context(call.root, _path(call), is_entity=True)
    shown = _show(made, Wording(call.version, call.at))
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown})


async def delete_federated(call: Call) -> Answer:
    """Ends the trust."""
    ask = WorkloadAsk(WorkloadChange.REMOVE, call.keys[1])
    await take(call, await change_workload(work_of(call), read_key(call), ask))
    return DONE


def _read_values(call: Call) -> dict[str, Fact]:
    if call.version is Version.BETA:
        return read_members(read_body(call.body, FlexibleFederatedIdentityCredential))
    return read_members(read_body(call.body, FederatedIdentityCredential))


def _place(call: Call) -> EntitySet[Any]:
    read = _Reading(_SOURCE.find_origin(call))
    return replace(_SET, path=_SOURCE.spell(call, FEDERATED), read=read)


def _path(call: Call) -> str:
    return f"applications('{call.keys[0]}')/{FEDERATED}"
