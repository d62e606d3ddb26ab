"""What is held and asked for at places of Azure: who may look, and what they are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.application.azure_ports import LoadedRights
from timebound.application.queries import Page, Query, find_pinned_values
from timebound.application.reading import Reader
from timebound.application.views import Area, Audience, GrantRow, Reach, Relation, View
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId
from timebound.domain.kinds_of_work import WORK
from timebound.domain.licensing import check_license
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import Scope, ScopeKind

_WORK: Final = WORK[ScopeKind.AZURE]
_ELIGIBILITIES: Final = (_WORK.eligibilities.read, _WORK.eligibilities.read_own)
_ASSIGNMENTS: Final = (_WORK.assignments.read, _WORK.assignments.read_own)
_DEEDS: Final[Mapping[View, tuple[Operation, Operation]]] = {
    View.ELIGIBILITY_INSTANCES: _ELIGIBILITIES,
    View.ELIGIBILITY_SCHEDULES: _ELIGIBILITIES,
    View.ELIGIBILITY_REQUESTS: _ELIGIBILITIES,
    View.ASSIGNMENT_INSTANCES: _ASSIGNMENTS,
    View.ASSIGNMENT_SCHEDULES: _ASSIGNMENTS,
    View.ASSIGNMENT_REQUESTS: _ASSIGNMENTS,
    View.APPROVALS: (_WORK.read_approvals, _WORK.read_own_approvals),
}
"""What looking at everybody's entries has to be permitted as, and at one's own."""
_PLAIN: Final[Mapping[View, Operation]] = {
    View.ROLE_ASSIGNMENTS: Operation.READ_AZURE_ROLE_ASSIGNMENTS
}
KINDS: Final = {
    View.ELIGIBILITY_REQUESTS: RequestKind.ELIGIBILITY,
    View.ASSIGNMENT_REQUESTS: RequestKind.ASSIGNMENT,
}


@dataclass(frozen=True, slots=True)
class AzureQuestion:
    """Which entries are asked for: around which place, and whose.

    With PRINCIPAL they are those of `principal_id` and of their groups, of the caller where nobody
    is named. The place may be spelled in any casing.
    """

    place: Scope
    reach: Reach
    relation: Relation = Relation.ANYBODY
    principal_id: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may ask, and of whom and where they do."""

    caller: Caller
    audience: Audience


async def admit_to_azure(
    reader: Reader, view: View, question: AzureQuestion, query: Query
) -> Admitted | Refused:
    """Whether the caller may ask: everybody about themselves, others by their roles at the place.

    Who may is told that a place is not there.
    """
    loaded = await reader.store.load_rights(reader.token, question.place, reader.at)
    return judge_question(reader, view, question, query, loaded)


def judge_question(
    reader: Reader, view: View, question: AzureQuestion, query: Query, loaded: LoadedRights
) -> Admitted | Refused:
    """The same by the caller's rights at the place, once these are loaded as of the instant."""
    caller = loaded.caller
    is_own = _is_own(caller.id, question, query)
    problems = authorize(_choose(view, is_own=is_own), caller, loaded.target)
    if not problems and view in _DEEDS:
        problems = check_license(caller.settings, reader.at)
    if not problems and _is_told_absence(view, loaded):
        problems = (Problem(Code.SCOPE_NOT_FOUND, value=loaded.rights.scope.path),)
    if problems:
        return Refused(problems)
    is_everybody = question.relation is Relation.ANYBODY
    principal_id = None if is_everybody else question.principal_id or caller.id
    area = Area(loaded.rights.scope.path, question.reach)
    audience = Audience(
        reader.token.tenant_id, question.relation, principal_id, ScopeKind.AZURE, area=area
    )
    return Admitted(caller, audience)


async def read_azure_grants(
    reader: Reader, view: View, admitted: Admitted, query: Query
) -> Page[GrantRow]:
    """A page of schedules, instances or role assignments as of the reader's instant."""
    return await reader.find_grants(admitted.caller, view, admitted.audience, query)


async def read_azure_requests(
    reader: Reader, view: View, admitted: Admitted, query: Query
) -> Page[Request]:
    """A page of requests as of the reader's instant."""
    return await reader.find_requests(admitted.caller, view, admitted.audience, query)


def _is_told_absence(view: View, loaded: LoadedRights) -> bool:
    """Whether the place is not there, and the caller may be told so.

    Who asks for their own has nothing at such a place; that alone is no secret.
    """
    if loaded.is_known:
        return False
    return not authorize(_choose(view, is_own=False), loaded.caller, loaded.target)


def _is_own(caller_id: PrincipalId, question: AzureQuestion, query: Query) -> bool:
    if question.relation is not Relation.ANYBODY:
        return question.principal_id in (None, caller_id)
    return find_pinned_values(query.condition).get("principal_id") == caller_id


def _choose(view: View, *, is_own: bool) -> Operation:
    deeds = _DEEDS.get(view)
    if deeds is None:
        return _PLAIN[view]
    of_all, of_own = deeds
    return of_own if is_own else of_all
