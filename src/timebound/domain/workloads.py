"""Workloads of other issuers that an application trusts as itself: federated credentials."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from timebound.domain.authority import authorize
from timebound.domain.claim_matching import LANGUAGE_VERSION, Comparison, read_expression
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Fact
from timebound.domain.principal_changes import PrincipalFacts, refuse_absent
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requirements import Operation

FEDERATED: Final = "federatedIdentityCredentials"
MOST_FEDERATED: Final = 20
"""How many an application may have. Source: Graph, create federatedIdentityCredential."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}", re.ASCII)
_ISSUER: Final = re.compile(r"https?://[^\s?#@]+", re.ASCII)
EXPRESSION: Final = "claimsMatchingExpression"
_NEEDED: Final = ("name", "issuer", "audiences")
_OPERATION: Final = Operation.CHANGE_APPLICATION_SECRETS

Described = Mapping[str, Fact]
"""A federated credential as it is published."""


class WorkloadChange(Enum):
    """What is to become of a federated credential."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    PUT = "put"
    """It is changed if there is one of this name, else made."""


@dataclass(frozen=True, slots=True)
class WorkloadAsk:
    """What a client asks: of a new one its id, of another one its id or its name; and values.

    What is put goes by its name, and has the fresh id if it is made.
    """

    change: WorkloadChange
    key: str
    values: Described = field(default_factory=dict)
    fresh_id: str = ""


def list_workloads(attributes: Mapping[str, Fact]) -> tuple[Described, ...]:
    """The federated credentials among the attributes of an application."""
    kept = attributes.get(FEDERATED)
    if not isinstance(kept, tuple):
        return ()
    return tuple(one for one in kept if isinstance(one, Mapping))


def find_workload(attributes: Mapping[str, Fact], key: str) -> Described | None:
    """The federated credential of an id or a name."""
    known = list_workloads(attributes)
    return next((one for one in known if key in (one.get("id"), one.get("name"))), None)


def stands_for(one: Described, claims: Mapping[str, object]) -> bool:
    """Whether a federated credential is about the workload whose token says this."""
    if one.get("subject") is not None:
        return claims.get("sub") == one["subject"]
    comparisons = _read_comparisons(one)
    return bool(comparisons) and all(each.fits(claims) for each in comparisons)


def _read_comparisons(one: Described) -> tuple[Comparison, ...]:
    kept = one.get(EXPRESSION)
    if not isinstance(kept, Mapping) or kept.get("languageVersion") != LANGUAGE_VERSION:
        return ()
    return read_expression(str(kept.get("value")), str(one.get("issuer")))


def decide_workload(facts: PrincipalFacts, ask: WorkloadAsk) -> DirectoryObject | Refused:
    """The application as it trusts from now on; whoever may change its secrets may change that."""
    found = facts.object
    if found is None or found.deleted_at is not None or found.kind is not ObjectKind.APPLICATION:
        return refuse_absent(facts, (_OPERATION,))
    problems = authorize(_OPERATION, facts.caller, facts.target)
    if problems:
        return Refused(problems)
    old = _find(found.attributes, ask)
    if old is None and ask.change not in {WorkloadChange.ADD, WorkloadChange.PUT}:
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=ask.key),))
    new = None if ask.change is WorkloadChange.REMOVE else _describe(old, ask)
    others = tuple(one for one in list_workloads(found.attributes) if one != old)
    problems = () if new is None else tuple(_check(ask, old, new, others))
    if problems:
        return Refused(problems)
    kept = others if new is None else (*others, new)
    return replace(found, attributes={**found.attributes, FEDERATED: kept})


def _find(attributes: Mapping[str, Fact], ask: WorkloadAsk) -> Described | None:
    if ask.change is not WorkloadChange.PUT:
        return find_workload(attributes, ask.key)
    known = list_workloads(attributes)
    return next((one for one in known if one.get("name") == ask.key), None)


def _describe(old: Described | None, ask: WorkloadAsk) -> Described:
    fresh: dict[str, Fact] = dict.fromkeys((*_NEEDED, "subject", "description"))
    return {"id": ask.fresh_id or ask.key, **fresh, **(old or {}), **ask.values}


def _check(
    ask: WorkloadAsk, old: Described | None, new: Described, others: tuple[Described, ...]
) -> Iterator[Problem]:
    for name in _NEEDED:
        if not new.get(name):
            yield _refuse(name, Reason.MISSING)
    yield from _check_subject(new)
    called = ask.key if ask.change is WorkloadChange.PUT else (old or new).get("name")
    if called != new.get("name"):
        yield _refuse("name", Reason.CANNOT_CHANGE)
    for name, pattern in (("name", _NAME), ("issuer", _ISSUER)):
        value = new.get(name)
        if value and not pattern.fullmatch(str(value)):
            yield _refuse(name, Reason.NOT_APPLICABLE)
    audiences = new.get("audiences")
    if isinstance(audiences, tuple) and len(audiences) > 1:
        yield _refuse("audiences", Reason.TOO_MANY)
    if len(others) >= MOST_FEDERATED:
        yield _refuse(FEDERATED, Reason.TOO_MANY)
    yield from _check_unique(new, others)


def _check_subject(new: Described) -> Iterator[Problem]:
    """It is either a subject or an expression, which has to be one for this issuer."""
    if new.get(EXPRESSION) is None:
        if not new.get("subject"):
            yield _refuse("subject", Reason.MISSING)
    elif new.get("subject") is not None or not _read_comparisons(new):
        yield _refuse(EXPRESSION, Reason.NOT_APPLICABLE)


def _check_unique(new: Described, others: tuple[Described, ...]) -> Iterator[Problem]:
    for names in (("name",), ("issuer", EXPRESSION, "subject")):
        if any(all(one.get(name) == new.get(name) for name in names) for one in others):
            value = str(new.get(names[-1]))
            named = "/".join(one for one in names if one != EXPRESSION)
            yield Problem(Code.OBJECT_EXISTS, property=named, value=value)


def _refuse(named: str, reason: Reason) -> Problem:
    return Problem(Code.VALUE_REFUSED, reason=reason, property=named)
