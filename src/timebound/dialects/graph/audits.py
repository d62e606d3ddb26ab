"""The logs: `auditLogs/directoryAudits` and `auditLogs/signIns`, listed and read one by one."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from timebound.application.audit_ports import KeptAudit
from timebound.application.audit_reading import (
    keep_noted,
    keep_up,
    only_interactive,
    read_audits,
    read_sign_ins,
)
from timebound.application.log_ports import DamagedLogError
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.sign_in_log_ports import KeptSignIn
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.audits import show_audit
from timebound.dialects.graph.convert.sign_ins import show_sign_in
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, get_one, list_everything
from timebound.dialects.graph.problems import say_damage
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.sets import EntitySet
from timebound.domain.decide import Refused

_Prepare: TypeAlias = Callable[[Call], Awaitable[Refused | None]]

_LARGEST_PAGE: Final = 1_000
_NEWEST_FIRST: Final = (Order("at", is_descending=True), Order("id", is_descending=True))

DIRECTORY_AUDITS: Final[EntitySet[KeptAudit]] = EntitySet(
    "auditLogs/directoryAudits",
    View.DIRECTORY_AUDITS,
    Kind("directoryAudit", show_audit),
    read_audits,
    _NEWEST_FIRST,
    page_size=_LARGEST_PAGE,
    largest_page=_LARGEST_PAGE,
)


async def _read_interactive(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[Any] | Refused:
    # quirk(graph): only interactive sign-ins are listed unless a filter names others - signIn
    asked = replace(query, condition=only_interactive(query.condition))
    return await read_sign_ins(reader, view, relation, asked)


SIGN_INS: Final[EntitySet[KeptSignIn]] = EntitySet(
    "auditLogs/signIns",
    View.SIGN_INS,
    Kind("signIn", show_sign_in),
    _read_interactive,
    _NEWEST_FIRST,
    page_size=_LARGEST_PAGE,
    largest_page=_LARGEST_PAGE,
)


async def _follow_log(call: Call) -> Refused | None:
    try:
        return await keep_up(call.read_at(call.at), call.ports.trail)
    except DamagedLogError as damage:
        # Nobody is told less than what was done and taken for all of it.
        raise Refusal(say_damage(str(damage))) from damage


async def _keep_noted(call: Call) -> Refused | None:
    return await keep_noted(call.read_at(call.at), call.ports.sign_ins)


def _after(prepare: _Prepare, handle: Handler) -> Handler:
    """The handler, once what was done before the call can be read."""

    async def caught_up(call: Call) -> Answer:
        refused = await prepare(call)
        if refused is not None:
            raise await call.refuse(refused)
        return await handle(call)

    return caught_up


LOGS: Final[tuple[tuple[str, str, Handler], ...]] = tuple(
    ("GET", path, _after(prepare, handle))
    for entities, prepare in ((DIRECTORY_AUDITS, _follow_log), (SIGN_INS, _keep_noted))
    for path, handle in (
        (entities.path, list_everything(entities)),
        (f"{entities.path}/{{id}}", get_one(entities)),
    )
)
