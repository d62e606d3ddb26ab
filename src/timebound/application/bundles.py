"""Assigning roles of a provider: made, changed and taken away again, each as a whole."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from timebound.application.bundle_ports import BundleQuestion
from timebound.application.changes import (
    FactKey,
    PutBundle,
    Write,
    bundle_key,
    principal_key,
    role_use_key,
)
from timebound.application.ending import write_endings
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.recording import tell_refusal, write_grant
from timebound.application.views import PROVIDER_VIEWS, Relation, View
from timebound.domain.authority import Token
from timebound.domain.bundles import (
    Bundled,
    BundleFacts,
    RoleBundle,
    decide_bundle,
    decide_unbundling,
)
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS, Instant, Window

Change: TypeAlias = Callable[[RoleBundle], RoleBundle]
"""From the assignment as it is to the assignment as it shall be."""

_Decide: TypeAlias = Callable[[BundleFacts], Bundled | Refused]
_Prepare: TypeAlias = Callable[[], Awaitable[tuple[BundleQuestion, _Decide]]]
"""What is asked of the store and how it is judged; prepared anew after a conflict."""


async def create_bundle(
    engine: Engine, token: Token, asked: RoleBundle, at: Instant
) -> RoleBundle | Refused:
    """Makes an assignment, with a grant for each principal at each place."""

    async def prepare() -> tuple[BundleQuestion, _Decide]:
        return _ask_about(asked), lambda facts: decide_bundle(facts, asked, at)

    return await _do(engine, token, "assigned", at, prepare)


async def change_bundle(
    engine: Engine, token: Token, place: tuple[ScopeKind, str], change: Change, at: Instant
) -> RoleBundle | Refused:
    """Changes an assignment; whoever it names no more loses the role, whoever it names gets it."""
    kind, id_ = place

    async def prepare() -> tuple[BundleQuestion, _Decide]:
        found = await engine.store.find_bundle(token.tenant_id, kind, id_)
        asked = None if found is None else change(found)

        def decide(facts: BundleFacts) -> Bundled | Refused:
            if asked is None:
                return decide_unbundling(replace(facts, bundle=None), kind, at)
            if facts.bundle != found:
                # Changed between the two questions; what was asked was made of the older one.
                return Refused((Problem(Code.BUSY),))
            return decide_bundle(facts, asked, at)

        people = () if found is None else found.principal_ids
        return _ask_about(asked or RoleBundle(id_, kind, RoleId(""), at), people), decide

    return await _do(engine, token, "changed", at, prepare)


async def delete_bundle(
    engine: Engine, token: Token, place: tuple[ScopeKind, str], at: Instant
) -> RoleBundle | Refused:
    """Takes an assignment away with all that it gives."""
    kind, id_ = place

    async def prepare() -> tuple[BundleQuestion, _Decide]:
        found = await engine.store.find_bundle(token.tenant_id, kind, id_)
        question = _ask_about(found or RoleBundle(id_, kind, RoleId(""), at))
        return question, lambda facts: decide_unbundling(facts, kind, at)

    return await _do(engine, token, "removed", at, prepare)


def _ask_about(bundle: RoleBundle, more: tuple[PrincipalId, ...] = ()) -> BundleQuestion:
    people = tuple(dict.fromkeys((*bundle.principal_ids, *more)))
    return BundleQuestion(bundle.id, bundle.kind, bundle.role_id, people, bundle.part_ids)


async def read_bundles(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[RoleBundle] | Refused:
    """The assignments of a provider, without the principals that were deleted since."""
    caller = await reader.admit(view, relation)
    if isinstance(caller, Refused):
        return caller
    tenant_id, kind = reader.token.tenant_id, PROVIDER_VIEWS[view]
    page = await reader.store.read_bundles(tenant_id, kind, query, reader.at)
    people = dict.fromkeys(id_ for bundle in page.rows for id_ in bundle.principal_ids)
    known = await reader.store.find_objects(tenant_id, list(people))
    there = {id_ for id_, found in known.items() if found.deleted_at is None}
    rows = (
        replace(one, principal_ids=tuple(id_ for id_ in one.principal_ids if id_ in there))
        for one in page.rows
    )
    return replace(page, rows=tuple(rows))


async def _do(
    engine: Engine, token: Token, name: str, at: Instant, prepare: _Prepare
) -> RoleBundle | Refused:
    correlation_id = engine.ids.new_id()

    async def attempt() -> tuple[Record[RoleBundle], Mapping[FactKey, int]]:
        question, decide = await prepare()
        loaded = await engine.store.load_bundle_facts(token, question, at)
        teller = Teller(engine, actor_of(loaded.facts.caller), correlation_id, at)
        decision = decide(loaded.facts)
        said: dict[str, Fact] = {
            "deed": name,
            "scopeKind": question.kind.value,
            "roleId": question.role_id,
        }
        if isinstance(decision, Refused):
            kind = EventKind.CHANGE_REFUSED
            events = tell_refusal(teller, kind, question.id, said, decision.problems)
            return Record(decision, events=events), loaded.versions
        return await _record(loaded.facts, decision, said, teller), loaded.versions

    return await apply_attempts(engine, token.tenant_id, at, attempt)


async def _record(
    facts: BundleFacts, decision: Bundled, said: Mapping[str, Fact], teller: Teller
) -> Record[RoleBundle]:
    engine, tenant_id, at = teller.engine, facts.caller.token.tenant_id, teller.at
    writes: list[Write] = []
    events: list[Event] = []
    made: list[GrantId] = []
    for slot in decision.added:
        id_ = GrantId(engine.ids.new_id())
        grant = Grant(id_, slot, GrantKind.ASSIGNED, Window(at, ENDLESS), at)
        added, told = write_grant(grant, teller)
        writes.extend(added)
        events.extend(told)
        made.append(id_)
    ended, told = await write_endings(engine.store, tenant_id, decision.endings, teller)
    bundle = replace(decision.bundle, grant_ids=(*decision.bundle.grant_ids, *made))
    data = {**said, "displayName": bundle.display_name, "principalIds": bundle.principal_ids}
    event = teller.tell(EventKind.BUNDLE_CHANGED, bundle.id, data)
    holders = {
        *bundle.principal_ids,
        *(ending.grant.slot.principal_id for ending in decision.endings),
    }
    keys = {bundle_key(bundle.id), *(principal_key(holder) for holder in holders)}
    if facts.role is not None and not facts.role.role.is_built_in:
        keys.add(role_use_key(bundle.role_id))
    return Record(
        bundle,
        (PutBundle(bundle), *writes, *ended),
        (event, *events, *told),
        frozenset(keys),
    )
