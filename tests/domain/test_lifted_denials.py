"""Who can take deny assignments away that deny them everything."""

import pytest

from tests.domain.test_effective_access import (
    OPERATOR,
    PLACE,
    START,
    SUBSCRIPTION,
    ask,
    deny,
    facts,
    held,
    hours,
)
from tests.support.builders import NOON, PERSON
from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.denials import EVERYBODY, LIFTING
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT
from timebound.domain.effective_access import rights_of
from timebound.domain.scopes import Scope


@pytest.mark.inferred("nobody is to be locked out for good")
@pytest.mark.parametrize(
    ("where", "condition", "is_allowed"),
    [
        (ROOT, None, True),
        (ROOT, "@Request[a:b] GuidEquals 1", False),
        (SUBSCRIPTION, None, False),
        (PLACE, None, False),
    ],
)
def test_who_holds_more_lifts_a_denial(
    where: Scope, condition: str | None, *, is_allowed: bool
) -> None:
    line = Ancestry((PLACE.path, SUBSCRIPTION.path, ROOT.path))
    owner = {OPERATOR: (Permission(("*",)),)}
    denial = deny(EVERYBODY, but=("nobody",), permissions=(Permission(("*",)),))
    known = facts(
        held(scope=where, condition=condition), denials=(denial,), permissions=owner, ancestry=line
    )
    assert ask(known, LIFTING).is_allowed is is_allowed
    assert ask(known, LIFTING.upper()).is_allowed is is_allowed
    assert rights_of(known, PERSON, NOON).allows(LIFTING) is is_allowed
    for other in (START, "Microsoft.Authorization/denyAssignments/write"):
        assert not ask(known, other).is_allowed
        assert not rights_of(known, PERSON, NOON).allows(other)


@pytest.mark.inferred("what lifts a denial ends like everything that is held")
def test_a_denial_is_lifted_while_that_is_held() -> None:
    line = Ancestry((PLACE.path, SUBSCRIPTION.path, ROOT.path))
    owner = {OPERATOR: (Permission(("*",)),)}
    denial = deny(PERSON, permissions=(Permission(("*",)),))
    links = (held(scope=ROOT, hours=(-1, 2)), held(scope=SUBSCRIPTION))
    known = facts(*links, denials=(denial,), permissions=owner, ancestry=line)
    decision = ask(known, LIFTING)
    assert (decision.is_allowed, hours(decision)) == (True, 2)
