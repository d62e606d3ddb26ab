"""Scenarios through the Graph door, spelled as the clients of its two versions spell them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx

from tests.support.drivers.driver import Facts, Listed, Question, Told
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
from timebound.domain.problems import Code
from timebound.domain.requests import Draft, RequestKind

ROOT: Final = "roleManagement/directory"
REFUSALS: Final[Refusals] = {
    "AadPremiumLicenseRequired": (400, Code.LICENSE_REQUIRED),
    "ActiveDurationTooShort": (400, Code.DURATION_TOO_SHORT),
    "Authorization_RequestDenied": (403, Code.ACCESS_DENIED),
    "BadRequest": (400, Code.INVALID_REQUEST),
    "CannotDeleteLastAdminAssignment": (400, Code.LAST_ADMINISTRATOR),
    "InvalidRoleAssignmentRequest": (400, Code.INVALID_REQUEST),
    "OverlapsPendingRoleAssignmentRequests": (400, Code.REQUEST_OVERLAPS),
    "PendingRoleAssignmentRequest": (400, Code.REQUEST_PENDING),
    "PermissionScopeNotGranted": (403, Code.PERMISSION_MISSING),
    "Request_BadRequest": (400, Code.ROLE_DOES_NOT_FIT_SCOPE),
    "Request_ResourceNotFound": (404, Code.SCOPE_NOT_FOUND),
    "RequestCannotBeCancelled": (400, Code.NOT_CANCELLABLE),
    "RoleAssignmentDoesNotExist": (400, Code.ASSIGNMENT_MISSING),
    "RoleAssignmentExists": (400, Code.ASSIGNMENT_EXISTS),
    "RoleAssignmentRequestAcrsValidationFailed": (400, Code.CONTEXT_REQUIRED),
    "RoleAssignmentRequestNotFound": (404, Code.REQUEST_NOT_FOUND),
    "RoleAssignmentRequestPolicyValidationFailed": (400, Code.RULE_FAILED),
    "RoleNotFound": (404, Code.ROLE_NOT_FOUND),
    "SubjectNotFound": (404, Code.PRINCIPAL_NOT_FOUND),
}


@dataclass(frozen=True, slots=True)
class GraphDriver:
    """One version of the Graph door."""

    client: httpx.AsyncClient
    version: str
    resource: str = "https://graph.microsoft.com/.default"

    async def submit(self, bearer: str, draft: Draft) -> Told:
        """Posts the request: camel case for v1.0, Pascal case for beta, whose enums are texts."""
        spell: Callable[[str], str] = spell_pascal if self.version == "beta" else str
        response = await self.client.post(
            self.path_of(Listed.REQUESTS, draft.kind),
            headers=make_headers(bearer),
            json=write_body(draft, spell),
        )
        if response.status_code != httpx.codes.CREATED:
            return read_refusal(response, REFUSALS)
        body = response.json()
        return Told(id=body["id"], status=body["status"], rows=(_read_request(body),))

    async def cancel(self, bearer: str, kind: RequestKind, request_id: str) -> Told:
        """Posts the cancellation, which answers nothing."""
        path = f"{self.path_of(Listed.REQUESTS, kind)}/{request_id}/cancel"
        response = await self.client.post(path, headers=make_headers(bearer))
        if response.status_code != httpx.codes.NO_CONTENT:
            return read_refusal(response, REFUSALS)
        assert response.content == b""
        return Told(id=request_id)

    async def ask(self, bearer: str, question: Question) -> Told:
        """Gets every page of a list."""
        path = self.path_of(question.listed, question.kind)
        if question.relation is not None:
            path += f"/filterByCurrentUser(on='{question.relation}')"
        url: str | None = f"{path}{_write_filter(question)}"
        rows: list[Facts] = []
        while url is not None:
            response = await self.client.get(url, headers=make_headers(bearer))
            if response.status_code != httpx.codes.OK:
                return read_refusal(response, REFUSALS)
            body = response.json()
            rows += [_READERS[question.listed](one) for one in body["value"]]
            url = body.get("@odata.nextLink")
        return Told(rows=tuple(rows))

    def path_of(self, listed: Listed, kind: RequestKind) -> str:
        """The path of a collection."""
        return f"/{self.version}/{ROOT}/{NOUN[kind]}{ENDINGS[listed]}"


def write_body(draft: Draft, spell: Callable[[str], str] = str) -> dict[str, Any]:
    """The body in which Graph's clients say a draft; what it leaves open is left out."""
    body: dict[str, Any] = {
        "action": spell(draft.action.value),
        "principalId": draft.slot.principal_id,
        "roleDefinitionId": draft.slot.role_id,
        "directoryScopeId": draft.slot.scope.path,
    }
    if draft.justification is not None:
        body["justification"] = draft.justification
    if draft.ticket.number is not None:
        body["ticketInfo"] = {"ticketNumber": draft.ticket.number, "ticketSystem": "desk"}
    if draft.is_validation_only:
        body["isValidationOnly"] = True
    if draft.schedule is not None:
        body["scheduleInfo"] = dict(write_schedule(draft.schedule, spell))
    return body


def _write_filter(question: Question) -> str:
    said = join_clauses(
        {"principalId": question.principal_id, "roleDefinitionId": question.role_id}
    )
    return f"?$filter={quote(said)}" if said else ""


def _read_slot(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal": row["principalId"],
        "role": row["roleDefinitionId"],
        "scope": row["directoryScopeId"],
    }


def _read_instance(row: Mapping[str, Any]) -> Facts:
    return {
        **_read_slot(row),
        "how": row.get("assignmentType", "Eligible").lower(),
        "through": row["memberType"].lower(),
        "from": read_instant(row["startDateTime"]),
        "until": read_instant(row["endDateTime"]),
    }


def _read_schedule(row: Mapping[str, Any]) -> Facts:
    schedule = row["scheduleInfo"]
    return {
        **_read_slot(row),
        "id": row["id"],
        "how": row.get("assignmentType", "Eligible").lower(),
        "through": row["memberType"].lower(),
        "status": row["status"],
        "from": read_instant(schedule["startDateTime"]),
        "until": read_instant(schedule["expiration"]["endDateTime"]),
    }


def _read_request(row: Mapping[str, Any]) -> Facts:
    schedule = row["scheduleInfo"] or {}
    return {
        **_read_slot(row),
        "id": row["id"],
        "status": row["status"],
        "action": spell_camel(row["action"]),
        "reason": row["justification"],
        "ticket": row["ticketInfo"]["ticketNumber"],
        "from": read_instant(schedule.get("startDateTime")),
        "completed": read_instant(row["completedDateTime"]),
    }


_READERS: Final[Mapping[Listed, Callable[[Mapping[str, Any]], Facts]]] = {
    Listed.INSTANCES: _read_instance,
    Listed.SCHEDULES: _read_schedule,
    Listed.REQUESTS: _read_request,
    Listed.HELD: _read_slot,
}
