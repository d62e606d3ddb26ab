"""The audit log: `auditLogs/directoryAudits`, listed and read one by one."""

from typing import Final

from timebound.application.audit_ports import KeptAudit
from timebound.application.audit_reading import keep_up, read_audits
from timebound.application.queries import Order
from timebound.application.views import View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.audits import show_audit
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, get_one, list_everything
from timebound.dialects.graph.sets import EntitySet

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


def _caught_up(handle: Handler) -> Handler:
    """The handler, behind the records of what was committed before the call."""

    async def caught_up(call: Call) -> Answer:
        refused = await keep_up(call.read_at(call.at), call.ports.trail, DIRECTORY_AUDITS.view)
        if refused is not None:
            raise await call.refuse(refused)
        return await handle(call)

    return caught_up


LOGS: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", DIRECTORY_AUDITS.path, _caught_up(list_everything(DIRECTORY_AUDITS))),
    ("GET", f"{DIRECTORY_AUDITS.path}/{{id}}", _caught_up(get_one(DIRECTORY_AUDITS))),
)
