"""What tests about role assignments of Azure ask for, and of what facts."""

from dataclasses import replace

from tests.domain.deciding import told
from tests.support.builders import (
    PERSON,
    make_boss_facts,
    make_grant,
)
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.azure_assignments import (
    AskedAssignment,
    Surroundings,
)
from timebound.domain.decide import Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, RoleId
from timebound.domain.roles import (
    Role,
)
from timebound.domain.scopes import Scope, ScopeKind

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000a"
PLACE = Scope(ScopeKind.AZURE, SUBSCRIPTION)
WEB = Scope(ScopeKind.AZURE, f"{SUBSCRIPTION}/resourceGroups/Web")
CIRCLE = Scope(ScopeKind.AZURE, f"{MANAGEMENT_GROUPS}/circle")
READER = Role(RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7"), ScopeKind.AZURE, "Reader")
SLOT = Slot(PERSON, READER.id, PLACE)
NAME = GrantId("c0ffee00-0000-4000-8000-000000000001")
CONDITION = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'archive'"
SAID = Terms(condition=CONDITION, condition_version="2.0", description="For reports")
ALONE = Surroundings()


def asked(terms: Terms | None = None, slot: Slot = SLOT, **changes: object) -> AskedAssignment:
    found = AskedAssignment(NAME, slot, terms or Terms())
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields are the test's


def facts(*grants: Grant, slot: Slot = SLOT, **changes: object) -> Facts:
    found = make_boss_facts(*grants, slot=slot, role=READER)
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields are the test's


def plain(slot: Slot = SLOT, **changes: object) -> Grant:
    grant = make_grant(GrantKind.ASSIGNED, slot=slot, request_id=None, id=NAME)
    return replace(grant, **changes)  # type: ignore[arg-type]  # the fields are the test's


def refusal(outcome: object) -> list[str]:
    assert isinstance(outcome, Refused)
    return [told(problem) for problem in outcome.problems]
