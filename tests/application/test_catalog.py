"""The catalogue of built-in roles and Graph permissions: complete and consistent."""

import re
from collections import Counter

import pytest

from timebound.application.catalog import (
    BuiltInRole,
    built_in_roles,
    built_in_roles_by_name,
    graph_permissions,
)
from timebound.domain.ids import RoleId
from timebound.domain.roles import DIRECTORY_READERS, GLOBAL_ADMINISTRATOR, Role
from timebound.domain.scopes import ScopeKind, ScopeLevel

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ACTION = re.compile(r"microsoft\.[A-Za-z0-9.]+(/[A-Za-z0-9.-]+)+")
BUILT_IN_IDS = "entra-docs role-based-access-control/permissions-reference"
SCOPED_ROLES = "entra-docs role-based-access-control/manage-roles-portal"
RULE = "roles once documented as never without MFA, and privileged roles that change something"

WELL_KNOWN = {
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
}

ADMINISTRATIVE_UNIT_ROLES = {
    "Attribute Assignment Administrator",
    "Attribute Assignment Reader",
    "Authentication Administrator",
    "Cloud Device Administrator",
    "Groups Administrator",
    "Helpdesk Administrator",
    "License Administrator",
    "Password Administrator",
    "Printer Administrator",
    "Privileged Authentication Administrator",
    "SharePoint Administrator",
    "Teams Administrator",
    "Teams Devices Administrator",
    "User Administrator",
}


def role_named(name: str) -> BuiltInRole:
    return built_in_roles_by_name()[name]


@pytest.mark.documented(BUILT_IN_IDS)
def test_all_145_roles_are_there_once() -> None:
    assert len(built_in_roles()) == 145
    assert len(built_in_roles_by_name()) == 145
    assert all(GUID.fullmatch(role_id) for role_id in built_in_roles())
    assert all(role.template_id == role_id for role_id, role in built_in_roles().items())


@pytest.mark.documented(BUILT_IN_IDS)
@pytest.mark.parametrize(("name", "template_id"), WELL_KNOWN.items())
def test_well_known_roles_have_their_published_ids(name: str, template_id: str) -> None:
    assert role_named(name).template_id == template_id
    assert built_in_roles()[RoleId(template_id)].display_name == name


def test_everything_inherited_is_in_the_catalogue() -> None:
    inherited = {parent for role in built_in_roles().values() for parent in role.inherits_from}

    assert inherited <= built_in_roles().keys()
    assert DIRECTORY_READERS in inherited


def test_descriptions_are_single_sentences_and_no_two_are_alike() -> None:
    descriptions = [role.description for role in built_in_roles().values()]

    assert [d for d, times in Counter(descriptions).items() if times > 1] == []
    assert [d for d in descriptions if not re.fullmatch(r"[A-Z][^.]{20,}\.", d)] == []


def test_actions_are_well_formed_and_listed_once() -> None:
    for role in built_in_roles().values():
        assert len(set(role.actions)) == len(role.actions), role.display_name
        assert [a for a in role.actions if not ACTION.fullmatch(a)] == [], role.display_name


@pytest.mark.documented(SCOPED_ROLES)
def test_only_the_published_roles_can_be_held_in_an_administrative_unit() -> None:
    scoped = {
        role.display_name
        for role in built_in_roles().values()
        if ScopeLevel.ADMINISTRATIVE_UNIT in role.levels
    }

    assert scoped == ADMINISTRATIVE_UNIT_ROLES


@pytest.mark.documented(SCOPED_ROLES)
def test_only_application_administrators_can_be_held_over_one_object() -> None:
    scoped = {
        role.display_name for role in built_in_roles().values() if ScopeLevel.OBJECT in role.levels
    }

    assert scoped == {"Application Administrator", "Cloud Application Administrator"}


@pytest.mark.documented(BUILT_IN_IDS)
def test_roles_that_come_with_an_account_can_be_assigned_nowhere() -> None:
    fixed = {role.display_name for role in built_in_roles().values() if not role.is_assignable}
    nowhere = {role.display_name for role in built_in_roles().values() if not role.levels}

    assert fixed == nowhere == {"User", "Guest User", "Restricted Guest User"}


@pytest.mark.observed("role policies of a live tenant (district.local, evidence 10)")
def test_default_second_factor_is_as_recorded() -> None:
    assert role_named("User Administrator").needs_strong_activation
    assert role_named("Exchange Administrator").needs_strong_activation
    assert not role_named("Teams Administrator").needs_strong_activation


@pytest.mark.inferred(RULE)
def test_only_privileged_roles_that_change_things_and_named_ones_start_strong() -> None:
    strong = {r.display_name for r in built_in_roles().values() if r.needs_strong_activation}
    privileged = {r.display_name for r in built_in_roles().values() if r.is_privileged}
    readers = {name for name in privileged if name.endswith("Reader")}

    assert privileged - strong == readers
    assert "Security Reader" in readers
    assert {"Global Administrator", "Privileged Role Administrator"} <= strong
    assert strong - privileged == {
        "Azure Information Protection Administrator",
        "Billing Administrator",
        "Cloud App Security Administrator",
        "Compliance Administrator",
        "Customer LockBox Access Approver",
        "Dynamics 365 Administrator",
        "Exchange Administrator",
        "Fabric Administrator",
        "SharePoint Administrator",
        "Skype for Business Administrator",
    }


def test_a_built_in_role_becomes_a_role_of_the_domain() -> None:
    assert built_in_roles()[GLOBAL_ADMINISTRATOR].as_role() == Role(
        id=GLOBAL_ADMINISTRATOR,
        kind=ScopeKind.DIRECTORY,
        name="Global Administrator",
        is_privileged=True,
        needs_strong_activation=True,
        levels=frozenset({ScopeLevel.TENANT}),
    )


def test_permission_ids_are_guids_and_unique_within_their_form() -> None:
    every = graph_permissions().by_value.values()
    delegated = [one.delegated_id for one in every if one.delegated_id]
    application = [one.application_id for one in every if one.application_id]

    assert len(every) == 940
    assert all(GUID.fullmatch(one) for one in delegated + application)
    assert len(set(delegated)) == len(delegated) == len(graph_permissions().by_delegated_id)
    assert len(set(application)) == len(application) == len(graph_permissions().by_application_id)
    assert all(one.delegated_id or one.application_id for one in every)


@pytest.mark.documented("microsoft-graph-docs concepts/permissions-reference")
def test_well_known_permissions_have_their_published_ids() -> None:
    permissions = graph_permissions()

    writing = permissions.by_value["RoleManagement.ReadWrite.Directory"]
    assert writing.delegated_id == "d01b97e9-cbc0-49fe-810a-750afd5527a3"
    assert writing.application_id == "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
    assert permissions.by_delegated_id["e1fe6dd8-ba31-4d61-89e7-88639da4683d"].value == "User.Read"
    assert permissions.by_value["User.Read"].application_id is None
    assert (
        permissions.by_application_id["7ab1d382-f21e-4acd-a863-ba3e13f7da61"].value
        == "Directory.Read.All"
    )


def test_the_catalogue_is_read_once() -> None:
    assert built_in_roles() is built_in_roles()
    assert graph_permissions() is graph_permissions()
