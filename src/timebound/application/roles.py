"""Making, changing, deleting and restoring custom role definitions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from timebound.application.catalog import known_actions
from timebound.application.changes import (
    FactKey,
    PurgeRole,
    PutRole,
    Write,
    role_key,
    roles_key,
)
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.recording import tell_refusal
from timebound.application.role_ports import RoleQuestion
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import (
    RoleChange,
    RoleFacts,
    decide_change,
    decide_creation,
    decide_deletion,
    decide_purge,
    decide_restoration,
)
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

_Decide: TypeAlias = Callable[[RoleFacts], RoleDefinition | Refused]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to a role definition: its name in events, and the decision."""

    name: str
    decide: _Decide
    is_purge: bool = False


async def create_role(
    engine: Engine, token: Token, asked: RoleDefinition, at: Instant
) -> RoleDefinition | Refused:
    """Makes a custom role."""
    role = asked.role
    question = RoleQuestion(role.kind, role.id, role.name, asked.inherits_from)
    actions = known_actions(role.kind)
    deed = _Deed("created", lambda facts: decide_creation(facts, asked, actions))
    return await _do(engine, token, question, deed, at)


async def change_role(
    engine: Engine, token: Token, place: tuple[ScopeKind, RoleId], change: RoleChange, at: Instant
) -> RoleDefinition | Refused:
    """Changes a custom role; who holds it keeps it, but a disabled one is not activated anew."""
    kind, role_id = place
    question = RoleQuestion(kind, role_id, change.name, change.inherits_from or ())
    actions = known_actions(kind) if change.actions is not None else None
    deed = _Deed("changed", lambda facts: decide_change(facts, kind, change, actions))
    return await _do(engine, token, question, deed, at)


async def delete_role(
    engine: Engine, token: Token, place: tuple[ScopeKind, RoleId], at: Instant
) -> RoleDefinition | Refused:
    """Deletes a custom role that nobody holds; one of the directory can be restored."""
    kind, role_id = place
    deed = _Deed(
        "deleted",
        lambda facts: decide_deletion(facts, kind, at),
        is_purge=kind is not ScopeKind.DIRECTORY,
    )
    return await _do(engine, token, RoleQuestion(kind, role_id), deed, at)


async def restore_role(
    engine: Engine, token: Token, role_id: RoleId, at: Instant
) -> RoleDefinition | Refused:
    """Brings a deleted role of the directory back."""
    kind = ScopeKind.DIRECTORY
    deed = _Deed("restored", lambda facts: decide_restoration(facts, kind, at))
    return await _do(engine, token, RoleQuestion(kind, role_id), deed, at)


async def purge_role(
    engine: Engine, token: Token, role_id: RoleId, at: Instant
) -> RoleDefinition | Refused:
    """Removes a deleted role of the directory for good."""
    kind = ScopeKind.DIRECTORY
    deed = _Deed("purged", lambda facts: decide_purge(facts, kind, at), is_purge=True)
    return await _do(engine, token, RoleQuestion(kind, role_id), deed, at)


async def _do(
    engine: Engine, token: Token, question: RoleQuestion, deed: _Deed, at: Instant
) -> RoleDefinition | Refused:
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[RoleDefinition], Mapping[FactKey, int]]:
        loaded = await engine.store.load_role_facts(token, question, at)
        teller = Teller(engine, actor_of(loaded.facts.caller), correlation_id, at)
        decision = deed.decide(loaded.facts)
        return _record(decision, question, deed, teller), loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


def _record(
    decision: RoleDefinition | Refused, question: RoleQuestion, deed: _Deed, teller: Teller
) -> Record[RoleDefinition]:
    said: dict[str, Fact] = {"deed": deed.name, "scopeKind": question.kind.value}
    if isinstance(decision, Refused):
        said["displayName"] = question.name
        kind = EventKind.CHANGE_REFUSED
        events = tell_refusal(teller, kind, question.role_id, said, decision.problems)
        return Record(decision, events=events)
    told = teller.tell(
        EventKind.ROLE_CHANGED,
        decision.role.id,
        {
            **said,
            "displayName": decision.role.name,
            "isEnabled": decision.role.is_enabled,
            "actions": decision.actions,
        },
    )
    write: Write = PurgeRole(decision.role.id) if deed.is_purge else PutRole(decision)
    keys = frozenset({role_key(decision.role.id), roles_key(question.kind)})
    return Record(decision, (write,), (told,), keys)
