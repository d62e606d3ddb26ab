"""The rule about what a request must bring, for each of its three targets."""

from dataclasses import replace
from itertools import chain, combinations

import pytest

from tests.domain.deciding import told
from tests.support.builders import HOUR, NOON, ROLE, after, make_draft
from timebound.domain.policies import Case, Policy, SignIn, default_policy
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.roles import GROUP_ROLES, OWNER, Role
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import Enforcement, TenantSettings
from timebound.domain.times import Window

ADMIN = (Action.ADMIN_ASSIGN, Action.ADMIN_UPDATE, Action.ADMIN_EXTEND, Action.ADMIN_RENEW)
ASKING = (Action.SELF_EXTEND, Action.SELF_RENEW)
TAKING = (Action.ADMIN_REMOVE, Action.SELF_DEACTIVATE)
FAILURE = {
    Enablement.JUSTIFICATION: "JustificationRule/justificationMissing",
    Enablement.TICKETING: "TicketingRule/ticketMissing",
    Enablement.MFA: "MfaRule/mfaMissing",
}
SETS = list(chain.from_iterable(combinations(Enablement, n) for n in range(len(Enablement) + 1)))
TARGETS = ("Admin_Eligibility", "Admin_Assignment", "EndUser_Assignment")
STRONG_ROLE = replace(ROLE, needs_strong_activation=True)
AZURE_ROLE = replace(ROLE, kind=ScopeKind.AZURE)


def target_of(action: Action, kind: RequestKind) -> str:
    if action.is_self:
        return "EndUser_Assignment"
    return "Admin_Eligibility" if kind is RequestKind.ELIGIBILITY else "Admin_Assignment"


def asking(target: str, *enabled: Enablement) -> Policy:
    none = {f"Enablement_{name}": EnablementRule() for name in TARGETS}
    rules = {**none, f"Enablement_{target}": EnablementRule(enabled)}
    return Policy({**default_policy(ROLE).rules, **rules})


def failures(
    policy: Policy, draft: Draft, sign_in: SignIn, settings: TenantSettings | None = None
) -> list[str]:
    case = Case(draft, Window(NOON, NOON + HOUR), sign_in, settings or TenantSettings())
    return [told(p) for p in policy.problems(case)]


def bare(action: Action, kind: RequestKind) -> Draft:
    draft = make_draft(action, kind, after())
    return replace(draft, justification=None, ticket=Ticket())


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview; order: azure-docs")
@pytest.mark.parametrize("enabled", SETS)
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("action", Action)
def test_every_unmet_thing_is_told_in_order(
    action: Action, kind: RequestKind, enabled: tuple[Enablement, ...]
) -> None:
    policy = asking(target_of(action, kind), *reversed(enabled))
    expected = [FAILURE[thing] for thing in Enablement if thing in enabled]
    if action in TAKING:
        expected = []
    elif action in ASKING:
        expected = [failure for failure in expected if failure.startswith("Mfa")]
    assert failures(policy, bare(action, kind), SignIn()) == expected
    assert failures(policy, make_draft(action, kind, after()), SignIn(has_mfa=True)) == []


@pytest.mark.documented("GDOC concepts/identity-governance-pim-rules-overview")
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("action", Action)
def test_rules_of_other_targets_do_not_bind(action: Action, kind: RequestKind) -> None:
    for target in set(TARGETS) - {target_of(action, kind)}:
        assert failures(asking(target, *Enablement), bare(action, kind), SignIn()) == []


@pytest.mark.inferred("blanks say nothing; a ticket is its number")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"justification": ""}, [FAILURE[Enablement.JUSTIFICATION]]),
        ({"justification": " \n"}, [FAILURE[Enablement.JUSTIFICATION]]),
        ({"ticket": Ticket(" ", "desk")}, [FAILURE[Enablement.TICKETING]]),
        ({"ticket": Ticket("7")}, []),
    ],
)
def test_blanks(changes: dict[str, object], expected: list[str]) -> None:
    draft = replace(make_draft(), **changes)  # type: ignore[arg-type]  # the fields are the table's
    policy = asking("EndUser_Assignment", *Enablement)
    assert failures(policy, draft, SignIn(has_mfa=True)) == expected


@pytest.mark.observed("BUG21: an application was let pass without a justification, not without MFA")
@pytest.mark.parametrize(
    ("is_application", "enforcement", "expected"),
    [
        (True, Enforcement.ENFORCE, [*FAILURE.values()]),
        (True, Enforcement.SKIP, [FAILURE[Enablement.TICKETING], FAILURE[Enablement.MFA]]),
        (False, Enforcement.SKIP, [*FAILURE.values()]),
    ],
)
def test_applications(
    *,
    is_application: bool,
    enforcement: Enforcement,
    expected: list[str],
) -> None:
    draft = bare(Action.ADMIN_ASSIGN, RequestKind.ASSIGNMENT)
    settings = TenantSettings(application_justification=enforcement)
    sign_in = SignIn(is_application=is_application)
    policy = asking("Admin_Assignment", *Enablement)
    assert failures(policy, draft, sign_in, settings) == expected


@pytest.mark.observed("RAY 10; RAY pim-for-groups 03; ROLESET")
@pytest.mark.parametrize(
    ("role", "target", "expected"),
    [
        (ROLE, "Admin_Eligibility", ()),
        (ROLE, "Admin_Assignment", (Enablement.JUSTIFICATION,)),
        (ROLE, "EndUser_Assignment", (Enablement.JUSTIFICATION,)),
        (STRONG_ROLE, "Admin_Eligibility", ()),
        (STRONG_ROLE, "Admin_Assignment", (Enablement.JUSTIFICATION,)),
        (STRONG_ROLE, "EndUser_Assignment", (Enablement.MFA, Enablement.JUSTIFICATION)),
        (GROUP_ROLES[OWNER], "Admin_Eligibility", ()),
        (GROUP_ROLES[OWNER], "Admin_Assignment", (Enablement.JUSTIFICATION,)),
        (GROUP_ROLES[OWNER], "EndUser_Assignment", (Enablement.JUSTIFICATION,)),
        (AZURE_ROLE, "Admin_Eligibility", ()),
        (AZURE_ROLE, "Admin_Assignment", (Enablement.JUSTIFICATION,)),
        (AZURE_ROLE, "EndUser_Assignment", (Enablement.JUSTIFICATION,)),
    ],
)
def test_defaults(role: Role, target: str, expected: tuple[Enablement, ...]) -> None:
    assert default_policy(role).rules[f"Enablement_{target}"] == EnablementRule(expected)
