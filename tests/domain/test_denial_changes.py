"""What clients may deny, and what is refused with the property that is at fault."""

from dataclasses import replace
from typing import Final

import pytest

from tests.support.builders import GROUP, HOUR, NOON, PERSON, ROBOT, STRANGER, make_caller
from timebound.domain.authority import Target
from timebound.domain.azure.denials import EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure.places import ROOT
from timebound.domain.decide import Refused
from timebound.domain.denial_changes import DenialFacts, decide_denial, decide_removal
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Code
from timebound.domain.scopes import Scope, ScopeKind

documented = pytest.mark.documented("Azure: deny assignments; New-AzDenyAssignment")

PLACE: Final = Scope(ScopeKind.AZURE, "/subscriptions/s")
EVERYTHING: Final = Target(rights=Rights(PLACE, (Access((Permission(("*",)),)),)))
DELETING: Final = Permission(("*/delete",))
ASKED: Final = Denial(
    "denial",
    ROOT,
    "No deleting",
    (DELETING,),
    (DeniedPrincipal(STRANGER, "User"),),
    description="Nobody deletes",
)
FACTS: Final = DenialFacts(
    make_caller(PERSON, permissions=(AZURE_PERMISSION,)),
    PLACE,
    EVERYTHING,
    is_known=True,
    kinds={
        STRANGER: PrincipalKind.USER,
        ROBOT: PrincipalKind.SERVICE_PRINCIPAL,
        GROUP: PrincipalKind.GROUP,
    },
)


def someone(*ids: str) -> tuple[DeniedPrincipal, ...]:
    return tuple(DeniedPrincipal(id_, "User") for id_ in ids)


def change(**changes: object) -> Denial:
    return replace(ASKED, **changes)  # type: ignore[arg-type]  # the fields are the test's


def problems(decision: Denial | Refused) -> list[tuple[str, str | None, str | None]]:
    assert isinstance(decision, Refused), decision
    return [
        (one.code.value, one.reason.value if one.reason else None, one.property)
        for one in decision.problems
    ]


@documented
def test_a_denial_is_kept_with_who_made_it_when() -> None:
    made = decide_denial(FACTS, ASKED, NOON)
    assert made == change(
        scope=PLACE, created_at=NOON, created_by=PERSON, updated_at=NOON, updated_by=PERSON
    )
    assert isinstance(made, Denial)
    changed = decide_denial(replace(FACTS, found=made), change(name="Other"), NOON + HOUR)
    assert changed == replace(made, name="Other", updated_at=NOON + HOUR)


@documented
@pytest.mark.parametrize(
    "asked",
    [
        change(principals=someone(EVERYBODY), left_out=someone(ROBOT)),
        change(principals=someone(EVERYBODY), left_out=someone(GROUP)),
        change(permissions=(Permission(("*",), ("*/read",)),)),
        change(permissions=(Permission(("A/b/write", "A/b/start/action")),)),
        change(condition="@Resource[A/b:c] StringEquals 'd'", condition_version="2.0"),
        change(effect="audit"),
        change(is_for_children=False),
    ],
)
def test_what_clients_may_deny(asked: Denial) -> None:
    assert isinstance(decide_denial(FACTS, asked, NOON), Denial)


BLOCKS: Final = "properties.permissions"


@documented
@pytest.mark.parametrize(
    ("asked", "reason", "named"),
    [
        (change(name=" "), "missing", "properties.denyAssignmentName"),
        (change(name="x" * 513), "tooLong", "properties.denyAssignmentName"),
        (change(description="x" * 2_049), "tooLong", "properties.description"),
        (change(principals=()), "missing", "properties.principals"),
        (change(principals=someone(*["x"] * 1_001)), "tooMany", "properties.principals"),
        (change(principals=someone(GROUP)), "wrongKind", "properties.principals"),
        (change(principals=someone(EVERYBODY)), "missing", "properties.excludePrincipals"),
        (change(left_out=someone(EVERYBODY)), "contradictory", "properties.excludePrincipals"),
        (change(permissions=()), "missing", BLOCKS),
        (change(permissions=(Permission(not_actions=("a/b",)),)), "missing", BLOCKS),
        (change(permissions=(Permission(("a/delete",) * 2_001),)), "tooMany", BLOCKS),
        (change(permissions=(Permission(("*/read",)),)), "unsupported", f"{BLOCKS}.actions"),
        (change(permissions=(Permission(("A/*",)),)), "unsupported", f"{BLOCKS}.actions"),
        (
            change(permissions=(Permission(("a/b",), data_actions=("c",)),)),
            "unsupported",
            f"{BLOCKS}.dataActions",
        ),
        (
            change(permissions=(Permission(("a/b",), condition="?"),)),
            "unreadable",
            f"{BLOCKS}.condition",
        ),
        (change(condition="@Nothing"), "unreadable", "properties.condition"),
        (
            change(condition="Exists @Resource[a]", condition_version="1.0"),
            "unknownValue",
            "properties.conditionVersion",
        ),
        (change(effect="maybe"), "unknownValue", "properties.denyAssignmentEffect"),
        (change(is_system_protected=True), "cannotChange", "properties.isSystemProtected"),
    ],
)
def test_what_clients_may_not_deny(asked: Denial, reason: str, named: str) -> None:
    assert ("propertyRefused", reason, named) in problems(decide_denial(FACTS, asked, NOON))


@documented
def test_principals_have_to_be_there() -> None:
    for name, asked in (
        ("properties.principals", change(principals=someone("nobody"))),
        ("properties.excludePrincipals", change(left_out=someone("nobody"))),
    ):
        refused = problems(decide_denial(FACTS, asked, NOON))
        assert refused == [("principalNotFound", None, name)]


@documented
def test_names_are_unique_at_a_place() -> None:
    facts = replace(FACTS, named=frozenset({"other"}))
    refused = problems(decide_denial(facts, ASKED, NOON))
    assert refused == [("objectConflicts", None, "properties.denyAssignmentName")]
    own = replace(FACTS, named=frozenset({"denial"}))
    assert isinstance(decide_denial(own, ASKED, NOON), Denial)


@documented
def test_those_of_azure_itself_are_neither_changed_nor_taken_away() -> None:
    facts = replace(FACTS, found=change(scope=PLACE, is_system_protected=True))
    for decision in (decide_denial(facts, ASKED, NOON), decide_removal(facts)):
        assert problems(decision) == [("changeNotAllowed", "builtIn", "name")]


@documented
def test_a_denial_is_changed_and_taken_away_where_it_is() -> None:
    facts = replace(FACTS, found=change(scope=ROOT))
    assert problems(decide_denial(facts, ASKED, NOON)) == [("objectExists", None, "name")]
    assert problems(decide_removal(facts)) == [("objectNotFound", None, None)]
    assert problems(decide_removal(FACTS)) == [("objectNotFound", None, None)]
    here = change(scope=PLACE)
    assert decide_removal(replace(FACTS, found=here)) == here


@documented
def test_authority_comes_first_and_then_whether_the_place_is_there() -> None:
    powerless = replace(FACTS, target=Target(rights=Rights(PLACE)), is_known=False)
    nowhere = replace(FACTS, is_known=False)
    for decide in (lambda f: decide_denial(f, ASKED, NOON), decide_removal):
        refused = decide(powerless)
        assert isinstance(refused, Refused)
        assert refused.problems[0].code is Code.ACTION_NOT_ALLOWED
        assert problems(decide(nowhere)) == [("scopeNotFound", None, None)]
