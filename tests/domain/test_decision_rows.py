"""Every row of the decision table about directory roles has a test, or a place where it gets one.

What speaks of HTTP, of wire formats or of lists is tested against the running service; what speaks
of doors that are not built yet is named with the door it waits for.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.domain.decision_rows import ROWS

AT_THE_DOOR: Final = {
    "ACT-030": "the approver's list of what waits, startDateTime null when none was asked",
    "ACT-052": "401 InvalidAuthenticationToken with a token of somebody disabled since",
    "ACT-055": "a custom extension of a policy is refused: 400 InvalidPolicyRule",
    "APR-015": "v1.0 has no segment roleAssignmentApprovals: 400",
    "APR-016": "reading approvals without the permission: 403 with an empty code",
    "ASG-029": "a duration in months: 400 InvalidRoleAssignmentRequest",
    "ASG-030": "a start without an offset: 400 InvalidRoleAssignmentRequest",
    "ASG-036": "isValidationOnly: 201, nothing stored, nothing listed, no event",
    "AUT-016": "filterByCurrentUser(on='createdBy')",
    "CAN-010": "a cancelled request stays readable with status Canceled",
    "INS-001": "instance id, roleAssignmentOriginId and roleAssignments id by the formula, -1",
    "INS-003": "the instance of an activation: Activated, Direct, request GUID, its window",
    "INS-005": "a permanent assignment made outside PIM: Assigned, endDateTime null",
    "INS-007": "an eligibility through a group: memberType Group, id with the group's GUID",
    "INS-014": "an instance by roleAssignmentScheduleId is an empty list until provisioned",
    "INS-017": "the fidelity switch that hides requests after 45 days",
    "INS-022": "an id with the administrative unit's GUID as third part, -2",
    "INS-023": "an id with the object's GUID as third part, -1",
    "POL-001": "a rule alone: 204 without a body, who changed the policy, and the audit log",
    "POL-004": "members in Pascal case: 400 InvalidPolicyRule",
    "POL-005": "no @odata.type: 400 InvalidPolicyRule",
    "POL-006": "the @odata.type of another kind of rule: 400 Request_BadRequest",
    "POL-021": "an approver as id, told as userId with the display name",
    "POL-022": "escalation approvers, which are not kept",
    "POL-023": "members that no rule has: 400 InvalidPolicyRule",
    "POL-026": "an approver that is no GUID: 400 BadRequest",
    "POL-032": "a policy id of another form: 400 UnknownError, MissingProvider",
    "POL-034": "policies are neither made nor deleted: 405",
    "POL-035": "a list without a filter: 400",
    "POL-036": "assignments with their policies and rules in one answer",
    "POL-040": "a tightened policy binds new requests and ends nothing",
    "POL-045": "the target or the id of another rule: 400 InvalidPolicyRule",
    "POL-050": "operations All, told by version",
    "POL-051": "members of a group of approvers",
    "REM-012": "AdminRemove in Pascal case",
}
"""Tested through HTTP: row id and what it shows there."""

WITH_LATER_DOORS: Final = {
    "APR-024": "mail",
}
"""Not built yet: row id and what it waits for."""

ROW: Final = re.compile(r'(?:case|row)\(\s*((?:"[A-Z]{3}-\d{3}"(?:,\s*)?)+)')
HERE: Final = Path(__file__).parent


def rows_in(text: str) -> set[str]:
    """The rows that the tables of a module are about."""
    return {id_ for ids in ROW.findall(text) for id_ in re.findall(r"[A-Z]{3}-\d{3}", ids)}


def missing(texts: list[str]) -> set[str]:
    """The rows that have neither a test nor a place."""
    tested = set[str]().union(*(rows_in(text) for text in texts))
    return set(ROWS) - tested - set(AT_THE_DOOR) - set(WITH_LATER_DOORS)


def tables() -> list[str]:
    return [path.read_text("utf-8") for path in sorted(HERE.glob("test_decision_table_*.py"))]


def test_every_row_has_a_test() -> None:
    assert len(ROWS) == 174
    assert missing(tables()) == set()


def test_a_row_without_a_test_is_noticed() -> None:
    texts = [text.replace('"DEA-004"', '"DEA-001"') for text in tables()]
    assert missing(texts) == {"DEA-004"}


@pytest.mark.parametrize("id_", sorted(WITH_LATER_DOORS))
def test_what_is_built_later_has_no_test_yet(id_: str) -> None:
    assert id_ in ROWS
    assert all(id_ not in rows_in(text) for text in tables())


def test_what_is_tested_at_the_door_is_a_row() -> None:
    assert set(AT_THE_DOOR) <= set(ROWS)
