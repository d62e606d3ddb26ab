"""The rows of the decision table that are decided without a door, with their provenance.

GDOC is the Graph documentation, ENTRA and ARMERR the Entra and ARM ones; the others are public
programs, issues and records of live tests that print what the service answered.
"""

from dataclasses import dataclass
from typing import Final

import pytest


@dataclass(frozen=True, slots=True)
class Row:
    """How we know what a row says: `documented`, `observed` or `inferred`, and from where."""

    confidence: str
    source: str

    @property
    def mark(self) -> pytest.MarkDecorator:
        """The provenance marker."""
        mark: pytest.MarkDecorator = getattr(pytest.mark, self.confidence)(self.source)
        return mark


ROWS: Final = {
    "ACT-005": Row("documented", "ARMERR: needs a valid eligibility schedule INSTANCE"),
    "ACT-006": Row("observed", "RAY 16"),
    "ACT-007": Row(
        "documented", "Expiration_EndUser_Assignment isExpirationRequired is always true"
    ),
    "ACT-008": Row("observed", "azure-docs#80426"),
    "ACT-009": Row("documented", "ARMERR; OPIM"),
    "ACT-010": Row("documented", "ARMERR; 70729334487"),
    "ACT-012": Row("documented", "ARMERR; 34751210771"),
    "ACT-014": Row("observed", "smsagent.blog; pim-common; JAz; PIMCTL"),
    "ACT-015": Row("observed", "Elevate changelog 68297932556"),
    "ACT-016": Row("observed", "Elevate changelog 68297932556"),
    "ACT-017": Row("documented", "ENTRA/pim-how-to-change-default-settings"),
    "ACT-018": Row("observed", "OPIM-status 2.1; JUNIS; pimctl#51"),
    "ACT-019": Row("observed", "OPIM-status"),
    "ACT-020": Row("observed", "JUNIS (activations cannot be extended); code inferred"),
    "ACT-021": Row("observed", "OPIM-status 2.1"),
    "ACT-022": Row("inferred", "nothing is left to activate for whom holds the role already"),
    "ACT-023": Row("observed", "OPIM-status; RAY 08"),
    "ACT-024": Row("observed", "PIMELIM"),
    "ACT-026": Row("observed", "PIMELIM"),
    "ACT-027": Row("observed", "PIMELIM changelog"),
    "ACT-029": Row("observed", "RAY 12"),
    "ACT-030": Row("documented", "ENTRA/pim-approval-workflow"),
    "ACT-031": Row("inferred", "a request that breaks a rule never reaches an approver"),
    "ACT-032": Row("inferred", "the flag is shown, the enablement rule enforces"),
    "ACT-033": Row("inferred", "self actions are for oneself"),
    "ACT-035": Row("inferred", "an application has nobody to activate for"),
    "ACT-036": Row("documented", "ENTRA concept-pim-for-groups; 70729334487 for ARM"),
    "ACT-037": Row(
        "observed", "JUNIS (scope must equal the eligibility scope; JUNIS names InvalidScope)"
    ),
    "ACT-045": Row("inferred", "promise 6 of the design: never beyond the end of the eligibility"),
    "ACT-046": Row("documented", "azure-docs#44877; ENTRA"),
    "ACT-047": Row("observed", "OPIM-status"),
    "ACT-049": Row("inferred", "nothing shorter than five minutes can be held"),
    "ACT-051": Row(
        "inferred", "no expiration asks for no end; the design makes the other reading a setting"
    ),
    "ACT-052": Row("inferred", "a disabled person is refused before anything else"),
    "ACT-053": Row("inferred", "an approval is made together with its request"),
    "ACT-055": Row("documented", "GDOC beta privilegedAccess/customExtensions (June 2026)"),
    "APR-001": Row("documented", "GDOC beta approvalstep-update; RAY 13/14"),
    "APR-002": Row("documented", "GDOC; AUDITREF"),
    "APR-003": Row("documented", "ENTRA: approvers may be users or groups"),
    "APR-004": Row(
        "documented", "ENTRA (own requests cannot be approved); GDOC gives 403 for missing rights"
    ),
    "APR-005": Row("documented", "GDOC beta approvalstep-update"),
    "APR-006": Row("documented", "GDOC beta approvalstep-update"),
    "APR-007": Row("documented", "GDOC beta approvalstep-update"),
    "APR-008": Row(
        "documented", "ENTRA/pim-how-to-change-default-settings, pim-email-notifications"
    ),
    "APR-010": Row(
        "documented",
        "ENTRA/pim-approval-workflow; status name: netr0m models.go",
    ),
    "APR-011": Row("observed", "RAY 14"),
    "APR-012": Row("inferred", "an approval ahead of the start grants, it does not provision"),
    "APR-013": Row("inferred", "the default rule asks approvers for a justification"),
    "APR-015": Row("observed", "Q&A"),
    "APR-016": Row("observed", "Q&A"),
    "APR-021": Row("inferred", "a cancelled request has nothing left to decide"),
    "APR-022": Row("inferred", "the approvers are fixed when the request is made"),
    "APR-023": Row("inferred", "an approval re-decides the eligibility"),
    "APR-024": Row("documented", "ENTRA/pim-email-notifications"),
    "ASG-001": Row(
        "documented", "GDOC rbacapplication-post-roleassignmentschedulerequests; RAY 07"
    ),
    "ASG-002": Row(
        "documented", "GDOC rbacapplication-post-roleeligibilityschedulerequests; RAY 07"
    ),
    "ASG-004": Row("documented", "azure-rest-api-specs schema (optional); netr0m sends null"),
    "ASG-005": Row("observed", "RAY 08; graph-docs#16961; OPIM"),
    "ASG-006": Row("observed", "RAY pim-for-groups 03"),
    "ASG-007": Row("documented", "ARMERR; OPIM"),
    "ASG-008": Row(
        "inferred",
        "a maximum binds only where an end is required: published samples hold longer ones",
    ),
    "ASG-009": Row("observed", "OER-s95 3.2 (ARM)"),
    "ASG-010": Row("observed", "BUG21 (justification omitted and accepted for app-only)"),
    "ASG-011": Row("observed", "BUG21"),
    "ASG-015": Row(
        "inferred", "eligibilities and assignments are listed side by side, so they are separate"
    ),
    "ASG-016": Row("documented", "GDOC21 error table; PIMELIM"),
    "ASG-017": Row("observed", "OPIM-status 3.1/3.2; PIMELIM (measured for activations)"),
    "ASG-018": Row("observed", "TF-AD retries on 404+code"),
    "ASG-020": Row("observed", "TF-AD"),
    "ASG-023": Row("documented", "ENTRA concept-pim-for-groups"),
    "ASG-024": Row(
        "observed", "M365DSC AADRoleAssignmentScheduleRequest (ServicePrincipal principal type)"
    ),
    "ASG-025": Row("inferred", "a service principal can never activate"),
    "ASG-026": Row("observed", "OPIM/graph issues"),
    "ASG-028": Row("documented", "GDOC examples decoded"),
    "ASG-029": Row("observed", "azuread#1464"),
    "ASG-030": Row("observed", "OPIM-18; msgraph-metadata#235"),
    "ASG-031": Row("inferred", "an end before the start is as unreadable as a bad date"),
    "ASG-032": Row(
        "documented",
        "ENTRA/pim-how-to-add-role (five-minute floor)",
    ),
    "ASG-034": Row("observed", "EasyPIM New-PIMEntraRoleActiveAssignment.ps1:205-208"),
    "ASG-035": Row("observed", "Q&A bodies"),
    "ASG-036": Row("documented", "GDOC property text; OPIM 2.1 for the error side"),
    "ASG-037": Row("observed", "OPIM 2.1"),
    "AUT-001": Row("documented", "GDOC v1.0 permissions"),
    "AUT-002": Row("observed", "BUG21/WIZ"),
    "AUT-003": Row("documented", "rbac-pim-entra-roles-apis.md (write: PRA)"),
    "AUT-004": Row("documented", "rbac-pim-entra-roles-apis.md"),
    "AUT-005": Row("documented", "rbac-pim-entra-roles-apis.md"),
    "AUT-006": Row("documented", "GDOC filterByCurrentUser"),
    "AUT-007": Row("observed", "bodies printed in many issues"),
    "AUT-016": Row("documented", "GDOC filterByCurrentUser"),
    "CAN-001": Row("documented", "GDOC21 cancel; OPIM-status 3.3"),
    "CAN-003": Row("documented", "GDOC21 status list; ENTRA"),
    "CAN-004": Row("documented", "GDOC21"),
    "CAN-005": Row("documented", "GDOC21"),
    "CAN-008": Row("documented", "ENTRA/pim-approval-workflow; GDOC21"),
    "CAN-009": Row("inferred", "neither the author nor an administrator"),
    "CAN-010": Row("documented", "GDOC21; azuread#1306"),
    "DEA-001": Row("documented", "ENTRA/pim-how-to-activate-role; OPIM"),
    "DEA-002": Row("observed", "OPIM-arm 3.4; PIMCTL"),
    "DEA-004": Row("observed", "OPIM-name; JUNIS"),
    "DEA-006": Row("observed", "OPIM 7.3; RAY 15"),
    "DEA-007": Row("inferred", "what takes away is bound by no rule"),
    "DEA-008": Row("inferred", "self actions act on activations"),
    "DEA-009": Row("observed", "OPIM-name 7.2"),
    "DEA-011": Row("observed", "JAz"),
    "DEA-013": Row("inferred", "what is still ahead is cancelled"),
    "EXT-002": Row("inferred", "the 14 days bind holders, not administrators"),
    "EXT-003": Row("observed", "contrib#2322"),
    "EXT-004": Row("documented", "ENTRA/pim-how-to-renew-extend"),
    "EXT-005": Row("inferred", "what expired is kept for 30 days"),
    "EXT-006": Row("inferred", "only what has expired is renewed"),
    "EXT-007": Row("inferred", "nothing is there to extend"),
    "EXT-008": Row("documented", "ENTRA/pim-how-to-renew-extend"),
    "EXT-009": Row("documented", "button not offered before 14 days (rule); body not found"),
    "EXT-010": Row("documented", "ENTRA: never offered for inherited assignments"),
    "EXT-011": Row("documented", "ENTRA/pim-how-to-renew-extend"),
    "EXT-012": Row("documented", "ENTRA (one at a time); code GDOC21"),
    "EXT-013": Row("documented", "ENTRA/pim-how-to-renew-extend; AUDITREF"),
    "EXT-014": Row("documented", "AUDITREF; netr0m status list"),
    "EXT-016": Row(
        "documented", "GDOC v1.0 create page note (self actions need MFA in the session)"
    ),
    "INS-001": Row("observed", "M365CLI samples decoded; GDOC samples"),
    "INS-003": Row("documented", "GDOC; RAY 14"),
    "INS-005": Row("documented", "GDOC overview: one-to-one with roleAssignments"),
    "INS-007": Row(
        "documented",
        "GDOC beta unifiedroleeligibilityscheduleinstance-filterbycurrentuser",
    ),
    "INS-014": Row("observed", "JAz"),
    "INS-017": Row("observed", "TF-AD; azuread#1306 (schedule with the same id stays)"),
    "INS-022": Row(
        "documented",
        "GDOC beta rbacapplication-list-roleeligibilityscheduleinstances, decoded",
    ),
    "INS-023": Row(
        "documented", "GDOC v1.0 rbacapplication-post-roleassignments example 3, decoded here"
    ),
    "POL-001": Row(
        "documented", "GDOC unifiedrolemanagementpolicyrule-update (v1.0 and beta: 204); RAY 11"
    ),
    "POL-002": Row(
        "documented",
        "GDOC unifiedrolemanagementpolicy-update; EasyPIM Update-EntraRolePolicy",
    ),
    "POL-004": Row("observed", "graph-docs#19168"),
    "POL-005": Row("observed", "graph-docs#19168; WIZ"),
    "POL-006": Row("observed", "graph-docs#15910 (reported as 500)"),
    "POL-007": Row("observed", "OER-mfa; EasyPIM"),
    "POL-009": Row("observed", "EasyPIM"),
    "POL-010": Row("inferred", "a context that is asked for has a claim value"),
    "POL-011": Row("documented", "GDOC authenticationContextClassReference ids"),
    "POL-012": Row("documented", "TF-RM validation list; ENTRA 1-24 h; PT1H45M in GDOC"),
    "POL-013": Row("inferred", "24 h ceiling documented; body not seen"),
    "POL-014": Row("inferred", "activation must expire; default true; PATCH not observed"),
    "POL-015": Row("documented", "TF-RM/TF-AD expire_after list; portal choices"),
    "POL-016": Row("observed", "RAY 10 defaults show exactly this combination"),
    "POL-019": Row("observed", "WIZ"),
    "POL-021": Row("observed", "RAY 11"),
    "POL-022": Row("documented", "GDOC unifiedApprovalStage note"),
    "POL-023": Row("observed", "WIZ"),
    "POL-026": Row("observed", "WIZ (FormatException)"),
    "POL-027": Row("observed", "BUG21"),
    "POL-028": Row("observed", "BUG21"),
    "POL-031": Row("observed", "Q&A 1656721; contrib PR#9381"),
    "POL-032": Row("observed", "OPIM/WIZ"),
    "POL-034": Row("inferred", "policies are created by the service and cannot be deleted"),
    "POL-035": Row(
        "documented",
        "GDOC policyroot-list-rolemanagementpolicies: the filter is required",
    ),
    "POL-036": Row("documented", "GDOC; EasyPIM; TF-AD; RAY 10"),
    "POL-040": Row("inferred", "no source; consistent with all clients"),
    "POL-045": Row("inferred", "a rule stays in its place in the policy"),
    "POL-047": Row("documented", "GDOC unifiedrolemanagementpolicy-update example 1"),
    "POL-049": Row("documented", "GDOC unifiedrolemanagementpolicy-update example 1"),
    "POL-050": Row("documented", 'GDOC examples (write "All", read "all")'),
    "POL-051": Row("documented", "GDOC how-to-pim-update-rules; TF-AD; EasyPIM"),
    "REM-001": Row("documented", "ENTRA/pim-how-to-add-role; OER-s95 3.3"),
    "REM-004": Row("observed", "TF-AD / GDOC21"),
    "REM-005": Row(
        "documented",
        "GDOC beta post-roleeligibilityschedulerequests example 2; EasyPIM Remove-PIM*",
    ),
    "REM-006": Row("inferred", "what is still ahead is cancelled, not removed"),
    "REM-007": Row("inferred", "promise 6 of the design: an activation ends with its eligibility"),
    "REM-008": Row("documented", "ENTRA (rule); code by analogy with groups"),
    "REM-009": Row("observed", "OPIM-name 7.2"),
    "REM-010": Row("inferred", "an administrator can end any activation"),
    "REM-011": Row("inferred", "assignments and instances are one to one"),
    "REM-012": Row("documented", "GDOC tutorial-assign-azureadroles"),
    "UPD-001": Row("inferred", "adminUpdate changes what is there"),
    "UPD-003": Row("inferred", "nothing is there to change"),
    "UPD-004": Row("inferred", "a rule binds all operations of its target"),
    "UPD-005": Row("inferred", "administrators change assignments, holders end activations"),
}

_OF_GROUPS: Final = """
ACT 002 005 006 007 008 009 010 012 014 015 016 017 018 019 020 021 022 023 024 026 027
ACT 031 032 045 046 049 051 053
APR 002 004 005 006 007 009 010 013 017
ASG 004 005 006 007 008 009 010 011 015 016 017 029 030 031 032 034 035 037 047 048 050
AUT 007 008 010
CAN 001 003 004 005 010
DEA 001 002 004 006 007 008 009 010 013
EXP 002 003 004 006 016
EXT 002 004 005 006 007 015 017
INS 015 016
POL 001 002 004 005 006 007 009 010 011 012 013 014 015 016 019 023 026 027 028 032 034
POL 037 041 045 047 049 050
REM 004 005 006 007 009 010
UPD 001 003 004 005
"""
_OF_AZURE: Final = """
ACT 005 006 007 008 009 010 012 014 015 016 017 018 019 020 021 022 023 024 026 027 031 032 040
ACT 041 042 045 046 049 051 053 054
APR 009 010 018 019
ASG 004 005 006 007 008 009 015 016 017 019 024 025 029 030 031 032 034 037 040 041 042 043 044
AUT 013 014 017
CAN 002 003 004 005 010
DEA 001 002 003 004 006 007 008 013
EXP 002 003 004 006 015
EXT 002 004 005 006 007 008 009 010 011 012 013 014
INS 008 009 010 011 012 021
POL 003 007 010 011 012 013 014 015 017 024 025 030 033 038 039 045
REM 002 004 005 006 007 010
UPD 001 003 004 005 006
"""


def _read_names(text: str) -> frozenset[str]:
    return frozenset(
        f"{name}-{number}"
        for name, *numbers in map(str.split, text.strip().splitlines())
        for number in numbers
    )


GROUP_ROWS: Final = _read_names(_OF_GROUPS)
"""The rows that speak about groups, alone or besides roles."""
AZURE_ROWS: Final = _read_names(_OF_AZURE)
"""The rows that speak about Azure Resource Manager, alone or besides others."""
