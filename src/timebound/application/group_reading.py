"""Questions about who is in groups for a time, and who has asked to be.

Who may ask depends on the group, hence on what the query names; what a query about several groups
tells somebody who may look into ordinary ones alone is narrowed to these.
"""

from dataclasses import dataclass, replace
from typing import Final

from timebound.application.queries import And, Compare, Operator, Page, Query, find_pinned_values
from timebound.application.reading import Reader
from timebound.application.views import GrantRow, Relation, View
from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId
from timebound.domain.kinds_of_work import WORK, Deeds
from timebound.domain.licensing import check_license
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import ScopeKind

_ELIGIBILITIES: Final = frozenset(
    {View.ELIGIBILITY_INSTANCES, View.ELIGIBILITY_SCHEDULES, View.ELIGIBILITY_REQUESTS}
)
_REQUESTS: Final = frozenset({View.ELIGIBILITY_REQUESTS, View.ASSIGNMENT_REQUESTS})
_ORDINARY: Final = Compare("is_of_ordinary_group", Operator.EQ, value=True)
_PRIVILEGED: Final = Target(is_privileged=True)


@dataclass(frozen=True, slots=True)
class _Admitted:
    """Who asks, and what of their question is answered."""

    caller: Caller
    query: Query


async def read_group_grants(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[GrantRow] | Refused:
    """Schedules or instances of memberships and ownerships."""
    admitted = await _admit(reader, view, relation, query)
    if isinstance(admitted, Refused):
        return admitted
    audience = reader.audience(relation, ScopeKind.GROUP)
    return await reader.find_grants(admitted.caller, view, audience, admitted.query)


async def read_group_requests(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[Request] | Refused:
    """Requests about memberships and ownerships."""
    admitted = await _admit(reader, view, relation, query)
    if isinstance(admitted, Refused):
        return admitted
    audience = reader.audience(relation, ScopeKind.GROUP)
    return await reader.find_requests(admitted.caller, view, audience, admitted.query)


async def admit_to_groups(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Query | Refused:
    """What of a question about groups the caller may ask."""
    admitted = await _admit(reader, view, relation, query)
    return admitted if isinstance(admitted, Refused) else admitted.query


async def _admit(
    reader: Reader, view: View, relation: Relation, query: Query
) -> _Admitted | Refused:
    is_eligibility = view in _ELIGIBILITIES
    kind = RequestKind.ELIGIBILITY if is_eligibility else RequestKind.ASSIGNMENT
    deeds = WORK[ScopeKind.GROUP].of(kind)
    if relation is not Relation.ANYBODY:
        caller = await reader.store.load_caller(reader.token, reader.at)
        return _license(reader, caller, Refused(authorize(deeds.read_own, caller)), query)
    group_id = await _find_group(reader, view, query)
    if group_id is None:
        return await _admit_to_many(reader, deeds, query)
    facts = (await reader.store.load_target(reader.token, group_id, reader.at)).facts
    refused = Refused(authorize(deeds.read, facts.caller, facts.as_seen))
    return _license(reader, facts.caller, refused, query)


async def _admit_to_many(reader: Reader, deeds: Deeds, query: Query) -> _Admitted | Refused:
    """Who asks about no group in particular is told of those that their roles count for."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    if authorize(deeds.read, caller, _PRIVILEGED):
        query = replace(query, condition=And((_ORDINARY, query.condition)))
    return _license(reader, caller, Refused(authorize(deeds.read, caller)), query)


def _license(reader: Reader, caller: Caller, refused: Refused, query: Query) -> _Admitted | Refused:
    problems = refused.problems or check_license(caller.settings, reader.at)
    return Refused(problems) if problems else _Admitted(caller, query)


async def _find_group(reader: Reader, view: View, query: Query) -> PrincipalId | None:
    """The only group that a query can find something about, whoever asks."""
    pinned = find_pinned_values(query.condition)
    if "scope" in pinned:
        return PrincipalId(str(pinned["scope"]))
    if "id" not in pinned:
        return None
    audience = reader.audience(Relation.ANYBODY, ScopeKind.GROUP)
    asked = replace(query, limit=1, after=None, is_counted=False)
    if view in _REQUESTS:
        requests = await reader.store.read_requests(view, audience, asked, reader.at)
        scopes = [request.draft.slot.scope for request in requests.rows]
    else:
        grants = await reader.store.read_grants(view, audience, asked, reader.at)
        scopes = [row.grant.slot.scope for row in grants.rows]
    return PrincipalId(scopes[0].path) if scopes else None
