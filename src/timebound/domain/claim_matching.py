"""Expressions over the claims of workloads' tokens, by which one credential stands for many.

Source: Flexible federated identity credentials, language version 1. It says nothing of quotes
inside of quotes, so there are none; case counts, and `*` is any number of characters, none too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

LANGUAGE_VERSION: Final = 1
LONGEST_EXPRESSION: Final = 600
_LONGEST_CLAIM: Final = 2_048
"""A longer claim matches nothing: what it takes to compare grows with both."""
_COMPARISON: Final = re.compile(r"claims\['([A-Za-z0-9_]+)'\] (eq|matches) '([^']+)'")
_AND: Final = " and "
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_GITHUB: Final = re.compile(r"https://token\.actions\.githubusercontent\.com")
_GITLAB: Final = re.compile(rf"https://gitlab\.(?:com|{_LABEL}\.(?:com|ca))")
_TERRAFORM: Final = re.compile(r"https://app\.(?:eu\.)?terraform\.io")
_CLAIMS: Final = (
    (_GITHUB, frozenset({"sub", "job_workflow_ref"})),
    (_GITLAB, frozenset({"sub"})),
    (_TERRAFORM, frozenset({"sub"})),
)
"""The issuers that expressions are for, and the claims of their tokens that may be asked about."""


class Comparing(Enum):
    """How a claim is held against the text."""

    EQUAL = "eq"
    LIKE = "matches"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim, and what it has to be."""

    claim: str
    how: Comparing
    text: str

    def fits(self, claims: Mapping[str, object]) -> bool:
        """Whether a token with these claims is meant."""
        value = claims.get(self.claim)
        if not isinstance(value, str) or len(value) > _LONGEST_CLAIM:
            return False
        return value == self.text if self.how is Comparing.EQUAL else is_like(value, self.text)


def read_expression(text: str, issuer: str) -> tuple[Comparison, ...]:
    """The comparisons that all have to hold; none where it is no expression for the issuer."""
    known = next((claims for one, claims in _CLAIMS if one.fullmatch(issuer)), frozenset[str]())
    found: list[Comparison] = []
    at = 0
    while match := _COMPARISON.match(text, at):
        found.append(Comparison(match[1], Comparing(match[2]), match[3]))
        at = match.end()
        if at == len(text):
            return tuple(found) if {one.claim for one in found} <= known else ()
        if not text.startswith(_AND, at):
            return ()
        at += len(_AND)
    return ()


def is_like(value: str, pattern: str) -> bool:
    """Whether the text fits the pattern: `?` is one character, `*` any number of them."""
    at, step, star, tried = 0, 0, -1, 0
    while at < len(value):
        if pattern[step : step + 1] == "*":
            star, tried = step, at
            step += 1
        elif pattern[step : step + 1] in {"?", value[at]}:
            at, step = at + 1, step + 1
        elif star < 0:
            return False
        else:
            # The last star takes one character more; those before it never have to.
            tried += 1
            at, step = tried, star + 1
    return not pattern[step:].strip("*")
