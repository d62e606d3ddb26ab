"""Whoever is named, joins and leaves: who is asked to decide is who decides, and never who asked.

A word without a justification settles nothing, and tells who could have settled it: the answer is
400 for them, 409 where it is too late for their word, and 403 for everybody else.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.scenarios.calls import ELIGIBLE, HOUR, REQUESTS, body, post, rows_of
from tests.scenarios.company import Company, found_company
from tests.scenarios.policy_calls import approval, call_freely, find_policy, group, patch_rule, user
from tests.support.permissions import EVERY_DELEGATED
from timebound.application.ports import Loaded, Store
from timebound.application.queries import Page, Query
from timebound.application.views import Audience, Relation, View
from timebound.domain.authority import Token
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RequestId, TenantId
from timebound.domain.requests import Author, Request
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.times import Instant
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

APPROVALS: Final = "/beta/roleManagement/directory/roleAssignmentApprovals"
TO_DECIDE: Final = "filterByCurrentUser(on='approver')"
BENCH: Final = {
    "displayName": "Bench",
    "kind": "public",
    "permissions": {"delegated": list(EVERY_DELEGATED)},
}
PEOPLE: Final = ("eve", "finn", "gus", "pia", "uma")
GROUPS: Final = ("Club", "Jury", "Watch")
ASSIGNABLE: Final = "Watch"
"""The group that can hold a role; it takes people alone."""
ROLES: Final = ("Reports Reader", "Helpdesk Administrator")
ADMINISTRATORS: Final = ("Global Administrator", "Privileged Role Administrator")
FOREVER: Final = {"expiration": {"type": "noExpiration"}}
LIFETIME: Final = timedelta(hours=24)
Step: TypeAlias = tuple[Any, ...]
Named: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""The people and the groups who have to agree; nobody at all leaves it to administrators."""

people: Final = st.sampled_from(PEOPLE)
groups: Final = st.sampled_from(GROUPS)
roles: Final = st.sampled_from(ROLES)
approvers: Final = st.one_of(
    st.just((frozenset[str](), frozenset[str]())),
    st.tuples(st.just(frozenset[str]()), st.frozensets(groups, min_size=1, max_size=2)),
    st.tuples(st.frozensets(people, max_size=2), st.frozensets(groups, max_size=2)),
)
holdings: Final = st.tuples(st.sampled_from((*PEOPLE, ASSIGNABLE)), st.sampled_from(ADMINISTRATORS))
edges: Final = st.tuples(st.sampled_from((*PEOPLE, *GROUPS)), groups)
asking: Final = st.tuples(st.just("ask"), people, roles)
deciding: Final = st.tuples(st.just("decide"), people, st.integers(0, 9), st.booleans())
steps: Final = st.one_of(
    asking,
    asking,
    deciding,
    deciding,
    st.tuples(st.just("name"), roles, approvers),
    st.tuples(st.just("join"), edges),
    st.tuples(st.just("join"), edges),
    st.tuples(st.just("leave"), st.integers(0, 9)),
    st.tuples(st.just("hold"), holdings),
    st.tuples(st.just("drop"), holdings),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("pass"), st.just(None)),
)
histories: Final = st.builds(
    list.__add__, st.lists(asking, min_size=1, max_size=3), st.lists(steps, max_size=20)
)
PROMISE: Final = pytest.mark.inferred(
    "promise 7 of the design: nobody decides their own, and who decides is asked"
)
BOUNDED: Final = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_NUMBERS: Final = count(1)


@dataclass(slots=True)
class Waiting:
    """A request, the approvers who were named when it was made, and whether it is settled."""

    id: str
    by: str
    named: Named
    lapses: Instant
    is_settled: bool = False
    is_withdrawn: bool = False


@dataclass(slots=True)
class World:
    """A company, and what was done there, kept in plain sets beside it."""

    company: Company
    named: dict[str, Named] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    held: set[tuple[str, str]] = field(default_factory=set)
    asked: list[Waiting] = field(default_factory=list)

    def groups_of(self, who: str) -> set[str]:
        """The groups that somebody is in, one inside of another."""
        found: set[str] = set()
        ahead = {who}
        while ahead:
            ahead = {group for member, group in self.edges if member in ahead} - found
            found |= ahead
        return found

    def is_approver(self, who: str, one: Waiting) -> bool:
        """Whether somebody was named, is in a group that was, or an administrator if nobody was."""
        users, named_groups = one.named
        if users or named_groups:
            return who in users or bool(self.groups_of(who) & named_groups)
        holders = {who}
        if (who, ASSIGNABLE) in self.edges:
            holders.add(ASSIGNABLE)
        return any(holder in holders for holder, _ in self.held)

    def is_open(self, one: Waiting) -> bool:
        """Whether a word on it comes in time."""
        return not one.is_settled and self.company.now() < one.lapses

    def answer_to(self, who: str, one: Waiting) -> int:
        """The status that a word of somebody is answered with, if it says nothing why."""
        if who == one.by or not self.is_approver(who, one):
            return 403
        return 400 if self.is_open(one) else 409

    def waits_for(self, who: str) -> set[str]:
        """What somebody is asked to decide."""
        return {one.id for one in self.asked if self.answer_to(who, one) == 400}

    # What is done.

    async def name(self, role: str, named: Named) -> None:
        """Sets who has to agree to a role from now on."""
        find = self.company.find
        sent = approval(
            *(user(find(one)) for one in sorted(named[0])),
            *(group(find(one)) for one in sorted(named[1])),
        )
        answer = await patch_rule(self.company, sent, await find_policy(self.company, role))
        assert answer.status_code == 204, answer.text
        self.named[role] = named

    async def ask(self, who: str, role: str) -> None:
        """Asks for a role, unless it is asked for or held."""
        sent = body(self.company, "selfActivate", who, role, scheduleInfo=HOUR)
        answer = await self.company.call(who, "POST", REQUESTS, json=sent)
        if answer.status_code == 400:
            return
        made = answer.json()
        assert (answer.status_code, made["status"]) == (201, "PendingApproval"), answer.text
        lapses = self.company.now() + LIFETIME
        self.asked.append(Waiting(made["id"], who, self.named[role], lapses))

    async def join(self, edge: tuple[str, str]) -> None:
        """Puts somebody or a group into a group, where that is possible."""
        member, into = edge
        url = f"https://graph.microsoft.com/v1.0/directoryObjects/{self.company.find(member)}"
        path = f"/v1.0/groups/{self.company.find(into)}/members/$ref"
        answer = await call_freely(self.company, "POST", path, {"@odata.id": url})
        if answer.status_code == 204:
            self.edges.append(edge)
        else:
            is_refused = member == into or (into == ASSIGNABLE and member in GROUPS)
            assert is_refused or edge in self.edges, answer.text

    async def leave(self, number: int) -> None:
        """Takes somebody or a group out of a group."""
        if self.edges:
            member, out_of = self.edges.pop(number % len(self.edges))
            find = self.company.find
            path = f"/v1.0/groups/{find(out_of)}/members/{find(member)}/$ref"
            answer = await call_freely(self.company, "DELETE", path)
            assert answer.status_code == 204, answer.text

    async def hold(self, holding: tuple[str, str]) -> None:
        """Makes somebody an administrator, or a group."""
        if holding not in self.held:
            sent = body(self.company, "adminAssign", *holding, scheduleInfo=FOREVER)
            await post(self.company, "gail", REQUESTS, sent)
            self.held.add(holding)

    async def drop(self, holding: tuple[str, str]) -> None:
        """Takes that away again."""
        if holding in self.held:
            self.company.move_to(self.company.now() + timedelta(minutes=6))
            sent = body(self.company, "adminRemove", *holding)
            await post(self.company, "gail", REQUESTS, sent)
            self.held.remove(holding)

    async def withdraw(self, number: int) -> None:
        """Takes a request back that waits."""
        ahead = [one for one in self.asked if self.is_open(one)]
        if ahead:
            one = ahead[number % len(ahead)]
            path = f"{REQUESTS}/{one.id}/cancel"
            answer = await self.company.call(one.by, "POST", path)
            assert answer.status_code == 204, answer.text
            one.is_settled = one.is_withdrawn = True

    async def decide(self, who: str, number: int, is_yes: bool) -> None:  # noqa: FBT001 - drawn
        """Says a word on any request, and why."""
        if self.asked:
            one = self.asked[number % len(self.asked)]
            word = "Approve" if is_yes else "Deny"
            expected = self.answer_to(who, one)
            got = await self.say(who, one, reviewResult=word, justification="Trusted")
            assert got == (204 if expected == 400 else expected)
            one.is_settled = one.is_settled or got == 204

    async def let_pass(self, _: None) -> None:
        """Half a day goes by."""
        self.company.move_to(self.company.now() + LIFETIME / 2)

    async def say(self, who: str, one: Waiting, **said: str) -> int:
        """The status that a word is answered with."""
        path = f"{APPROVALS}/{one.id}/steps/{one.id}"
        return (await self.company.call(who, "PATCH", path, json=said)).status_code

    async def play(self, step: Step) -> None:
        """Does one step."""
        word, *rest = step
        await getattr(self, "let_pass" if word == "pass" else word)(*rest)

    # What must hold.

    async def check(self) -> None:
        """Each list tells what its reader could decide, which is what the model says."""
        for who in PEOPLE:
            could = {one.id: await self.say(who, one, reviewResult="Approve") for one in self.asked}
            assert could == {one.id: self.answer_to(who, one) for one in self.asked}, who
            assert all(could[one.id] == 403 for one in self.asked if one.by == who)
            expected = {id_ for id_, status in could.items() if status == 400}
            assert expected == self.waits_for(who)
            await self._check_lists(who, expected)

    async def _check_lists(self, who: str, expected: set[str]) -> None:
        rows = await rows_of(self.company, who, f"{APPROVALS}/{TO_DECIDE}")
        open_steps = {row["id"] for row in rows if row["steps"][0]["status"] == "InProgress"}
        assert open_steps == expected
        assert all(row["steps"][0]["assignedToMe"] for row in rows)
        others = {one.id for one in self.asked if self.answer_to(who, one) == 409}
        withdrawn = {one.id for one in self.asked if one.is_withdrawn}
        assert {row["id"] for row in rows} == expected | (others - withdrawn)
        for version in ("v1.0", "beta"):
            path = f"{REQUESTS.replace('v1.0', version, 1)}/{TO_DECIDE}"
            waiting = f"{path}?$filter=status eq 'PendingApproval'"
            assert {row["id"] for row in await rows_of(self.company, who, waiting)} == expected


async def begin(store: Store, settled: tuple[Named, Named]) -> World:
    """A company where everybody may ask for either role, and somebody has to agree."""
    company = await found_company(store, f"deciding{next(_NUMBERS)}", {"applications": [BENCH]})
    world = World(company)
    world.edges += [("uma", "Jury"), ("finn", "Club")]
    world.held |= {("gus", ADMINISTRATORS[0]), ("pia", ADMINISTRATORS[1])}
    for role, named in zip(ROLES, settled, strict=True):
        await world.name(role, named)
        for who in PEOPLE:
            sent = body(company, "adminAssign", who, role, scheduleInfo=FOREVER)
            await post(company, "gail", ELIGIBLE, sent)
    return world


async def live(store: Store, settled: tuple[Named, Named], history: list[Step]) -> None:
    """Plays a history, and looks now and then at what must hold."""
    world = await begin(store, settled)
    try:
        for number, step in enumerate(history):
            await world.play(step)
            if number % 8 == 7:
                await world.check()
        await world.check()
    finally:
        await world.company.client.aclose()


@PROMISE
@given(settled=st.tuples(approvers, approvers), history=histories)
@BOUNDED
async def test_who_is_asked_to_decide_is_who_decides(
    store: Store, settled: tuple[Named, Named], history: list[Step]
) -> None:
    await live(store, settled, history)


class WideStore(SqliteStore):
    """A store that takes every administrator for an approver, whoever was named."""

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """The request, with the administrators among its approvers."""
        found = await super().load_request(tenant_id, request_id)
        if found is None or found.approval is None:
            return found
        named = replace(found.approval.approvers, roles=(GLOBAL_ADMINISTRATOR,))
        return replace(found, approval=replace(found.approval, approvers=named))


class BlindStore(SqliteStore):
    """A store that does not tell whose request it is."""

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """The request, as if it was nobody's."""
        found = await super().load_request(tenant_id, request_id)
        if found is None:
            return None
        slot = replace(found.draft.slot, principal_id=PrincipalId("nobody"))
        return replace(found, draft=replace(found.draft, slot=slot), author=Author(None, None))


class LonelyStore(SqliteStore):
    """A store that does not know who is in which group."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts, with none of the caller's groups."""
        loaded = await super().load_facts(token, slot, at)
        caller = replace(loaded.facts.caller, group_ids=frozenset())
        return replace(loaded, facts=replace(loaded.facts, caller=caller))


class ChattyStore(SqliteStore):
    """A store that asks everybody to decide everything."""

    async def read_requests(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[Request]:
        """All requests for those who ask for what they may decide."""
        if audience.relation is Relation.APPROVER:
            audience = replace(audience, relation=Relation.ANYBODY, principal_id=None)
        return await super().read_requests(view, audience, query, at)


@pytest.mark.slow
@pytest.mark.parametrize("broken", [WideStore, BlindStore, LonelyStore, ChattyStore])
def test_a_broken_store_is_noticed(broken: type[SqliteStore], tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'store.db'}")

    async def live_there(settled: tuple[Named, Named], history: list[Step]) -> None:
        store = broken(tmp_path / "store.db")
        await store.open()
        try:
            await live(store, settled, history)
        finally:
            await store.close()

    # The same examples each time: whether it is noticed must not hang on luck.
    @given(settled=st.tuples(approvers, approvers), history=histories)
    @settings(BOUNDED, phases=[Phase.generate], max_examples=200, derandomize=True, database=None)
    def play(settled: tuple[Named, Named], history: list[Step]) -> None:
        asyncio.run(live_there(settled, history))

    with pytest.raises(AssertionError):
        play()
