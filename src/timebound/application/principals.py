"""Disabling, enabling and deleting principals, with all that follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from timebound.application.changes import FactKey, PutObject, UpdateRequest
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.recording import changed_by_principal, tell_refusal, write_endings
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import (
    Changed,
    PrincipalFacts,
    decide_deletion,
    decide_enabling,
)
from timebound.domain.requests import Status
from timebound.domain.times import Instant

_Decide: TypeAlias = Callable[[PrincipalFacts], Changed | Refused]


async def set_enabled(
    engine: Engine, token: Token, principal_id: PrincipalId, *, is_enabled: bool, at: Instant
) -> DirectoryObject | Refused:
    """Disables or enables a principal; never disables the last administrator."""

    def decide(facts: PrincipalFacts) -> Changed | Refused:
        return decide_enabling(facts, is_enabled=is_enabled)

    return await _change(engine, token, principal_id, at, decide)


async def delete_principal(
    engine: Engine, token: Token, principal_id: PrincipalId, at: Instant
) -> DirectoryObject | Refused:
    """Deletes a principal and ends what it holds; never deletes the last administrator."""

    def decide(facts: PrincipalFacts) -> Changed | Refused:
        return decide_deletion(facts, at)

    return await _change(engine, token, principal_id, at, decide)


async def _change(
    engine: Engine, token: Token, principal_id: PrincipalId, at: Instant, decide: _Decide
) -> DirectoryObject | Refused:
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[DirectoryObject], Mapping[FactKey, int]]:
        loaded = await engine.store.load_principal_facts(token, principal_id, at)
        teller = Teller(engine, actor_of(loaded.facts.caller), correlation_id, at)
        decision = decide(loaded.facts)
        if isinstance(decision, Refused):
            kind = EventKind.CHANGE_REFUSED
            events = tell_refusal(teller, kind, principal_id, {}, decision.problems)
            return Record(decision, events=events), loaded.versions
        return await _record(engine, loaded.facts, decision, teller), loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


async def _record(
    engine: Engine, facts: PrincipalFacts, decision: Changed, teller: Teller
) -> Record[DirectoryObject]:
    changed, tenant_id = decision.object, facts.caller.token.tenant_id
    data: dict[str, Fact] = {
        "principalKind": changed.kind.value,
        "isEnabled": changed.is_enabled,
        "isDeleted": changed.deleted_at is not None,
    }
    told = teller.tell(EventKind.PRINCIPAL_CHANGED, changed.id, data)
    writes, events = await write_endings(engine.store, tenant_id, decision.endings, teller)
    closed = (
        UpdateRequest(replace(request, status=Status.FAILED, completed_at=teller.at))
        for request in decision.closed
    )
    return Record(
        changed,
        (PutObject(changed), *writes, *closed),
        (told, *events),
        changed_by_principal(facts, decision),
    )
