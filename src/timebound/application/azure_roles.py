"""Making, changing and deleting custom roles of Azure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from timebound.application.azure_catalog import built_in_azure_roles, find_built_in_names
from timebound.application.azure_ports import LoadedRights
from timebound.application.changes import (
    AZURE,
    FactKey,
    PurgeRole,
    PutRole,
    Write,
    role_key,
    roles_key,
)
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.recording import tell_refusal
from timebound.application.role_ports import LoadedRole, RoleQuestion
from timebound.domain.authority import Token
from timebound.domain.azure.places import read_place
from timebound.domain.azure_role_changes import (
    MOST_SCOPES,
    AskedRole,
    AzureRoleFacts,
    RolePlace,
    decide_deletion,
    decide_put,
    list_dropped,
    list_kept,
)
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

_Decide: TypeAlias = Callable[[AzureRoleFacts], RoleDefinition | Refused]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to a role where: the name it is to have, the places it is to name, how."""

    here: Scope
    question: RoleQuestion
    scopes: Sequence[str]
    decide: _Decide
    is_deletion: bool = False

    def name(self, facts: AzureRoleFacts) -> str:
        """What events call it."""
        if self.is_deletion:
            return "deleted"
        return "created" if facts.definition is None else "changed"


async def put_azure_role(
    engine: Engine, token: Token, here: Scope, asked: AskedRole, at: Instant
) -> RoleDefinition | Refused:
    """Makes a custom role, or changes the one that has its id, by a call at a place."""
    question = RoleQuestion(ScopeKind.AZURE, asked.id, asked.name)
    # More are refused whatever they are, so nobody looks for them.
    scopes = asked.scopes[:MOST_SCOPES]
    deed = _Deed(here, question, scopes, lambda facts: decide_put(facts, asked, at))
    return await _do(engine, token, deed, at)


async def delete_azure_role(
    engine: Engine, token: Token, here: Scope, role_id: RoleId, at: Instant
) -> RoleDefinition | Refused:
    """Deletes a custom role that nobody holds or is eligible for, by a call at a place."""
    question = RoleQuestion(ScopeKind.AZURE, role_id)
    deed = _Deed(here, question, (), decide_deletion, is_deletion=True)
    return await _do(engine, token, deed, at)


async def _do(engine: Engine, token: Token, deed: _Deed, at: Instant) -> RoleDefinition | Refused:
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[RoleDefinition], Mapping[FactKey, int]]:
        loaded = await engine.store.load_role_facts(token, deed.question, at)
        found = loaded.facts.definition
        held_at = () if found is None else found.resource_scopes
        places = _read_places((*deed.scopes, *held_at))
        rights = await engine.store.load_rights_at(token, (deed.here, *places.values()), at)
        facts = await _add_use(
            engine, token, _gather(loaded, rights, tuple(places), deed), deed, at
        )
        teller = Teller(engine, actor_of(facts.caller), correlation_id, at)
        # What was read first counts: whatever changed in between is a conflict.
        versions = {**rights[0].versions, **loaded.versions}
        return _record(deed.decide(facts), facts, deed, teller), versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


def _read_places(texts: Sequence[str]) -> dict[str, Scope]:
    """The places that texts mean, by the texts; what means none is left out."""
    found = ((text, read_place(text)) for text in texts if text.startswith("/"))
    return {text: place for text, place in found if place is not None}


def _gather(
    loaded: LoadedRole, rights: Sequence[LoadedRights], texts: Sequence[str], deed: _Deed
) -> AzureRoleFacts:
    here, *others = (
        RolePlace(one.rights.scope, one.target, one.is_known, one.around) for one in rights
    )
    facts, role_id = loaded.facts, deed.question.role_id
    built_in = find_built_in_names(deed.question.name) if deed.question.name else frozenset()
    return AzureRoleFacts(
        caller=rights[0].caller,
        here=here,
        definition=facts.definition,
        is_built_in=role_id in built_in_azure_roles(),
        named=facts.named | built_in,
        custom_count=facts.custom_count,
        is_in_use=facts.is_in_use,
        places=dict(zip(texts, others, strict=True)),
    )


async def _add_use(
    engine: Engine, token: Token, facts: AzureRoleFacts, deed: _Deed, at: Instant
) -> AzureRoleFacts:
    """The facts with where the role is used of the scopes that it is to lose."""
    if not facts.is_in_use or deed.is_deletion:
        return facts
    store, role_id, used = engine.store, deed.question.role_id, set[str]()
    scopes = tuple(deed.scopes)
    kept = list_kept(facts, scopes)
    for path in list_dropped(facts, scopes):
        if await store.is_role_used(token.tenant_id, role_id, path, kept, at):
            used.add(path)
    return replace(facts, used_at=frozenset(used))


def _record(
    decision: RoleDefinition | Refused, facts: AzureRoleFacts, deed: _Deed, teller: Teller
) -> Record[RoleDefinition]:
    said: dict[str, Fact] = {
        "deed": deed.name(facts),
        "scopeKind": ScopeKind.AZURE.value,
        "scope": facts.here.scope.path,
    }
    role_id = deed.question.role_id
    if isinstance(decision, Refused):
        if _is_nothing_to_delete(decision):
            return Record(decision)
        said["displayName"] = deed.question.name
        kind = EventKind.CHANGE_REFUSED
        return Record(decision, events=tell_refusal(teller, kind, role_id, said, decision.problems))
    told = teller.tell(EventKind.ROLE_CHANGED, role_id, {**said, **_describe(decision)})
    write: Write = PurgeRole(role_id) if deed.is_deletion else PutRole(decision)
    keys = frozenset({role_key(role_id), roles_key(ScopeKind.AZURE), AZURE})
    return Record(decision, (write,), (told,), keys)


def _is_nothing_to_delete(decision: Refused) -> bool:
    """To delete what is not there refuses nobody anything."""
    return [problem.code for problem in decision.problems] == [Code.OBJECT_NOT_FOUND]


def _describe(decision: RoleDefinition) -> dict[str, Fact]:
    """What a role allows, and where, as its events tell it."""
    blocks = decision.azure.permissions if decision.azure else ()
    return {
        "displayName": decision.role.name,
        "assignableScopes": decision.resource_scopes,
        "actions": tuple(action for one in blocks for action in one.actions),
        "notActions": tuple(action for one in blocks for action in one.not_actions),
        "dataActions": tuple(action for one in blocks for action in one.data_actions),
        "notDataActions": tuple(action for one in blocks for action in one.not_data_actions),
    }
