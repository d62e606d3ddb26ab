"""That a resource group has to be read to be activated at, unless the eligibility is its own."""

from dataclasses import replace
from itertools import permutations
from typing import Final

import pytest

from tests.domain.test_activation_policies import LAX, bare, eligible, facts_of
from tests.support.builders import HOUR, NOON, PERSON
from timebound.domain.aiming import check_gate
from timebound.domain.decide import Granted, decide
from timebound.domain.facts import Eligibility, Facts
from timebound.domain.grants import Slot
from timebound.domain.requests import Draft
from timebound.domain.scopes import Scope, ScopeKind

pytestmark = pytest.mark.inferred("who is asked to read, and on what an activation stands")

SUBSCRIPTION: Final = Scope(ScopeKind.AZURE, "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001")
GROUP: Final = Scope(ScopeKind.AZURE, f"{SUBSCRIPTION.path}/resourceGroups/web")
HERE: Final = Slot(PERSON, bare().slot.role_id, GROUP)
ABOVE: Final = replace(HERE, scope=SUBSCRIPTION)


def facts(*held: Eligibility) -> Facts:
    return replace(facts_of(LAX, LAX, *held), slot=HERE)


def draft(named: Eligibility | None = None) -> Draft:
    return replace(bare(named=named.grants[0].id if named else None), slot=HERE)


def is_asked(known: Facts, asked: Draft) -> bool:
    return bool(check_gate(known, asked, NOON))


def test_reading_is_asked_for_where_the_eligibility_that_is_used_lies_above() -> None:
    here, above = eligible(HERE, NOON + HOUR), eligible(ABOVE)
    for held in permutations((here, above)):
        for named, is_above in ((None, False), (here, False), (above, True)):
            known, asked = facts(*held), draft(named)
            made = decide(known, asked, NOON)
            assert isinstance(made, Granted)
            assert made.grant is not None
            assert made.grant.basis is not None
            assert (made.grant.basis.slot == ABOVE) is is_above
            assert is_asked(known, asked) is is_above
    assert is_asked(facts(above), draft())
    assert not is_asked(facts(here), draft())
