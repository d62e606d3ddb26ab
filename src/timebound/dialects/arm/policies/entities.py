"""Policies and their assignments as they are told."""

from dataclasses import dataclass
from typing import Final

from timebound.application.policy_names import policy_guid
from timebound.dialects.arm.dates import format_offset, format_zulu
from timebound.dialects.arm.ids import PROVIDER, spell_pim_id, spell_role_id
from timebound.dialects.arm.names import Names
from timebound.dialects.arm.policies import wire
from timebound.dialects.arm.policies.rules import show_rules
from timebound.dialects.arm.policies.versions import FIRST, LATEST
from timebound.domain.ids import RoleId
from timebound.domain.policy_places import StoredPolicy
from timebound.domain.scopes import Scope

POLICIES: Final = "roleManagementPolicies"
ASSIGNMENTS: Final = "roleManagementPolicyAssignments"
# quirk(arm): the id and the type of an assignment say it in the singular - recordings of 2022
ASSIGNMENT: Final = "roleManagementPolicyAssignment"


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy, with what its place and its role are called."""

    stored: StoredPolicy
    names: Names

    @property
    def place(self) -> Scope:
        """Where it is."""
        return self.stored.place.scope

    @property
    def role_id(self) -> RoleId:
        """Whose it is."""
        return self.stored.place.role_id

    @property
    def name(self) -> str:
        """The GUID of the policy."""
        return policy_guid(self.stored.place)

    @property
    def id(self) -> str:
        """The id of the policy."""
        return spell_pim_id(self.place, POLICIES, self.name)

    @property
    def assignment_name(self) -> str:
        """What its assignment to the role is called."""
        return f"{self.name}_{self.role_id}"


def show_policy(shown: ShownPolicy, version: str) -> wire.RoleManagementPolicy:
    """A policy with all of its rules, which hold as they are: nothing is inherited."""
    modified = shown.stored.modified
    rules = show_rules(shown.stored.policy, version)
    return wire.RoleManagementPolicy(
        properties=wire.RoleManagementPolicyProperties(
            scope=shown.place.path,
            is_organization_default=False,
            last_modified_date_time=format_offset(modified.at) if modified else None,
            last_modified_by=_show_author(shown),
            rules=rules,
            effective_rules=rules,
            policy_properties=wire.PolicyProperties(shown.names.expand_scope(shown.place)),
        ),
        name=shown.name,
        id=shown.id,
        type=f"{PROVIDER}/{POLICIES}",
        system_data=_show_system_data(shown, version),
    )


def show_assignment(shown: ShownPolicy, version: str) -> wire.RoleManagementPolicyAssignment:
    """That a policy is a role's; from the second version on with the rules that hold."""
    modified, place = shown.stored.modified, shown.place
    policy = wire.AssignedPolicy(
        shown.id, _show_author(shown), format_zulu(modified.at) if modified else None
    )
    rules = None if version == FIRST else show_rules(shown.stored.policy, version)
    return wire.RoleManagementPolicyAssignment(
        properties=wire.RoleManagementPolicyAssignmentProperties(
            scope=place.path,
            role_definition_id=spell_role_id(place, shown.role_id),
            policy_id=shown.id,
            policy_assignment_properties=wire.PolicyAssignmentProperties(
                shown.names.expand_scope(place),
                shown.names.expand_role(place, shown.role_id),
                policy,
            ),
            effective_rules=rules,
        ),
        name=shown.assignment_name,
        id=spell_pim_id(place, ASSIGNMENT, shown.assignment_name),
        type=f"{PROVIDER}/{ASSIGNMENT}",
        system_data=_show_system_data(shown, version),
    )


def _show_author(shown: ShownPolicy) -> wire.Principal:
    # quirk(arm): who changed a policy is told by name alone - recordings of 2022
    modified = shown.stored.modified
    return wire.Principal(modified.by_name if modified else None)


def _show_system_data(shown: ShownPolicy, version: str) -> wire.SystemData | None:
    modified = shown.stored.modified
    if version != LATEST or modified is None:
        return None
    return wire.SystemData(modified.by_id, format_zulu(modified.at))
