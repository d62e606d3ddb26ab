"""Activations through groups in groups, which count at Azure scopes: what they end with.

A person is in the inner group, the inner group is in the outer one, and the outer one is eligible
on a subscription. Everything goes through the use cases, on both stores.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.storage.racing import RandomIds, race, status_of
from tests.storage.world import CLIENT, HOUR, NOON, World, azure, reader, reader_role
from timebound.application.changes import PutRole, principal_key
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.principals import delete_principal
from timebound.application.submitting import submit_request
from timebound.domain.authority import Token
from timebound.domain.azure.places import ROOT
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies import SignIn
from timebound.domain.problems import Reason
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import AZURE_OWNER, GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, group_scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant

pytestmark = pytest.mark.inferred("promise 6 of the design; groups nest at Azure scopes alone")

ASSIGNMENT, ELIGIBILITY = RequestKind.ASSIGNMENT, RequestKind.ELIGIBILITY
PERMISSIONS = (
    "RoleManagement.ReadWrite.Directory",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "Directory.ReadWrite.All",
    AZURE_PERMISSION,
)
OPERATOR = RoleId("operator-of-azure")
SUBSCRIPTION = azure("/subscriptions/s")
OTHER_ONE = azure("/subscriptions/o")
LATER = NOON + HOUR
"""When memberships and eligibilities are changed; what was activated at noon runs until END."""
END = NOON + 8 * HOUR


def until(end: Instant, start: Instant | None = None) -> AskedSchedule:
    return AskedSchedule(start, Expiration(ExpirationType.AFTER_DATE_TIME, end=end))


def within(member: PrincipalId, group: PrincipalId) -> Slot:
    """The slot of a membership."""
    return Slot(member, MEMBER, group_scope(group))


def operates(principal: PrincipalId, scope: Scope = SUBSCRIPTION) -> Slot:
    """The slot of the role on the subscription."""
    return Slot(principal, OPERATOR, scope)


@dataclass
class Firm:
    """Who acts, and what they do."""

    world: World
    admin: PrincipalId
    person: PrincipalId

    async def groups(self, count: int) -> list[PrincipalId]:
        """Groups that hold no directory roles."""
        return [await self.world.group(is_role_assignable=False) for _ in range(count)]

    async def nest(self, *members: PrincipalId) -> None:
        """Makes each a member of the next, and the last one eligible on the subscription."""
        for inner, outer in pairwise(members):
            await self.world.member(inner, outer)
        await self.world.grant(operates(members[-1]), GrantKind.ELIGIBLE)

    async def ask(self, draft: Draft, at: Instant = LATER) -> Request | Refused:
        """What becomes of a draft: the person's own, or else the administrator's."""
        return await self.party(draft, at)(Engine(self.world.store, RandomIds()))

    def party(
        self, draft: Draft, at: Instant = LATER
    ) -> Callable[[Engine], Awaitable[Request | Refused]]:
        """The same as a party of a race."""
        who = draft.slot.principal_id if draft.action.is_self else self.admin
        return lambda engine: submit_request(engine, self.token(who), draft, at)

    def token(self, who: PrincipalId) -> Token:
        return Token(self.world.tenant, who, CLIENT, frozenset(PERMISSIONS), SignIn(has_mfa=True))

    async def done(self, draft: Draft, at: Instant = LATER) -> Request:
        """What is asked for, granted."""
        request = await self.ask(draft, at)
        assert isinstance(request, Request), request
        return request

    async def activate(self, slot: Slot | None = None) -> GrantId:
        """What is activated at noon; the role on the subscription unless told otherwise."""
        request = await self.done(activation(slot or operates(self.person)), NOON)
        assert request.grant_id
        return request.grant_id

    async def delete(self, principal: PrincipalId) -> None:
        engine = Engine(self.world.store, RandomIds())
        token = self.token(self.admin)
        deleted = await delete_principal(engine, token, principal, LATER)
        assert isinstance(deleted, DirectoryObject), deleted

    async def grant(self, grant_id: GrantId) -> Grant:
        return (await self.world.store.find_grants(self.world.tenant, [grant_id]))[grant_id]

    async def end_of(self, grant_id: GrantId) -> Instant:
        return (await self.grant(grant_id)).until


def activation(slot: Slot) -> Draft:
    return Draft(ASSIGNMENT, Action.SELF_ACTIVATE, slot, until(END), "Needed")


def removal(slot: Slot, kind: RequestKind = ASSIGNMENT) -> Draft:
    return Draft(kind, Action.ADMIN_REMOVE, slot, justification="Over")


def update(slot: Slot, end: Instant, kind: RequestKind = ASSIGNMENT) -> Draft:
    return Draft(kind, Action.ADMIN_UPDATE, slot, until(end, LATER), "Changed")


@pytest.fixture
async def firm(world: World) -> Firm:
    for permission in PERMISSIONS:
        await world.permit(permission)
    operator = reader_role(OPERATOR, SUBSCRIPTION.kind)
    assert await world.write(PutRole(reader_role(GLOBAL_ADMINISTRATOR)), PutRole(operator))
    await world.node(SUBSCRIPTION.path, "/")
    await world.node(OTHER_ONE.path, "/")
    admin = await world.user("Admin")
    await world.grant(Slot(admin, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    await world.grant(Slot(admin, AZURE_OWNER, ROOT))
    return Firm(world, admin, await world.user("Person"))


LINKS = [(depth, link) for depth in (1, 2, 4) for link in range(depth)]
"""In how many groups the person is, one in the other, and which membership is changed."""


@pytest.mark.parametrize(("depth", "link"), LINKS)
async def test_removing_any_link_cuts_what_was_activated(firm: Firm, depth: int, link: int) -> None:
    members = [firm.person, *await firm.groups(depth)]
    await firm.nest(*members)
    active = await firm.activate()
    removed = await firm.done(removal(within(*members[link : link + 2])))
    found = await firm.grant(active)
    assert (found.until, found.ended_by) == (LATER, removed.id), "one change set ends both"


@pytest.mark.parametrize(("depth", "link"), LINKS)
async def test_shortening_any_link_shortens_what_was_activated(
    firm: Firm, depth: int, link: int
) -> None:
    members = [firm.person, *await firm.groups(depth)]
    await firm.nest(*members)
    active = await firm.activate()
    await firm.done(update(within(*members[link : link + 2]), END + HOUR))
    assert await firm.end_of(active) == END, "its successor covers all of it"
    await firm.done(update(within(*members[link : link + 2]), END - HOUR))
    assert await firm.end_of(active) == END - HOUR


@pytest.mark.parametrize("lost", range(3))
async def test_deleting_anybody_on_the_way_cuts_what_was_activated(firm: Firm, lost: int) -> None:
    members = [firm.person, *await firm.groups(2)]
    await firm.nest(*members)
    active = await firm.activate()
    await firm.delete(members[lost])
    assert await firm.end_of(active) == LATER


async def test_what_stands_on_a_group_in_a_group_and_what_holds_it_up(firm: Firm) -> None:
    person, other = firm.person, await firm.world.user("Other")
    inner, outer, aside = await firm.groups(3)
    membership, link = await firm.world.member(person, inner), await firm.world.member(inner, outer)
    path = await firm.world.member(person, aside), await firm.world.member(aside, outer)
    await firm.world.member(other, outer)
    eligible = await firm.world.grant(operates(outer), GrantKind.ELIGIBLE)
    active = await firm.activate()
    await firm.activate(operates(other))
    for slot in (membership.slot, link.slot):
        loaded = await firm.world.facts(slot)
        assert [grant.id for grant in loaded.facts.chain.dependents] == [active]
        assert set(loaded.facts.chain.supports) == {membership, link, *path, eligible}
        assert {principal_key(who) for who in (person, inner, aside)} <= set(loaded.versions)
        assert principal_key(other) not in loaded.versions


async def test_an_eligibility_that_is_replaced_cuts_no_more_than_it_has_to(firm: Firm) -> None:
    inner, outer = await firm.groups(2)
    await firm.nest(firm.person, inner, outer)
    active = await firm.activate()
    await firm.done(update(operates(outer), END, ELIGIBILITY))
    assert await firm.end_of(active) == END
    await firm.done(update(operates(outer), END - HOUR, ELIGIBILITY))
    assert await firm.end_of(active) == END - HOUR
    await firm.done(removal(operates(outer), ELIGIBILITY), LATER + HOUR)
    assert await firm.end_of(active) == LATER + HOUR


async def test_a_second_path_holds_up_what_was_activated(firm: Firm) -> None:
    left, right, outer = await firm.groups(3)
    await firm.nest(firm.person, left, outer)
    await firm.world.member(firm.person, right)
    await firm.world.member(right, outer, end=END - HOUR)
    active = await firm.activate()
    await firm.done(removal(within(left, outer)))
    assert await firm.end_of(active) == END - HOUR
    await firm.done(removal(within(firm.person, right)))
    assert await firm.end_of(active) == LATER


async def test_a_membership_of_ones_own_holds_up_what_was_activated(firm: Firm) -> None:
    inner, outer = await firm.groups(2)
    await firm.nest(firm.person, inner, outer)
    await firm.world.member(firm.person, outer)
    active = await firm.activate()
    await firm.done(removal(within(firm.person, outer)))
    assert await firm.end_of(active) == END
    await firm.done(removal(within(inner, outer)))
    assert await firm.end_of(active) == LATER


async def test_groups_in_a_circle_hold_up_nothing(firm: Firm) -> None:
    inner, outer = await firm.groups(2)
    await firm.nest(firm.person, inner, outer)
    await firm.world.member(outer, inner)
    await firm.world.member(inner, inner)
    active = await firm.activate()
    await firm.done(removal(within(outer, inner)))
    assert await firm.end_of(active) == END
    await firm.done(removal(within(firm.person, inner)))
    assert await firm.end_of(active) == LATER


async def test_only_those_who_came_by_the_link_lose_something(firm: Firm) -> None:
    inner, outer, elsewhere = await firm.groups(3)
    await firm.nest(firm.person, inner, outer)
    await firm.world.member(firm.person, elsewhere)
    await firm.world.grant(operates(elsewhere, OTHER_ONE), GrantKind.ELIGIBLE)
    other = await firm.world.user("Other")
    await firm.world.member(other, outer)
    lost = await firm.activate()
    kept = [
        await firm.activate(operates(other)),
        await firm.activate(operates(firm.person, OTHER_ONE)),
    ]
    await firm.done(removal(within(inner, outer)))
    assert await firm.end_of(lost) == LATER
    assert [await firm.end_of(id_) for id_ in kept] == [END, END]


@pytest.mark.parametrize(
    ("action", "kind"),
    [(Action.SELF_DEACTIVATE, ASSIGNMENT), (Action.ADMIN_REMOVE, ELIGIBILITY)],
    ids=["deactivated", "not eligible any more"],
)
async def test_an_activated_membership_is_a_link(
    firm: Firm, action: Action, kind: RequestKind
) -> None:
    inner, outer = await firm.groups(2)
    await firm.nest(inner, outer)
    await firm.world.grant(within(firm.person, inner), GrantKind.ELIGIBLE)
    membership = await firm.activate(within(firm.person, inner))
    active = await firm.activate()
    await firm.done(Draft(kind, action, within(firm.person, inner), justification="Over"))
    assert [await firm.end_of(id_) for id_ in (membership, active)] == [LATER, LATER]


async def test_a_membership_activated_through_a_group_is_a_link(firm: Firm) -> None:
    inner, outer, first = await firm.groups(3)
    await firm.nest(inner, outer)
    await firm.world.member(firm.person, first)
    await firm.world.grant(within(first, inner), GrantKind.ELIGIBLE)
    membership = await firm.activate(within(firm.person, inner))
    active = await firm.activate()
    await firm.done(removal(within(first, inner), ELIGIBILITY))
    assert [await firm.end_of(id_) for id_ in (membership, active)] == [LATER, LATER]


async def test_directory_roles_are_held_up_by_direct_membership_alone(firm: Firm) -> None:
    inner, outer = await firm.world.group(), await firm.world.group()
    await firm.nest(firm.person, inner, outer)
    await firm.world.grant(reader(outer), GrantKind.ELIGIBLE)
    assert status_of(await firm.ask(activation(reader(firm.person)))) == (Reason.NOT_ELIGIBLE,)
    await firm.world.member(firm.person, outer)
    nested, direct = await firm.activate(), await firm.activate(reader(firm.person))
    await firm.done(removal(within(firm.person, outer)))
    assert [await firm.end_of(id_) for id_ in (nested, direct)] == [END, LATER]


@pytest.mark.parametrize("link", range(3))
@pytest.mark.parametrize("round_", range(2))
async def test_activation_against_removal_of_a_link(
    stores: tuple[Store, Store], firm: Firm, link: int, round_: int
) -> None:
    members = [firm.person, *await firm.groups(3)]
    await firm.nest(*members)
    draft, over = activation(operates(firm.person)), removal(within(*members[link : link + 2]))
    parties = [firm.party(draft), firm.party(over)][:: 1 - 2 * round_]
    *outcomes, is_one_first = await race(stores, *parties)
    activated, removed = outcomes[:: 1 - 2 * round_]
    is_activation_first = is_one_first != bool(round_)
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert status_of(removed) is Status.REVOKED
    if isinstance(activated, Request):
        assert await firm.end_of(GrantId(activated.id)) == LATER


async def test_activation_against_deleting_a_group_on_the_way(
    stores: tuple[Store, Store], firm: Firm
) -> None:
    async def delete(engine: Engine) -> DirectoryObject | Refused:
        return await delete_principal(engine, firm.token(firm.admin), inner, LATER)

    inner, middle, outer = await firm.groups(3)
    await firm.nest(firm.person, inner, middle, outer)
    draft = activation(operates(firm.person))
    activated, deleted, is_activation_first = await race(stores, firm.party(draft), delete)
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert isinstance(deleted, DirectoryObject)
    if isinstance(activated, Request):
        assert await firm.end_of(GrantId(activated.id)) == LATER


async def test_two_removals_of_the_last_two_paths(stores: tuple[Store, Store], firm: Firm) -> None:
    left, right, outer = await firm.groups(3)
    await firm.nest(firm.person, left, outer)
    await firm.world.member(firm.person, right)
    await firm.world.member(right, outer)
    active = await firm.activate()
    one, other, _ = await race(
        stores,
        firm.party(removal(within(left, outer))),
        firm.party(removal(within(right, outer))),
    )
    assert (status_of(one), status_of(other)) == (Status.REVOKED, Status.REVOKED)
    assert await firm.end_of(active) == LATER
