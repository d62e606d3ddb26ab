"""Scenarios through Azure Resource Manager, spelled as its clients spell them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID

import httpx

from tests.support.drivers.driver import UNTOLD, Facts, Listed, Question, Told
from tests.support.drivers.words import (
    ENDINGS,
    NOUN,
    Refusals,
    join_clauses,
    make_headers,
    read_instant,
    read_refusal,
    spell_camel,
    spell_pascal,
    write_schedule,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.problems import Code
from timebound.domain.requests import Draft, RequestKind

PROVIDER: Final = "providers/Microsoft.Authorization"
APPROVALS: Final = "roleAssignmentApprovals"
RELATIONS: Final = {
    "principal": "asTarget()",
    "createdBy": "asRequestor()",
    "approver": "asApprover()",
}
VERSIONS: Final = {Listed.HELD: "2022-04-01"}
VERSION: Final = "2020-10-01"
APPROVAL_VERSION: Final = "2021-01-01-preview"
REFUSALS: Final[Refusals] = {
    "AadPremiumLicenseRequired": (400, Code.LICENSE_REQUIRED),
    "ActiveDurationTooShort": (400, Code.DURATION_TOO_SHORT),
    "AuthorizationFailed": (403, Code.ACCESS_DENIED),
    "BadRequest": (400, Code.INVALID_REQUEST),
    "CannotDeleteLastRbacAdminAssignment": (400, Code.LAST_ADMINISTRATOR),
    "Conflict": (409, Code.ALREADY_DECIDED),
    "Forbidden": (403, Code.NOT_APPROVER),
    "InsufficientPermissions": (400, Code.ACCESS_DENIED),
    "InvalidRoleAssignmentRequest": (400, Code.INVALID_REQUEST),
    "OverlapsPendingRoleAssignmentRequests": (400, Code.REQUEST_OVERLAPS),
    "PendingRoleAssignmentRequest": (400, Code.REQUEST_PENDING),
    "RequestCannotBeCancelled": (400, Code.NOT_CANCELLABLE),
    "ResourceGroupNotFound": (404, Code.SCOPE_NOT_FOUND),
    "RoleAssignmentDoesNotExist": (400, Code.ASSIGNMENT_MISSING),
    "RoleAssignmentExists": (400, Code.ASSIGNMENT_EXISTS),
    "RoleAssignmentRequestAcrsValidationFailed": (400, Code.CONTEXT_REQUIRED),
    "RoleAssignmentRequestNotFound": (404, Code.REQUEST_NOT_FOUND),
    "RoleAssignmentRequestPolicyValidationFailed": (400, Code.RULE_FAILED),
    "RoleDefinitionDoesNotExist": (400, Code.ROLE_NOT_FOUND),
    "ScopeDoesNotMatchRoleDefinition": (400, Code.ROLE_DOES_NOT_FIT_SCOPE),
    "SubjectNotFound": (404, Code.PRINCIPAL_NOT_FOUND),
}
REHEARSED: Final = "Granted"
WAITING: Final = frozenset({"PendingApproval", "PendingAdminDecision"})


@dataclass(frozen=True, slots=True)
class ArmDriver:
    """The door at one place of Azure; the names of requests are counted."""

    client: httpx.AsyncClient
    place: str
    resource: str = "https://management.azure.com/.default"
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def submit(self, bearer: str, draft: Draft) -> Told:
        """Puts the request under a new name; a rehearsal has to say the same to `validate`."""
        place, name = draft.slot.scope.path, str(UUID(int=next(self.numbers)))
        path = f"{self.path_of(Listed.REQUESTS, draft.kind, place)}/{name}"
        body = {"properties": dict(write_properties(draft))}
        response = await self._call(bearer, "PUT", path, body)
        if draft.is_validation_only:
            rehearsed = await self._call(bearer, "POST", f"{path}/validate", body)
            assert rehearsed.is_success == response.is_success, rehearsed.text
            assert rehearsed.json() == response.json()
        if response.status_code != httpx.codes.CREATED:
            return read_refusal(response, REFUSALS)
        row = _read_request(response.json()["properties"])
        status = str(row["status"])
        if draft.is_validation_only and status == REHEARSED:
            # Azure has a word of its own for what would be had.
            status = "Provisioned"
        return Told(id=name, status=status, rows=(row,))

    async def cancel(self, bearer: str, kind: RequestKind, request_id: str) -> Told:
        """Posts the cancellation, which answers nothing."""
        path = f"{self.path_of(Listed.REQUESTS, kind)}/{request_id}/cancel"
        response = await self._call(bearer, "POST", path)
        if response.status_code != httpx.codes.OK:
            return read_refusal(response, REFUSALS)
        assert response.content == b""
        return Told(id=request_id)

    async def ask(self, bearer: str, question: Question) -> Told:
        """Gets every page of a list around the place."""
        path = self.path_of(question.listed, question.kind)
        version = VERSIONS.get(question.listed, VERSION)
        filter_ = _write_filter(question, self.place)
        rows: list[Facts] = []
        url: str | None = path
        more = {"$filter": filter_} if filter_ else {}
        while url is not None:
            response = await self._call(bearer, "GET", url, version=version, more=more)
            if response.status_code != httpx.codes.OK:
                return read_refusal(response, REFUSALS)
            body = response.json()
            rows += [_READERS[question.listed](one["properties"]) for one in body["value"]]
            url, version, more = body.get("nextLink"), "", {}
        return Told(rows=tuple(rows))

    async def settle(self, bearer: str, request_id: str, result: ReviewResult) -> Told:
        """Patches the stage of an approval, and reads what became of the request."""
        path = f"{self.place}/{PROVIDER}/{APPROVALS}/{request_id}/stages/{request_id}"
        said = {"reviewResult": result.value, "justification": "As discussed"}
        body = {"properties": said}
        response = await self._call(bearer, "PATCH", path, body, version=APPROVAL_VERSION)
        if response.status_code != httpx.codes.OK:
            return read_refusal(response, REFUSALS)
        assert response.json()["properties"]["reviewResult"] == result.value
        one = f"{self.path_of(Listed.REQUESTS, RequestKind.ASSIGNMENT)}/{request_id}"
        found = await self._call(bearer, "GET", one)
        assert found.status_code == httpx.codes.OK, found.text
        return Told(id=request_id, status=found.json()["properties"]["status"])

    def path_of(self, listed: Listed, kind: RequestKind, place: str | None = None) -> str:
        """The path of a collection."""
        return f"{place or self.place}/{PROVIDER}/{NOUN[kind]}{ENDINGS[listed]}"

    async def _call(
        self,
        bearer: str,
        method: str,
        url: str,
        body: object = None,
        *,
        version: str = VERSION,
        more: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A call; a link that is followed has its version in it."""
        headers = make_headers(bearer)
        query = {"api-version": version, **(more or {})} if version else None
        return await self.client.request(method, url, params=query, headers=headers, json=body)


def spell_role(role_id: str, place: str) -> str:
    """The id of a role as it is seen from a place."""
    return f"{place}/{PROVIDER}/roleDefinitions/{role_id}"


def write_properties(draft: Draft) -> Iterator[tuple[str, Any]]:
    """What clients of Azure say of a draft; what it leaves open is left out."""
    yield "requestType", spell_pascal(draft.action.value)
    yield "principalId", draft.slot.principal_id
    yield "roleDefinitionId", spell_role(draft.slot.role_id, draft.slot.scope.path)
    if draft.justification is not None:
        yield "justification", draft.justification
    if draft.ticket.number is not None:
        yield "ticketInfo", {"ticketNumber": draft.ticket.number, "ticketSystem": "desk"}
    if draft.is_validation_only:
        yield "isValidationOnly", True
    if draft.schedule is not None:
        yield "scheduleInfo", dict(write_schedule(draft.schedule, spell_pascal))


def _write_filter(question: Question, place: str) -> str:
    role = question.role_id and spell_role(question.role_id, place)
    clauses = {"principalId": question.principal_id, "roleDefinitionId": role}
    return join_clauses(clauses, [RELATIONS[question.relation]] if question.relation else ())


def _read_slot(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal": row["principalId"],
        "role": row["roleDefinitionId"].rpartition("/")[2],
        "scope": row["scope"],
    }


def _read_held(row: Mapping[str, Any]) -> Facts:
    """A schedule or an instance: what a group has is told as the group's, to its members too."""
    slot = _read_slot(row)
    through = row["memberType"].lower()
    return {
        **slot,
        "principal": UNTOLD if through == "group" else slot["principal"],
        "how": "eligible" if "assignmentType" not in row else row["assignmentType"].lower(),
        "through": through,
        "status": row["status"],
        "from": read_instant(row["startDateTime"]),
        "until": read_instant(row.get("endDateTime")),
    }


def _read_request(row: Mapping[str, Any]) -> Facts:
    """A request: of what waits Azure tells the start that was asked for, as if it were decided."""
    start = read_instant(row.get("scheduleInfo", {}).get("startDateTime"))
    return {
        **_read_slot(row),
        "status": row["status"],
        "action": spell_camel(row["requestType"]),
        "reason": row.get("justification"),
        "ticket": row.get("ticketInfo", {}).get("ticketNumber"),
        "from": UNTOLD if row["status"] in WAITING else start,
        "completed": UNTOLD,
    }


_READERS: Final[Mapping[Listed, Callable[[Mapping[str, Any]], Facts]]] = {
    Listed.INSTANCES: _read_held,
    Listed.SCHEDULES: _read_held,
    Listed.REQUESTS: _read_request,
    Listed.HELD: _read_slot,
}
