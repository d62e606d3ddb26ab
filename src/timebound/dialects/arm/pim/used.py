"""Which eligibilities requests to activate stand on, as they are told of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timebound.dialects.arm.call import Call
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.requests import Action, Request
from timebound.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class Used:
    """An eligibility by its id, and where it is held."""

    id: GrantId
    scope: Scope


async def find_used(call: Call, rows: Sequence[Request]) -> Mapping[RequestId, Used]:
    """What activations stand on: as it was decided, or else as the client has named it.

    One that nobody has named is not told of while the request waits: which one is taken, is
    decided when somebody agrees.
    """
    asked = {row.id: row for row in rows if row.draft.action is Action.SELF_ACTIVATE}
    named = (one for row in asked.values() for one in (row.grant_id, row.draft.eligibility_id))
    ids = tuple(dict.fromkeys(one for one in named if one))
    grants = await call.ports.store.find_grants(call.token.tenant_id, ids) if ids else {}
    found = {row.id: _choose(row, grants) for row in asked.values()}
    return {id_: used for id_, used in found.items() if used is not None}


def _choose(request: Request, grants: Mapping[GrantId, Grant]) -> Used | None:
    made = grants.get(request.grant_id) if request.grant_id else None
    if made is not None and made.basis is not None:
        return Used(made.basis.eligibility_id, made.basis.slot.scope)
    named = request.draft.eligibility_id
    if named is None:
        return None
    held = grants.get(named)
    return Used(named, request.draft.slot.scope if held is None else held.slot.scope)
