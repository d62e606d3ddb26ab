"""Approvals of activations: what somebody has to decide, and the word that decides it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, TypeAlias

from timebound.application.approval_reading import (
    ApprovalRow,
    admit_to_approvals,
    find_approval,
    read_approvals,
)
from timebound.application.constants import list_constants
from timebound.application.queries import Compare, Operator, Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.settling import OpenRequest, decide_on_approval
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.approvals import (
    name_parts,
    read_verdict,
    show_approval,
    show_stage,
)
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.group_sets import GROUP_ROOT
from timebound.dialects.graph.kinds import Kind, Link
from timebound.dialects.graph.lists import Handler, answer_list, list_everything, list_own, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.sets import ABOUT, BY_AGE, EntitySet
from timebound.dialects.graph.wire import ApprovalStep, read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.problems import Code
from timebound.domain.scopes import ScopeKind

_Row: TypeAlias = tuple[str, str, Handler, frozenset[Version]]
_PARTS: Final = {
    Version.V1: Kind("approvalStage", show_stage),
    Version.BETA: Kind("approvalStep", show_stage),
}


async def _find_parts(call: Call, rows: Sequence[ApprovalRow]) -> Sequence[Sequence[ApprovalRow]]:
    del call  # the only stage is part of the approval
    return [(row,) for row in rows]


def _link_parts(version: Version) -> Link:
    return Link(_find_parts, lambda: _PARTS[version], is_many=True)


_APPROVAL: Final = Kind(
    "approval", show_approval, {name_parts(version): _link_parts(version) for version in Version}
)


def _make_set(path: str, kind: ScopeKind) -> EntitySet[ApprovalRow]:
    """The approvals of what is activated at scopes of a kind."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[ApprovalRow] | Refused:
        del view  # there is one
        return await read_approvals(reader, kind, relation, query)

    async def admit(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Query | Refused:
        del view  # there is one
        admitted = await admit_to_approvals(reader, kind, relation)
        return admitted if isinstance(admitted, Refused) else query

    return EntitySet(
        path, View.APPROVALS, _APPROVAL, read, BY_AGE, ABOUT, is_read_now=True, admit=admit
    )


@dataclass(frozen=True, slots=True)
class _Approvals:
    """What is done about the approvals of a set."""

    entities: EntitySet[ApprovalRow]
    kind: ScopeKind

    def ask(self, handle: Handler) -> Handler:
        """The handler for those who have a permission to read approvals at all."""

        async def admitted(call: Call) -> Answer:
            reader = call.read_at(call.at)
            found = await admit_to_approvals(reader, self.kind, Relation.APPROVER)
            if isinstance(found, Refused):
                raise await self._refuse(call, found)
            return await handle(call)

        return admitted

    async def list_own(self, call: Call) -> Answer:
        """What concerns the signed-in person, in the words of approvals."""
        word = call.arguments.get("on", "")
        # Elsewhere it is called `principal`, and that is what a link to a next page says.
        on = Relation.PRINCIPAL.value if word.lower() == "target" else word
        return await list_own(self.entities)(replace(call, arguments={**call.arguments, "on": on}))

    async def get(self, call: Call) -> Answer:
        """One approval, with the context of its stages."""
        projection = plan_one("approval", call.version, call.query)
        context = format_context(call.root, self.entities.path, projection, is_entity=True)
        row = await self._find(call)
        answer = await show_one(call, self.entities, row, context)
        told, name = dict(answer.body or {}), name_parts(call.version)
        if name in told:
            parts = told.pop(name)
            path = self._parts_of(call, row).path
            told |= {f"{name}@odata.context": format_context(call.root, path), name: parts}
        return replace(answer, body=told)

    async def list_parts(self, call: Call) -> Answer:
        """The stages of an approval."""
        parts = self._parts_of(call, await self._find(call))
        plan = plan_list(parts, call.version, call.query)
        context = format_context(call.root, parts.path, plan.projection)
        return await answer_list(call, parts, Relation.ANYBODY, plan, context)

    async def get_part(self, call: Call) -> Answer:
        """The only stage of an approval."""
        row = await self._find(call)
        _check_part(call)
        parts = self._parts_of(call, row)
        projection = plan_one(parts.kind.type_name, call.version, call.query)
        context = format_context(call.root, parts.path, projection, is_entity=True)
        return await show_one(call, parts, row, context)

    async def decide(self, call: Call) -> Answer:
        """An approver's word on the only stage of an approval."""
        verdict = read_verdict(read_body(call.body, ApprovalStep))
        _check_part(call)
        waiting = OpenRequest(RequestId(call.keys[0].lower()), self.kind)
        outcome = await decide_on_approval(call.engine, call.token, waiting, verdict, call.at)
        if isinstance(outcome, Refused):
            raise await self._refuse(call, outcome)
        return Answer(HTTPStatus.NO_CONTENT)

    async def _find(self, call: Call) -> ApprovalRow:
        """The approval that is asked for; to whom it is no business of it is not there."""
        query = Query(1, Compare("id", Operator.EQ, call.keys[0].lower()), BY_AGE)
        found = await find_approval(call.read_at(call.at), self.kind, query)
        if isinstance(found, Refused):
            raise await self._refuse(call, found)
        if found is None:
            raise Refusal(_NOT_FOUND)
        return found

    def _parts_of(self, call: Call, row: ApprovalRow) -> EntitySet[ApprovalRow]:
        """The stages of an approval as a set of their own: there is one."""

        async def read(
            reader: Reader, view: View, relation: Relation, query: Query
        ) -> Page[ApprovalRow] | Refused:
            del reader, view, relation  # who may read the approval may read its stages
            return list_constants([(row, {"id": row.request.id})], query)

        path = f"{self.entities.path}('{row.request.id}')/{name_parts(call.version)}"
        kind = _PARTS[call.version]
        return EntitySet(path, View.APPROVALS, kind, read, (Order("id"),), is_read_now=True)

    async def _refuse(self, call: Call, refused: Refused) -> Refusal:
        """What is refused in the words of approvals, where they have words of their own."""
        first = refused.problems[0]
        match first.code:
            case Code.REQUEST_NOT_FOUND:
                return Refusal(_NOT_FOUND)
            case Code.INVALID_REQUEST:
                return bad_request(f"The property '{first.property}' is missing.")
            case Code.PERMISSION_MISSING if self.kind is ScopeKind.DIRECTORY:
                return Refusal(_NOT_PERMITTED, Code.PERMISSION_MISSING.value)
            case _:
                return await call.refuse(refused)


def _check_part(call: Call) -> None:
    if call.keys[1].lower() != call.keys[0].lower():
        raise Refusal(_NOT_FOUND)


_NOT_FOUND: Final = GraphError(
    HTTPStatus.NOT_FOUND, "NotFound", "There is no approval or step with this id."
)
# quirk(graph): without the permission an empty code and this sentence come - behaviour book 3
_NOT_PERMITTED: Final = GraphError(
    HTTPStatus.FORBIDDEN,
    "",
    "Valid permissions not present. User needs one of the following permissions for this action : "
    "PrivilegedAccess.ReadWrite.AzureAD,PrivilegedAccess.Read.AzureAD",
)


def _serve(approvals: _Approvals, versions: frozenset[Version]) -> Iterator[_Row]:
    """The rows of one approval, and of those of the caller, in the versions that have them."""
    path, ask = approvals.entities.path, approvals.ask
    yield "GET", f"{path}/filterByCurrentUser", ask(approvals.list_own), versions
    yield "GET", f"{path}/{{id}}", ask(approvals.get), versions
    for version in (one for one in Version if one in versions):
        parts = f"{path}/{{id}}/{name_parts(version)}"
        own = frozenset({version})
        yield "GET", parts, ask(approvals.list_parts), own
        yield "GET", f"{parts}/{{id}}", ask(approvals.get_part), own
        yield "PATCH", f"{parts}/{{id}}", approvals.decide, own


def _make(path: str, kind: ScopeKind) -> _Approvals:
    return _Approvals(_make_set(path, kind), kind)


_OF_ROLES: Final = _make("roleManagement/directory/roleAssignmentApprovals", ScopeKind.DIRECTORY)
_OF_GROUPS: Final = _make(f"{GROUP_ROOT}/assignmentApprovals", ScopeKind.GROUP)
APPROVALS: Final[tuple[_Row, ...]] = (
    (
        "GET",
        _OF_ROLES.entities.path,
        _OF_ROLES.ask(list_everything(_OF_ROLES.entities)),
        frozenset({Version.BETA}),
    ),
    *_serve(_OF_ROLES, frozenset({Version.BETA})),
    *_serve(_OF_GROUPS, frozenset(Version)),
)
