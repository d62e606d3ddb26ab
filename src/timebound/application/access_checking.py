"""Asking whether somebody may do something: who may ask, and what the answer is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from timebound.application.access_ports import AccessQuestion
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

    @property
    def key(self) -> str:
        """The subject as it is looked for."""
        return self.subject.lower()


@dataclass(slots=True)
class AccessChecks:
    """The checks of one call, all as of one instant: what they have in common is loaded once."""

    store: ReadingStore
    token: Token
    at: Instant
    _caller: Caller | None = None
    _facts: dict[tuple[str, Scope], tuple[PrincipalId, AccessFacts]] = field(default_factory=dict)

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
        if (asked.key, asked.scope) not in self._facts:
            await self._load(asked.key, (asked.scope,))
        principal_id, facts = self._facts[asked.key, asked.scope]
        if unmet := _authorize(caller, principal_id, facts, self.at):
            return Refused(unmet)
        principal = facts.find_principal(principal_id)
        if principal is None or principal.kind is not asked.kind:
            return AccessDecision(Finding.PRINCIPAL_NOT_FOUND)
        who = AskedAccess(principal_id, asked.call, asked.is_data)
        return decide_access(facts, who, self.at)

    async def prepare(self, several: Iterable[AskedCheck]) -> None:
        """Loads at once what checks of the same subject at places in Azure will ask for."""
        if _refuse_stranger(await self._load_caller()):
            return
        wanted: dict[str, dict[Scope, None]] = {}
        for one in several:
            if one.scope is not None and one.scope.kind is ScopeKind.AZURE:
                wanted.setdefault(one.key, {})[one.scope] = None
        for key, scopes in wanted.items():
            await self._load(key, tuple(scopes))

    async def _load_caller(self) -> Caller:
        if self._caller is None:
            self._caller = await self.store.load_caller(self.token, self.at)
        return self._caller

    async def _load(self, key: str, scopes: tuple[Scope, ...]) -> None:
        """The facts about the subject and about who calls, whose say may rest on them as well."""
        ids = tuple(dict.fromkeys((PrincipalId(key), self.token.principal_id)))
        names = (key,) if _NAMED in key else ()
        question = AccessQuestion(self.token.tenant_id, scopes, ids, names)
        loaded = await self.store.load_access(question, self.at)
        principal_id = loaded.names.get(key, PrincipalId(key))
        for scope in scopes:
            self._facts[key, scope] = principal_id, loaded.facts[scope]


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
