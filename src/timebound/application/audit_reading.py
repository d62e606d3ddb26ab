"""Reading the audit log: whoever may, finds what was committed before they asked."""

from timebound.application.audit_ports import KeptAudit, Trail
from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.domain.decide import Refused


async def keep_up(reader: Reader, trail: Trail, view: View) -> Refused | None:
    """Makes the records of what is committed; nobody who may not read them causes that."""
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    await trail.catch_up(reader.token.tenant_id, reader.at)
    return None


async def read_audits(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[KeptAudit] | Refused:
    """A page of the audit records of the tenant."""
    caller = await reader.admit(view, relation)
    if isinstance(caller, Refused):
        return caller
    return await reader.store.read_audits(reader.token.tenant_id, query)
