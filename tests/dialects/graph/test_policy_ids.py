"""Ids of policies and of their assignments: told and read again, or refused."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.graph.samples import MIRA, ROLE
from timebound.dialects.graph.policy_ids import (
    PolicyId,
    PolicyRow,
    ScopeType,
    format_policy_id,
    read_assignment_id,
    read_policy_id,
    read_scope,
)
from timebound.dialects.graph.refusals import Refusal
from timebound.domain.ids import TenantId
from timebound.domain.policies import default_policy
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.roles import GROUP_ROLES, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope

pytestmark = pytest.mark.documented("policyroot-list-rolemanagementpolicies, answers")
TENANT = TenantId("84841066-274d-4ec0-a5c1-276be684bdd3")
DIRECTORY = PolicyPlace(DIRECTORY_ROOT, ROLE)
TEAM = PolicyPlace(group_scope(MIRA), MEMBER)
TYPES = st.sampled_from(list(ScopeType))
CASES = st.sampled_from([str.lower, str.upper, str.title, str])


def place_of(type_: ScopeType) -> PolicyPlace:
    return TEAM if type_ is ScopeType.GROUP else DIRECTORY


@given(type_=TYPES, spell=CASES)
def test_an_id_is_read_as_it_was_told_in_any_case(type_: ScopeType, spell: type[str]) -> None:
    text = format_policy_id(type_, TENANT, place_of(type_))

    found = read_policy_id(spell(text))

    assert (found.type, found.scope) == (type_, place_of(type_).scope)
    assert found.middle == (MIRA if type_ is ScopeType.GROUP else TENANT)
    assert text.split("_") == [type_.value, found.middle, found.guid]


@given(type_=TYPES)
def test_an_assignment_adds_the_role(type_: ScopeType) -> None:
    stored = StoredPolicy(place_of(type_), default_policy(GROUP_ROLES[MEMBER]))
    row = PolicyRow(type_, TENANT, stored)

    policy, role_id = read_assignment_id(row.assignment_id)

    assert (policy, role_id) == (read_policy_id(row.id), stored.place.role_id)


def test_the_guid_tells_neither_the_tenant_nor_the_word() -> None:
    other = TenantId(str(UUID(int=1)))
    told = [
        format_policy_id(type_, tenant_id, DIRECTORY)
        for type_ in (ScopeType.DIRECTORY, ScopeType.DIRECTORY_ROLE)
        for tenant_id in (TENANT, other)
    ]

    assert len(set(told)) == 4
    assert len({text.rpartition("_")[2] for text in told}) == 1
    found = read_policy_id(told[0])
    assert (found.is_of(TENANT), found.is_of(other)) == (True, False)


@pytest.mark.observed("OPIM/WIZ (POL-032)")
@pytest.mark.parametrize(
    "text",
    [
        "",
        ROLE,
        f"Directory_{TENANT}",
        f"Subscription_{TENANT}_{ROLE}",
        f"Directory_{TENANT}_{ROLE}_{ROLE}",
        f" Directory_{TENANT}_{ROLE}",
        f"Directory_{TENANT}_{ROLE}\n",
        f"Directory_{TENANT}_{ROLE[:-1]}\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_what_names_no_provider_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_policy_id(text)

    error = refusal.value.error
    assert (error.status, error.code) == (400, "UnknownError")
    assert error.message == '{"errorCode":"MissingProvider","message":"The provider is missing."}'


@given(text=st.text(max_size=90))
def test_no_text_is_a_fault(text: str) -> None:
    for read in (read_policy_id, read_assignment_id):
        try:
            found = read(text)
        except Refusal:
            continue
        assert isinstance(found, PolicyId | tuple)


def test_a_scope_is_told_by_word_and_id() -> None:
    assert read_scope("directory", "/") == (ScopeType.DIRECTORY, DIRECTORY_ROOT)
    assert read_scope("DirectoryRole", "/") == (ScopeType.DIRECTORY_ROLE, DIRECTORY_ROOT)
    assert read_scope("Group", MIRA.upper()) == (ScopeType.GROUP, group_scope(MIRA))


@pytest.mark.parametrize(
    ("word", "scope_id"), [("Directory", MIRA), ("DirectoryRole", ""), ("subscription", "/")]
)
def test_a_scope_that_is_none_is_refused(word: str, scope_id: str) -> None:
    with pytest.raises(Refusal):
        read_scope(word, scope_id)
