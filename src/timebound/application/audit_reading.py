"""Reading the logs: whoever may, finds what was done before they asked."""

from timebound.application.audit_ports import KeptAudit, Trail
from timebound.application.queries import (
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    Operator,
    Or,
    Page,
    Query,
)
from timebound.application.reading import Reader
from timebound.application.sign_in_log_ports import KeptSignIn, SignInKind, SignInNotes
from timebound.application.views import Relation, View
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem

EVENT_TYPES = "event_types"


async def keep_up(reader: Reader, trail: Trail) -> Refused | None:
    """Makes the records of what is committed; nobody who may not read them causes that.

    BUSY where so much was behind that it takes several goes: nobody takes a part for all of it.
    """
    caller = await reader.admit(View.DIRECTORY_AUDITS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    is_complete = await trail.catch_up(reader.token.tenant_id, reader.at)
    return None if is_complete else Refused((Problem(Code.BUSY),))


async def keep_noted(reader: Reader, notes: SignInNotes) -> Refused | None:
    """Keeps the sign-ins that have been noted, for somebody who may read them."""
    caller = await reader.admit(View.SIGN_INS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    await notes.flush()
    return None


async def read_audits(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[KeptAudit] | Refused:
    """A page of the audit records of the tenant."""
    caller = await reader.admit(view, relation)
    if isinstance(caller, Refused):
        return caller
    return await reader.store.read_audits(reader.token.tenant_id, query)


async def read_sign_ins(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[KeptSignIn] | Refused:
    """A page of the sign-ins of the tenant."""
    caller = await reader.admit(view, relation)
    if isinstance(caller, Refused):
        return caller
    return await reader.store.read_sign_ins(reader.token.tenant_id, query)


def only_interactive(condition: Condition) -> Condition:
    """The condition, for interactive sign-ins alone unless it names categories or one sign-in."""
    if _names(condition):
        return condition
    kind = Compare("kind", Operator.EQ, SignInKind.INTERACTIVE.value)
    return And((kind, condition))


def _names(condition: Condition) -> bool:
    match condition:
        case AnyOf(collection=name):
            return name == EVENT_TYPES
        case Compare(field=name):
            return name == "id"
        case And(parts=parts) | Or(parts=parts):
            return any(_names(part) for part in parts)
        case Not(part=part):
            return _names(part)
        case _:
            return False
