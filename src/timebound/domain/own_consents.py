"""Consent that a person gives in front of a browser, without an application between."""

from collections.abc import Collection
from dataclasses import replace

from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.problems import Code, Problem
from timebound.domain.program_changes import ConsentAsk, Consented, ConsentMode, decide_consent
from timebound.domain.requirements import REQUIREMENTS, Operation

_OPERATIONS = (
    Operation.CONSENT_TO_APPLICATION_PERMISSIONS,
    Operation.CONSENT_TO_DELEGATED_PERMISSIONS,
)


def speak_for_oneself(caller: Caller) -> Caller:
    """The caller as one whom no permission of an application holds back: their roles alone count.

    The authorization server itself asks them, so there is no application to be permitted anything.
    """
    names: set[str] = set()
    for needed in (REQUIREMENTS[one] for one in _OPERATIONS):
        names.update(needed.delegated, needed.privileged.delegated if needed.privileged else ())
    token = replace(caller.token, permissions=frozenset(names))
    return replace(caller, token=token, granted=frozenset(names))


def decide_consent_for_all(
    facts: PrincipalFacts, held: frozenset[str], names: frozenset[str], *, is_delegated: bool
) -> Consented | Refused:
    """Lets an application act for everybody, or in its own name, beside what it may already."""
    asked = replace(facts, caller=speak_for_oneself(facts.caller))
    ask = ConsentAsk(ConsentMode.GRANT, names - held, is_delegated=is_delegated)
    return decide_consent(asked, held, ask)


def decide_own_consent(
    facts: PrincipalFacts, held: frozenset[str], names: frozenset[str], free: Collection[str]
) -> Consented | Refused:
    """Lets an application act for the caller alone.

    To permissions that are not `free` only those consent who could do so for everybody.
    """
    decision = decide_consent_for_all(facts, held, names, is_delegated=True)
    if isinstance(decision, Consented) or not facts.caller.is_enabled:
        return decision
    found = facts.object
    is_there = found is not None and found.deleted_at is None
    if found is None or found.app_id is None or not is_there:
        return decision
    if not names - held <= frozenset(free):
        return Refused((Problem(Code.ACCESS_DENIED),))
    return Consented(found.app_id, names - held, frozenset())


def decide_own_withdrawal(facts: PrincipalFacts, held: frozenset[str]) -> Consented | Refused:
    """Takes back what the caller let an application do for them; whoever may sign in may."""
    if not facts.caller.is_enabled:
        return Refused((Problem(Code.CALLER_NOT_ADMITTED),))
    found = facts.object
    if found is None or found.app_id is None:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    return Consented(found.app_id, frozenset(), held)
