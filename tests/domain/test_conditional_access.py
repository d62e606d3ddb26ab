"""How many conditions one question about access may rest on, and how long that takes."""

from collections.abc import Sequence
from time import process_time
from typing import Final

import pytest

from tests.domain.test_effective_access import START, deny, facts, held
from tests.support.builders import NOON, PERSON
from timebound.domain.azure.conditions import Context, Source
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.permissions import Access, Permission, Rights, is_allowed
from timebound.domain.effective_access import AccessDecision, AskedAccess, Finding, decide_access
from timebound.domain.scopes import Scope, ScopeKind

pytestmark = pytest.mark.inferred("who asks is not to keep everybody else waiting")

NAME: Final = (Source.REQUEST, "x")
LETTERS: Final = {NAME: ("a" * 64,) * 30}
SOON: Final = 0.5
"""Seconds: it takes a fifth of that, also where others share the processor."""
MANY: Final = 100


def pattern(number: int, count: int = 400) -> str:
    """A condition that takes some 10 ms to judge, and is true of the letters."""
    patterns = ", ".join(["'*b'"] * count)
    return f"@Request[x] ForAllOfAllValues:StringNotLike {{{patterns}, 'b{number}'}}"


def values(number: int) -> str:
    """A long condition that takes little to judge, and much to read; it is true as well."""
    return f"@Request[x] ForAllOfAllValues:StringNotEquals {{{','.join(['b'] * 4_000)},{number}}}"


HEAVY: Final = {"judging": pattern, "reading": values}


def ask(conditions: Sequence[str], *denials: Denial) -> AccessDecision:
    grants = [held(condition=condition) for condition in conditions]
    call = Context(START, LETTERS)
    return decide_access(facts(*grants, denials=denials), AskedAccess(PERSON, call), NOON)


@pytest.mark.parametrize("name", HEAVY)
def test_any_number_of_conditions_is_judged_soon(name: str) -> None:
    conditions = [HEAVY[name](number) for number in range(MANY)]
    started = process_time()
    found = ask(conditions)
    assert process_time() - started < SOON
    assert found.is_allowed
    assert 0 < len(found.grants) < MANY


def test_what_many_grants_have_in_common_is_judged_once() -> None:
    assert len(ask([pattern(1)] * MANY).grants) == MANY


def test_what_is_too_heavy_keeps_nothing_else_from_being_judged() -> None:
    heavy = pattern(1).replace("'*b'", "'*?b'")
    assert len(ask([heavy, pattern(2, 1)]).grants) == 1


def test_a_denial_that_is_not_judged_any_more_denies() -> None:
    spared = [
        deny(PERSON, id=f"denial-{number}", condition=f"!({pattern(number)})")
        for number in range(MANY)
    ]
    assert ask([pattern(1)], *spared[:1]).is_allowed
    found = decide_access(
        facts(held(), denials=tuple(spared)), AskedAccess(PERSON, Context(START, LETTERS)), NOON
    )
    assert found.finding is Finding.DENIED
    assert 0 < len(found.denials) < MANY


def test_denials_are_judged_before_conditions_of_grants() -> None:
    conditions = [pattern(number) for number in range(MANY)]
    found = ask(conditions, deny(PERSON, condition=f"!({pattern(MANY)})"))
    assert found.is_allowed


@pytest.mark.parametrize("name", HEAVY)
def test_rights_are_judged_soon_however_many_conditions_they_have(name: str) -> None:
    place = Scope(ScopeKind.AZURE, "/subscriptions/s")
    accesses = tuple(
        Access((Permission((START,)),), f"!({HEAVY[name](number)})") for number in range(MANY)
    )
    rights = Rights(place, accesses, attributes=LETTERS)
    started = process_time()
    assert not any(rights.allows(action) for action in (START, START.upper()))
    assert not is_allowed(Context(START, LETTERS), accesses)
    assert process_time() - started < 2 * SOON
