"""The published operations: which answer belongs to which method and path."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import unquote

from tests.support.published.directory import list_directory_rows

TABLE: Final = """
GET   users/delta                                                ~user
GET   groups/delta                                               ~group
GET   roleManagement/directory/roleAssignments/delta             ~unifiedRoleAssignment
GET   roleManagement/directory/roleDefinitions                   [unifiedRoleDefinition]
POST  roleManagement/directory/roleDefinitions                   unifiedRoleDefinition
GET   roleManagement/directory/roleDefinitions/{}                unifiedRoleDefinition
PATCH roleManagement/directory/roleDefinitions/{}                -
DELETE roleManagement/directory/roleDefinitions/{}               -
GET   roleManagement/directory/roleDefinitions/{}/inheritsPermissionsFrom [unifiedRoleDefinition]
GET   roleManagement/directory/deletedItems/roleDefinitions      [unifiedRoleDefinition]
GET   roleManagement/directory/deletedItems/roleDefinitions/{}   unifiedRoleDefinition
DELETE roleManagement/directory/deletedItems/roleDefinitions/{}  -
GET   roleManagement/directory/roleAssignments                   [unifiedRoleAssignment]
POST  roleManagement/directory/roleAssignments                   unifiedRoleAssignment
GET   roleManagement/directory/roleAssignments/{}                unifiedRoleAssignment
DELETE roleManagement/directory/roleAssignments/{}               -
GET   roleManagement/directory/transitiveRoleAssignments         [unifiedRoleAssignment]
GET   roleManagement/directory/roleSchedules                     [unifiedRoleScheduleBase]
GET   roleManagement/directory/roleScheduleInstances       [unifiedRoleScheduleInstanceBase]
GET   roleManagement/directory/resourceNamespaces                [unifiedRbacResourceNamespace]
GET   roleManagement/directory/resourceNamespaces/{}             unifiedRbacResourceNamespace
GET   roleManagement/directory/resourceNamespaces/{}/resourceActions [unifiedRbacResourceAction]
GET   roleManagement/directory/resourceNamespaces/{}/resourceActions/{} unifiedRbacResourceAction
GET   roleManagement/directory/roleAssignmentApprovals           [approval]
GET   roleManagement/directory/roleAssignmentApprovals/filterByCurrentUser [approval]
GET   roleManagement/directory/roleAssignmentApprovals/{}        approval
GET   roleManagement/directory/roleAssignmentApprovals/{}/steps  [approvalStep]
GET   roleManagement/directory/roleAssignmentApprovals/{}/steps/{} approvalStep
PATCH roleManagement/directory/roleAssignmentApprovals/{}/steps/{} -
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/filterByCurrentUser [approval]
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/{} approval
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/{}/stages [approvalStage]
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/{}/stages/{} approvalStage
PATCH identityGovernance/privilegedAccess/group/assignmentApprovals/{}/stages/{} -
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/{}/steps [approvalStep]
GET   identityGovernance/privilegedAccess/group/assignmentApprovals/{}/steps/{} approvalStep
PATCH identityGovernance/privilegedAccess/group/assignmentApprovals/{}/steps/{} -
GET   identityGovernance/privilegedAccess/group/resources        [groupResource]
GET   identityGovernance/privilegedAccess/group/resources/{}     groupResource
GET   identityGovernance/privilegedAccess/customExtensions [roleManagementCustomCalloutExtension]
POST  identityGovernance/privilegedAccess/customExtensions roleManagementCustomCalloutExtension
GET   identityGovernance/privilegedAccess/customExtensions/{} roleManagementCustomCalloutExtension
PATCH identityGovernance/privilegedAccess/customExtensions/{} -
GET   policies/roleManagementPolicies                            [unifiedRoleManagementPolicy]
GET   policies/roleManagementPolicies/{}                         unifiedRoleManagementPolicy
PATCH policies/roleManagementPolicies/{}                         unifiedRoleManagementPolicy
GET   policies/roleManagementPolicies/{}/rules                   [unifiedRoleManagementPolicyRule]
GET   policies/roleManagementPolicies/{}/rules/{}                unifiedRoleManagementPolicyRule
PATCH policies/roleManagementPolicies/{}/rules/{}                -
GET   policies/roleManagementPolicies/{}/effectiveRules      [unifiedRoleManagementPolicyRule]
GET   policies/roleManagementPolicies/{}/effectiveRules/{}   unifiedRoleManagementPolicyRule
GET   policies/roleManagementPolicyAssignments          [unifiedRoleManagementPolicyAssignment]
GET   policies/roleManagementPolicyAssignments/{}       unifiedRoleManagementPolicyAssignment
GET   auditLogs/directoryAudits                                  [directoryAudit]
GET   auditLogs/directoryAudits/{}                               directoryAudit
GET   auditLogs/signIns                                          [signIn]
GET   auditLogs/signIns/{}                                       signIn
GET   users                                                      [user]
GET   users/{}                                                   user
GET   groups                                                     [group]
GET   groups/{}                                                  group
GET   servicePrincipals                                          [servicePrincipal]
GET   servicePrincipals/{}                                       servicePrincipal
GET   applications                                               [application]
GET   applications/{}                                            application
GET   directory/administrativeUnits                              [administrativeUnit]
GET   directory/administrativeUnits/{}                           administrativeUnit
GET   directoryObjects/{}                                        directoryObject
GET   me                                                         user
POST  users                                                      user
PATCH users/{}                                                   -
DELETE users/{}                                                  -
POST  groups                                                     group
PATCH groups/{}                                                  -
DELETE groups/{}                                                 -
POST  groups/{}/members/$ref                                     -
DELETE groups/{}/members/{}/$ref                                 -
POST  groups/{}/owners/$ref                                      -
DELETE groups/{}/owners/{}/$ref                                  -
POST  directory/administrativeUnits                              administrativeUnit
PATCH directory/administrativeUnits/{}                           -
DELETE directory/administrativeUnits/{}                          -
POST  directory/administrativeUnits/{}/members/$ref              -
DELETE directory/administrativeUnits/{}/members/{}/$ref          -
POST  administrativeUnits                                        administrativeUnit
PATCH administrativeUnits/{}                                     -
DELETE administrativeUnits/{}                                    -
POST  administrativeUnits/{}/members/$ref                        -
DELETE administrativeUnits/{}/members/{}/$ref                    -
POST  applications                                               application
PATCH applications/{}                                            -
DELETE applications/{}                                           -
POST  applications/{}/addPassword                                passwordCredential 200
POST  applications/{}/addKey                                     keyCredential 200
POST  applications/{}/removeKey                                  -
POST  applications/{}/removePassword                             -
POST  applications/{}/owners/$ref                                -
POST  applications/{}/federatedIdentityCredentials               federatedIdentityCredential
PATCH applications/{}/federatedIdentityCredentials/{}            -
PATCH applications/{}/federatedIdentityCredentials/{}            federatedIdentityCredential 201
DELETE applications/{}/federatedIdentityCredentials/{}           -
DELETE applications/{}/owners/{}/$ref                            -
POST  servicePrincipals                                          servicePrincipal
PATCH servicePrincipals/{}                                       -
DELETE servicePrincipals/{}                                      -
POST  servicePrincipals/{}/addPassword                           passwordCredential 200
POST  servicePrincipals/{}/addKey                                keyCredential 200
POST  servicePrincipals/{}/removeKey                             -
POST  servicePrincipals/{}/removePassword                        -
POST  servicePrincipals/{}/appRoleAssignments                    appRoleAssignment
POST  servicePrincipals/{}/appRoleAssignedTo                     appRoleAssignment
POST  oauth2PermissionGrants                                     oAuth2PermissionGrant
POST  servicePrincipals/{}/owners/$ref                           -
DELETE servicePrincipals/{}/owners/{}/$ref                       -
DELETE servicePrincipals/{}/appRoleAssignments/{}                -
DELETE servicePrincipals/{}/appRoleAssignedTo/{}                 -
PATCH oauth2PermissionGrants/{}                                  -
DELETE oauth2PermissionGrants/{}                                 -
DELETE directory/deletedItems/{}                                 -
POST  me/changePassword                                          -
POST  me/revokeSignInSessions                                    Edm.Boolean 200
POST  users/{}/revokeSignInSessions                              Edm.Boolean 200
"""
ELSEWHERE: Final = """
POST  roleManagement/directory/deletedItems/roleDefinitions/{}/restore \
      unifiedRoleDefinition 200 roleManagement/directory/roleDefinitions
GET   roleManagement/directory/roleDefinitions/{}/assignedPrincipals \
      [directoryObject] 200 directoryObjects
GET   roleManagement/directory/roleDefinitions/{}/assignedPrincipals/{} \
      [directoryObject] 200 directoryObjects
GET   policies/roleManagementPolicyAssignments/{}/policy \
      unifiedRoleManagementPolicy 200 policies/roleManagementPolicies
GET   directory/deletedItems/{} directoryObject 200 directoryObjects
POST  directory/deletedItems/{}/restore directoryObject 200 directoryObjects
"""
"""What answers with an entity of another set than its path names: that set stands last."""
GROUP: Final = "identityGovernance/privilegedAccess/group"
SINGLETONS: Final = {"me": "users"}
"""The entity set that a singleton is a member of, as its context says."""

VERSIONED: Final = re.compile(r"/(?P<version>v1\.0|beta)(?=/|$)(?P<rest>.*)", re.IGNORECASE)
FUNCTIONS: Final = frozenset(
    {
        "filterbycurrentuser",
        "roleschedules",
        "rolescheduleinstances",
        "assignedprincipals",
        "delta",
    }
)
ACTIONS: Final = frozenset({"addkey", "addpassword"})
"""What is done to an entity and answers with a value of a type, which is no member of a set."""
FLAG: Final = "Edm.Boolean"
"""What an action answers with that only says that it was done."""
VALUES: Final = frozenset({"[$ref]", "[Edm.String]"})
"""What is answered of values or addresses, and not of entities."""
CALLED: Final = re.compile(rf"({'|'.join(FUNCTIONS)})\(.*\)", re.IGNORECASE)
CALLED_WITHIN: Final = re.compile(rf"\b({'|'.join(FUNCTIONS)})\([^()]*\)", re.IGNORECASE)
NAMED: Final = re.compile(r"([^()]+)\(\w+='([^']*)'\)")
"""A set with a key of which the property is named."""
KEYED: Final = re.compile(r"([^()]+)\('?([^()']*)'?\)")


class Form(Enum):
    """How an operation answers when it succeeds."""

    ENTITY = "an entity"
    COLLECTION = "a collection"
    VALUES = "a collection of values"
    VALUE = "a value"
    CHANGES = "a page of changes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Operation:
    """One published operation."""

    method: str
    template: tuple[str, ...]
    form: Form
    type: str
    statuses: frozenset[int]
    is_tabled: bool
    """Whether its context is known too, not only its type."""
    other_set: str | None = None
    """The set that its context names, where that is not the one of its path."""

    @property
    def is_function(self) -> bool:
        """Whether it is called on a collection rather than being one."""
        return self.template[-1].lower() in FUNCTIONS

    @property
    def is_action(self) -> bool:
        """Whether it answers with a value that is in no set."""
        return self.template[-1].lower() in ACTIONS

    def name_set(self, segments: tuple[str, ...]) -> str:
        """Answer the set that the context of its answer names, keys of parents in it."""
        if self.other_set is not None:
            return self.other_set
        is_inner = self.template[-1] == "{}" or self.is_function
        steps = self.template[:-1] if is_inner else self.template
        path = ""
        for step, segment in zip(steps, segments, strict=False):
            path += f"('{segment}')" if step == "{}" else f"/{SINGLETONS.get(step, step)}"
        return path.removeprefix("/")


def read_path(path: str) -> tuple[str, ...]:
    """Answer the segments of an unversioned path; keys in parentheses become segments."""
    segments: list[str] = []
    # What is in parentheses may hold slashes, and says nothing about what is answered.
    for raw in CALLED_WITHIN.sub(r"\1", path).split("/"):
        segment = unquote(raw).removeprefix("microsoft.graph.")
        if split := CALLED.fullmatch(segment) or _find_key(segment):
            segments.extend(split.groups())
        elif segment:
            segments.append(segment)
    return tuple(segments)


def _find_key(segment: str) -> re.Match[str] | None:
    return KEYED.fullmatch(segment) or NAMED.fullmatch(segment)


def find_operation(method: str, segments: tuple[str, ...], status: int) -> Operation | None:
    """Answer the published operation behind a method and path, whatever its letter case.

    What makes something or changes it answers in two ways, of which the status is that of one.
    """
    found = [
        operation
        for operation in OPERATIONS
        if operation.method == method.upper() and _fits(operation.template, segments)
    ]
    answered = (operation for operation in found if status in operation.statuses)
    return next(answered, found[0] if found else None)


def _fits(template: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return len(template) == len(segments) and all(
        step == "{}" or step.lower() == segment.lower()
        for step, segment in zip(template, segments, strict=True)
    )


def read_expected(method: str, segments: tuple[str, ...], answer: str) -> Operation:
    """Answer an operation of a path that the table does not know, as its caller knows it."""
    return _read_row(f"{method.upper()} {'/'.join(segments)} {answer}", is_tabled=False)


def _read_row(row: str, *, is_tabled: bool = True) -> Operation:
    method, path, answer, *said = row.split()
    form = Form.NOTHING if answer == "-" else Form.COLLECTION if "[" in answer else Form.ENTITY
    if answer in VALUES:
        form = Form.VALUES
    if answer == FLAG:
        form = Form.VALUE
    if answer.startswith("~"):
        form = Form.CHANGES
    statuses = {"GET": {200}, "PATCH": {200, 204}, "POST": {201}, "DELETE": {204}}[method]
    if said:
        statuses = {int(said[0])}
    return Operation(
        method=method,
        template=tuple(path.split("/")),
        form=form,
        type=answer.strip("[]~"),
        statuses=frozenset({204} if form is Form.NOTHING else statuses),
        is_tabled=is_tabled,
        other_set=said[1] if said[1:] else None,
    )


def _provider_rows(provider: str, answer: str) -> list[str]:
    """The rows of a provider of roles; `answer` is the type of its assignments."""
    rows: list[str] = []
    for noun, item in (("roleDefinitions", "unifiedRoleDefinition"), ("roleAssignments", answer)):
        path = f"roleManagement/{provider}/{noun}"
        rows += [f"GET {path} [{item}]", f"GET {path}/{{}} {item}", f"POST {path} {item}"]
        rows += [f"DELETE {path}/{{}} -"]
    base = f"roleManagement/{provider}"
    rows += [f"PATCH {base}/roleDefinitions/{{}} -", f"PATCH {base}/roleAssignments/{{}} {answer}"]
    rows += [f"GET {base}/roleDefinitions/{{}}/inheritsPermissionsFrom [unifiedRoleDefinition]"]
    return rows


def _scheduled_rows(base: str, answer: str) -> list[str]:
    """The rows of one kind; assignments and eligibilities share their form."""
    base = f"{base}Schedule"
    rows: list[str] = []
    for noun in ("", "Instance", "Request"):
        path, item = f"{base}{noun}s", f"{answer}Schedule{noun}"
        rows += [f"GET {path} [{item}]", f"GET {path}/filterByCurrentUser [{item}]"]
        rows += [f"GET {path}/{{}} {item}"]
    rows += [f"POST {base}Requests {answer}ScheduleRequest", f"POST {base}Requests/{{}}/cancel -"]
    return rows


OPERATIONS: Final = tuple(
    _read_row(row)
    for row in (
        *list_directory_rows(),
        *TABLE.strip().splitlines(),
        *ELSEWHERE.strip().splitlines(),
        *_provider_rows("entitlementManagement", "unifiedRoleAssignment"),
        *_provider_rows("exchange", "unifiedRoleAssignment"),
        *_provider_rows("deviceManagement", "unifiedRoleAssignmentMultiple"),
        *_provider_rows("cloudPC", "unifiedRoleAssignmentMultiple"),
        *_provider_rows("defender", "unifiedRoleAssignmentMultiple"),
        *_scheduled_rows("roleManagement/directory/roleAssignment", "unifiedRoleAssignment"),
        *_scheduled_rows("roleManagement/directory/roleEligibility", "unifiedRoleEligibility"),
        *_scheduled_rows(f"{GROUP}/assignment", "privilegedAccessGroupAssignment"),
        *_scheduled_rows(f"{GROUP}/eligibility", "privilegedAccessGroupEligibility"),
    )
)
