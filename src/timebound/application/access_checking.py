"""Asking whether somebody may do something: who may ask, and what the answer is."""

from dataclasses import dataclass, field

from timebound.application.access_ports import AccessQuestion, LoadedAccess
from timebound.application.ports import ReadingStore
from timebound.domain.authority import Caller, Target, Token, authorize
from timebound.domain.azure.conditions import Context
from timebound.domain.decide import Refused
from timebound.domain.effective_access import (
    AccessDecision,
    AccessFacts,
    AskedAccess,
    Finding,
    decide_access,
    rights_of,
)
from timebound.domain.ids import PrincipalId
from timebound.domain.operations import Operation
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Problem
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

_NAMED = "@"
"""What names of people have, and ids do not."""


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """May this principal do this here.

    `subject` is the id of a principal, in any casing, or the user principal name of a person.
    Neither kind nor scope is known where they are of something that there is not.
    """

    kind: PrincipalKind | None
    subject: str
    scope: Scope | None
    call: Context
    is_data: bool = False


@dataclass(slots=True)
class AccessChecks:
    """The checks of one call, all as of one instant: what they have in common is loaded once."""

    store: ReadingStore
    token: Token
    at: Instant
    _caller: Caller | None = None
    _loaded: dict[AccessQuestion, LoadedAccess] = field(default_factory=dict)

    async def check(self, asked: AskedCheck) -> AccessDecision | Refused:
        """Whether it may be done, and until when; refused to who may not know.

        Everybody may ask about themselves. About others may ask who may read the assignments of
        roles there: it is nothing else that is told.
        """
        caller = await self._load_caller()
        if unmet := _refuse_stranger(caller):
            return Refused(unmet)
        if asked.scope is None:
            # Nothing is said of anybody.
            return AccessDecision(Finding.SCOPE_NOT_FOUND)
        loaded = await self._load(asked.subject, asked.scope)
        subject = asked.subject.lower()
        principal_id = loaded.names.get(subject, PrincipalId(subject))
        if unmet := _authorize(caller, principal_id, loaded.facts, self.at):
            return Refused(unmet)
        principal = loaded.facts.find_principal(principal_id)
        if principal is None or principal.kind is not asked.kind:
            return AccessDecision(Finding.PRINCIPAL_NOT_FOUND)
        who = AskedAccess(principal_id, asked.call, asked.is_data)
        return decide_access(loaded.facts, who, self.at)

    async def _load_caller(self) -> Caller:
        if self._caller is None:
            self._caller = await self.store.load_caller(self.token, self.at)
        return self._caller

    async def _load(self, subject: str, scope: Scope) -> LoadedAccess:
        """The facts about the subject and about who calls, whose say may rest on them as well."""
        ids = dict.fromkeys((PrincipalId(subject.lower()), self.token.principal_id))
        names = (subject.lower(),) if _NAMED in subject else ()
        question = AccessQuestion(self.token.tenant_id, scope, tuple(ids), names)
        loaded = self._loaded.get(question)
        if loaded is None:
            loaded = await self.store.load_access(question, self.at)
            self._loaded[question] = loaded
        return loaded


def _refuse_stranger(caller: Caller) -> tuple[Problem, ...]:
    """What keeps somebody from asking anything; what they ask about decides the rest."""
    return () if caller.is_enabled else authorize(Operation.CHECK_OWN_ACCESS, caller)


def _authorize(
    caller: Caller, principal_id: PrincipalId, facts: AccessFacts, at: Instant
) -> tuple[Problem, ...]:
    if principal_id == caller.id:
        return authorize(Operation.CHECK_OWN_ACCESS, caller)
    if facts.place.kind is not ScopeKind.AZURE:
        return authorize(Operation.CHECK_ACCESS, caller)
    target = Target(rights=rights_of(facts, caller.id, at))
    return authorize(Operation.CHECK_AZURE_ACCESS, caller, target)
