"""Expressions over claims: as published, and nothing that is only nearly so."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.domain.claim_matching import is_like, read_expression
from timebound.domain.events import Fact
from timebound.domain.workloads import stands_for

pytestmark = pytest.mark.documented("Flexible federated identity credentials, language version 1")
GITHUB = "https://token.actions.githubusercontent.com"
MAIN = "repo:contoso/contoso-repo:ref:refs/heads/main"
FLOW = "foo-org/bar-repo/.github/workflows/deploy.yml@refs/heads/main"
ANY = "claims['sub'] matches '*'"
CLAIMS = {"sub": MAIN, "job_workflow_ref": FLOW, "aud": "x", "groups": ["a"]}


def fits(text: str, issuer: str = GITHUB) -> bool:
    """Whether the expression is one, and the claims are meant by it."""
    found = read_expression(text, issuer)
    return bool(found) and all(one.fits(CLAIMS) for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claims['sub'] matches 'repo:contoso/contoso-repo:ref:refs/heads/*'", True),
        ("claims['sub'] matches 'repo:contoso/contoso-*:ref:refs/heads/????'", True),
        ("claims['sub'] matches 'repo:contoso/contoso-*:ref:refs/heads/???'", False),
        ("claims['sub'] matches 'repo:contoso/*'", True),
        ("claims['sub'] matches 'Repo:contoso/*'", False),
        ("claims['sub'] matches 'repo:contoso/other-*'", False),
        (f"claims['sub'] eq '{MAIN}'", True),
        ("claims['sub'] eq 'repo:contoso/*'", False),
        (f"claims['sub'] eq '{MAIN}' and claims['job_workflow_ref'] matches 'foo-org/*'", True),
        (f"claims['sub'] eq '{MAIN}' and claims['job_workflow_ref'] matches 'bar-org/*'", False),
        (f"claims['sub'] eq 'other' and claims['job_workflow_ref'] eq '{FLOW}'", False),
    ],
)
def test_all_that_is_compared_has_to_fit(text: str, *, expected: bool) -> None:
    assert read_expression(text, GITHUB)
    assert fits(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "claims['sub'] matches ''",
        "claims['sub'] Matches '*'",
        "claims['sub']  matches '*'",
        " claims['sub'] matches '*'",
        "claims['sub'] matches '*' ",
        "claims['sub'] matches '*' and ",
        "claims['sub'] matches '*' or claims['sub'] eq 'x'",
        "claims['sub'] matches '*'and claims['sub'] eq 'x'",
        "claims['sub'] matches 'it''s'",
        "claims['sub'] matches \"*\"",
        "claims[sub] matches '*'",
        "claims.sub matches '*'",
        "claims['sub'] ne 'x'",
        "not claims['sub'] eq 'x'",
        "(claims['sub'] eq 'x')",
        "claims['aud'] matches '*'",
        "claims['groups'] matches '*'",
    ],
)
def test_what_is_not_published_is_no_expression(text: str) -> None:
    assert read_expression(text, GITHUB) == ()


@pytest.mark.parametrize(
    ("issuer", "is_known", "has_workflows"),
    [
        (GITHUB, True, True),
        (f"{GITHUB}/", False, False),
        ("https://gitlab.com", True, False),
        ("https://gitlab.harbourworks.com", True, False),
        ("https://gitlab.harbourworks.ca", True, False),
        ("https://gitlab.harbourworks.org", False, False),
        ("https://gitlab.evil.example/gitlab.com", False, False),
        ("https://gitlab.a/b.com", False, False),
        ("https://app.terraform.io", True, False),
        ("https://app.eu.terraform.io", True, False),
        ("https://app.us.terraform.io", False, False),
        ("https://token.actionsXgithubusercontent.com", False, False),
        ("https://issuer.example", False, False),
    ],
)
def test_each_issuer_has_claims_of_its_own(
    issuer: str, *, is_known: bool, has_workflows: bool
) -> None:
    assert bool(read_expression("claims['sub'] matches '*'", issuer)) is is_known
    asked = "claims['job_workflow_ref'] matches '*'"
    assert bool(read_expression(asked, issuer)) is has_workflows


def test_a_claim_that_is_no_text_or_far_too_long_fits_nothing() -> None:
    [anything] = read_expression("claims['sub'] matches '*'", GITHUB)
    assert anything.fits({"sub": "x" * 2_048})
    for value in (None, ["x"], 1, "x" * 2_049):
        assert not anything.fits({"sub": value})
    assert not anything.fits({})


@pytest.mark.parametrize(
    "kept",
    [
        {"subject": "another"},
        {"subject": None},
        {"subject": None, "claimsMatchingExpression": None},
        {"subject": None, "claimsMatchingExpression": {"value": "*", "languageVersion": 1}},
        {"subject": None, "claimsMatchingExpression": {"value": ANY, "languageVersion": 2}},
        {"subject": "", "claimsMatchingExpression": {"value": ANY, "languageVersion": 1}},
    ],
)
def test_what_cannot_be_understood_stands_for_nobody(kept: Mapping[str, Fact]) -> None:
    good: Fact = {"value": ANY, "languageVersion": 1}
    assert stands_for({"issuer": GITHUB, "subject": None, "claimsMatchingExpression": good}, CLAIMS)
    assert stands_for({"issuer": GITHUB, "subject": MAIN}, CLAIMS)
    assert not stands_for({"issuer": GITHUB, **kept}, CLAIMS)


@given(st.text("ab*?.\n", max_size=12), st.text("ab*?.\n", max_size=8))
def test_patterns_are_what_regular_expressions_make_of_them(value: str, pattern: str) -> None:
    spelled = {"*": ".*", "?": "."}
    expression = "".join(spelled.get(one, re.escape(one)) for one in pattern)
    expected = re.fullmatch(expression, value, re.DOTALL) is not None
    assert is_like(value, pattern) is expected


def test_a_pattern_of_many_stars_takes_no_longer() -> None:
    assert not is_like("a" * 2_048, "*a" * 250 + "b")
