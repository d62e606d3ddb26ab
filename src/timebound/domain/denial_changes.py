"""Making, changing and taking away deny assignments: what is refused, and what there is then.

Clients deny changing things, to people and applications, or to everybody but some. Sources: Azure
documentation of deny assignments; the reference of New-AzDenyAssignment, which says what is denied
by clients and what by Azure alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.azure.condition_text import UnreadableConditionError, read_condition
from timebound.domain.azure.denials import AUDITED, ENFORCED, EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Permission
from timebound.domain.decide import Refused
from timebound.domain.operations import Operation
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

NAME: Final = "properties.denyAssignmentName"
DESCRIPTION: Final = "properties.description"
PERMISSIONS: Final = "properties.permissions"
PRINCIPALS: Final = "properties.principals"
LEFT_OUT: Final = "properties.excludePrincipals"
PROTECTED: Final = "properties.isSystemProtected"
CONDITION: Final = "properties.condition"
EFFECT: Final = "properties.denyAssignmentEffect"
CONDITION_VERSION: Final = "2.0"
MOST_PRINCIPALS: Final = 1_000
"""Nothing is published of how many there may be."""
_LONGEST: Final = {NAME: 512, DESCRIPTION: 2_048}
_MOST_ACTIONS: Final = 2_000
_READING: Final = frozenset({"*", "*/read"})


@dataclass(frozen=True, slots=True)
class DenialFacts:
    """What a change of a deny assignment is decided from.

    `found` has the id already, wherever it is; `named` are the ids of others at the place that have
    the name. `kinds` are the principals that are named, as far as they are there.
    """

    caller: Caller
    here: Scope
    target: Target
    is_known: bool
    found: Denial | None = None
    named: frozenset[str] = frozenset()
    kinds: Mapping[str, PrincipalKind] = field(default_factory=dict)


def decide_denial(facts: DenialFacts, asked: Denial, at: Instant) -> Denial | Refused:
    """The deny assignment as it is from now on, or everything that is wrong with it.

    One of Azure's own is not changed, nor one that is somewhere else.
    """
    unmet = _check_place(facts, Operation.CHANGE_DENY_ASSIGNMENTS)
    if unmet:
        return Refused(unmet)
    found, by = facts.found, facts.caller.id
    if found is not None and found.scope != facts.here:
        return Refused((Problem(Code.OBJECT_EXISTS, property="name", value=asked.id),))
    problems = (*_check_protection(facts), *_check(facts, asked))
    if problems:
        return Refused(problems)
    first_at, first_by = (at, by) if found is None else (found.created_at, found.created_by)
    return replace(
        asked,
        scope=facts.here,
        created_at=first_at,
        created_by=first_by,
        updated_at=at,
        updated_by=by,
    )


def decide_removal(facts: DenialFacts) -> Denial | Refused:
    """The deny assignment that is no more; refused where there is none at the place."""
    unmet = _check_place(facts, Operation.DELETE_DENY_ASSIGNMENTS)
    if unmet:
        return Refused(unmet)
    found = facts.found
    if found is None or found.scope != facts.here:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    problems = _check_protection(facts)
    return Refused(problems) if problems else found


def _check_place(facts: DenialFacts, operation: Operation) -> tuple[Problem, ...]:
    problems = authorize(operation, facts.caller, facts.target)
    if problems or facts.is_known:
        return problems
    return (Problem(Code.SCOPE_NOT_FOUND, value=facts.here.path),)


def _check_protection(facts: DenialFacts) -> tuple[Problem, ...]:
    if facts.found is None or not facts.found.is_system_protected:
        return ()
    return (Problem(Code.CHANGE_NOT_ALLOWED, reason=Reason.BUILT_IN, property="name"),)


def _check(facts: DenialFacts, asked: Denial) -> Iterator[Problem]:
    yield from _check_texts(facts, asked)
    yield from _check_principals(facts, asked)
    yield from _check_blocks(asked.permissions)
    yield from _check_condition(asked)
    if asked.is_system_protected:
        yield _refuse(PROTECTED, Reason.CANNOT_CHANGE)


def _check_texts(facts: DenialFacts, asked: Denial) -> Iterator[Problem]:
    if not asked.name.strip():
        yield _refuse(NAME, Reason.MISSING)
    for name, text in ((NAME, asked.name), (DESCRIPTION, asked.description or "")):
        if len(text) > _LONGEST[name]:
            yield _refuse(name, Reason.TOO_LONG, str(_LONGEST[name]))
    if facts.named - {asked.id}:
        yield Problem(Code.OBJECT_CONFLICTS, property=NAME, value=asked.name)
    if asked.effect not in {ENFORCED, AUDITED}:
        yield _refuse(EFFECT, Reason.UNKNOWN_VALUE, asked.effect)


def _check_principals(facts: DenialFacts, asked: Denial) -> Iterator[Problem]:
    if not asked.principals:
        yield _refuse(PRINCIPALS, Reason.MISSING)
    for name, told in ((PRINCIPALS, asked.principals), (LEFT_OUT, asked.left_out)):
        if len(told) > MOST_PRINCIPALS:
            yield _refuse(name, Reason.TOO_MANY, str(MOST_PRINCIPALS))
            continue
        for one in told:
            yield from _check_principal(facts, name, one)
    if not asked.left_out and any(one.id == EVERYBODY for one in asked.principals):
        # Nobody would be left who could take it away.
        yield _refuse(LEFT_OUT, Reason.MISSING)


def _check_principal(facts: DenialFacts, name: str, told: DeniedPrincipal) -> Iterator[Problem]:
    if told.id == EVERYBODY:
        if name == LEFT_OUT:
            yield _refuse(name, Reason.CONTRADICTORY)
        return
    kind = facts.kinds.get(told.id)
    if kind is None:
        yield Problem(Code.PRINCIPAL_NOT_FOUND, property=name, value=told.id)
    elif kind is PrincipalKind.GROUP and name == PRINCIPALS:
        yield _refuse(name, Reason.WRONG_KIND, told.id)


def _check_blocks(blocks: tuple[Permission, ...]) -> Iterator[Problem]:
    if not any(one.actions or one.data_actions for one in blocks):
        yield _refuse(PERMISSIONS, Reason.MISSING)
    if sum(len(one.actions) + len(one.not_actions) for one in blocks) > _MOST_ACTIONS:
        yield _refuse(PERMISSIONS, Reason.TOO_MANY, str(_MOST_ACTIONS))
    for one in blocks:
        if one.data_actions or one.not_data_actions:
            yield _refuse(f"{PERMISSIONS}.dataActions", Reason.UNSUPPORTED)
        if (reading := _find_reading(one)) is not None:
            yield _refuse(f"{PERMISSIONS}.actions", Reason.UNSUPPORTED, reading)
        yield from _check_text(f"{PERMISSIONS}.condition", one.condition)


def _find_reading(block: Permission) -> str | None:
    """An action that is one of reading, or stands for such; none where reading is excepted."""
    if not _READING.isdisjoint(action.lower() for action in block.not_actions):
        return None
    found = (a for a in block.actions if a.endswith("*") or a.lower().endswith("/read"))
    return next(found, None)


def _check_condition(asked: Denial) -> Iterator[Problem]:
    if asked.condition and asked.condition_version not in {None, CONDITION_VERSION}:
        version = asked.condition_version
        yield _refuse(f"{CONDITION}Version", Reason.UNKNOWN_VALUE, version)
    yield from _check_text(CONDITION, asked.condition)


def _check_text(name: str, condition: str | None) -> Iterator[Problem]:
    if not condition:
        return
    try:
        read_condition(condition)
    except UnreadableConditionError as error:
        yield _refuse(name, Reason.UNREADABLE, str(error))


def _refuse(name: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(Code.PROPERTY_REFUSED, reason=reason, property=name, value=value)
