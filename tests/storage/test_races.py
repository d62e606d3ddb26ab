"""Two that cannot both win: of each pair one comes through, and the other is decided anew.

Each party has its own connection to the database; both have loaded their facts before either
applies anything.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.storage.racing import Outcome, RandomIds, overtake, race, status_of
from tests.storage.world import CLIENT, DAY, HOUR, NOON, World, reader, reader_role
from tests.support.policy_changes import set_rules
from timebound.application.changes import ChangeSet, PutRole, RevokePermission, application_key
from timebound.application.engine import Engine
from timebound.application.policies import change_policy_at
from timebound.application.ports import Store
from timebound.application.principals import delete_principal, set_enabled
from timebound.application.queries import Query
from timebound.application.settling import OpenRequest, cancel_request
from timebound.application.submitting import submit_request
from timebound.application.views import Audience, View
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policy_places import StoredPolicy, place_policy
from timebound.domain.problems import Code, Reason
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind, group_scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

ROUNDS = 4
PERMISSIONS = (
    "RoleManagement.ReadWrite.Directory",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleManagementPolicy.ReadWrite.Directory",
    "Directory.ReadWrite.All",
)
AN_HOUR = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))


@pytest.fixture(params=range(ROUNDS))
async def office(store: Store) -> "Office":
    """A tenant with a Global Administrator, anew for each round."""
    world = await World(store).begin()
    for permission in PERMISSIONS:
        await world.permit(permission)
    assert await world.write(PutRole(reader_role(GLOBAL_ADMINISTRATOR)))
    admin = await world.user("Admin")
    await world.grant(Slot(admin, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT))
    return Office(world, admin)


class Office:
    """Who acts in a race, and what they do."""

    def __init__(self, world: World, admin: PrincipalId) -> None:
        self.world = world
        self.admin = admin

    def token(self, person: PrincipalId) -> Token:
        return Token(self.world.tenant, person, CLIENT, frozenset(PERMISSIONS))

    def activate(self, person: PrincipalId) -> Callable[[Engine], Awaitable[Outcome]]:
        draft = Draft(
            RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, reader(person), AN_HOUR, "Needed"
        )
        return lambda engine: submit_request(engine, self.token(person), draft, NOON)

    def remove(
        self, slot: Slot, kind: RequestKind, by: PrincipalId | None = None
    ) -> Callable[[Engine], Awaitable[Outcome]]:
        draft = Draft(kind, Action.ADMIN_REMOVE, slot, justification="Over")
        token = self.token(by or self.admin)
        return lambda engine: submit_request(engine, token, draft, NOON)

    async def active(self, person: PrincipalId) -> list[Grant]:
        """What is activated in the reader's slot and in force."""
        rows = await self.world.held(person)
        return [row.grant for row in rows if row.grant.kind is GrantKind.ACTIVATED]


async def test_two_activations_of_one_slot(stores: tuple[Store, Store], office: Office) -> None:
    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    one, other, is_one_first = await race(stores, office.activate(person), office.activate(person))
    won, lost = (one, other) if is_one_first else (other, one)
    assert status_of(won) is Status.PROVISIONED
    assert status_of(lost) == (Code.ASSIGNMENT_EXISTS,)
    assert len(await office.active(person)) == 1


Support = Callable[[Office, PrincipalId], Awaitable[tuple[RequestKind, Slot]]]


async def own_eligibility(office: Office, person: PrincipalId) -> tuple[RequestKind, Slot]:
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    return RequestKind.ELIGIBILITY, reader(person)


async def eligibility_of_a_group(office: Office, person: PrincipalId) -> tuple[RequestKind, Slot]:
    group = await office.world.group()
    await office.world.member(person, group)
    return await own_eligibility(office, group)


async def membership(office: Office, person: PrincipalId) -> tuple[RequestKind, Slot]:
    _, held = await eligibility_of_a_group(office, person)
    return RequestKind.ASSIGNMENT, Slot(person, MEMBER, group_scope(held.principal_id))


@pytest.mark.parametrize("lay", [own_eligibility, eligibility_of_a_group, membership])
async def test_activation_against_removal_of_what_it_stands_on(
    stores: tuple[Store, Store], office: Office, lay: Support
) -> None:
    person = await office.world.user()
    kind, slot = await lay(office, person)
    activated, removed, is_activation_first = await race(
        stores, office.activate(person), office.remove(slot, kind)
    )
    expected = Status.PROVISIONED if is_activation_first else (Reason.NOT_ELIGIBLE,)
    assert status_of(activated) == expected
    assert status_of(removed) is Status.REVOKED
    assert await office.active(person) == [], "an activation ends with what it stood on"


async def test_activation_overtaken_by_a_change_of_policy(
    stores: tuple[Store, Store], office: Office
) -> None:
    async def change(engine: Engine) -> StoredPolicy | Refused:
        place = place_policy(DIRECTORY_ROOT, reader(person).role_id)
        rule = EnablementRule((Enablement.JUSTIFICATION, Enablement.TICKETING))
        wanted = set_rules(Enablement_EndUser_Assignment=rule)
        return await change_policy_at(engine, office.token(office.admin), place, wanted, NOON)

    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    activated, changed = await overtake(stores, office.activate(person), change)
    assert status_of(activated) == (Reason.TICKET_MISSING,)
    assert isinstance(changed, StoredPolicy)
    assert (await office.world.facts(reader(person))).facts.policy == changed.policy
    assert await office.active(person) == []


async def test_activation_overtaken_by_the_end_of_a_consent(
    stores: tuple[Store, Store], office: Office
) -> None:
    async def revoke(engine: Engine) -> bool:
        ends = tuple(RevokePermission(CLIENT, name, is_delegated=True) for name in PERMISSIONS)
        bumps = frozenset({application_key(CLIENT)})
        return await engine.store.apply(ChangeSet(office.world.tenant, NOON, {}, bumps, ends))

    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    activated, is_revoked = await overtake(stores, office.activate(person), revoke)
    assert is_revoked
    assert status_of(activated) == (Code.PERMISSION_MISSING,)
    assert await office.active(person) == []


async def test_activation_against_disabling_the_person(
    stores: tuple[Store, Store], office: Office
) -> None:
    async def disable(engine: Engine) -> DirectoryObject | Refused:
        return await set_enabled(
            engine, office.token(office.admin), person, is_enabled=False, at=NOON
        )

    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    activated, disabled, is_activation_first = await race(stores, office.activate(person), disable)
    expected = Status.PROVISIONED if is_activation_first else (Code.CALLER_NOT_ADMITTED,)
    assert status_of(activated) == expected
    assert isinstance(disabled, DirectoryObject)
    caller = await office.world.store.load_caller(office.token(person), NOON)
    assert not caller.roles, "what was activated is masked while the person is disabled"


async def test_activation_against_deleting_the_person(
    stores: tuple[Store, Store], office: Office
) -> None:
    async def delete(engine: Engine) -> DirectoryObject | Refused:
        return await delete_principal(engine, office.token(office.admin), person, NOON)

    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    activated, deleted, is_activation_first = await race(stores, office.activate(person), delete)
    expected = Status.PROVISIONED if is_activation_first else (Code.CALLER_NOT_ADMITTED,)
    assert status_of(activated) == expected
    assert isinstance(deleted, DirectoryObject)
    assert await office.active(person) == []


async def test_two_removals_of_the_last_two_administrators(
    stores: tuple[Store, Store], office: Office
) -> None:
    other = await office.world.user("Other")
    slots = [Slot(who, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT) for who in (office.admin, other)]
    await office.world.grant(slots[1])
    kind = RequestKind.ASSIGNMENT
    one, two, is_one_first = await race(
        stores, office.remove(slots[0], kind, other), office.remove(slots[1], kind, office.admin)
    )
    won, lost = (one, two) if is_one_first else (two, one)
    assert status_of(won) is Status.REVOKED
    # Who has lost the role may not remove anybody any more; what they asked is refused for that.
    assert status_of(lost) == (Code.ACCESS_DENIED,)
    remaining = (await office.world.facts(slots[0])).facts.administrators
    assert [path.principal_id for path in remaining] == [other if is_one_first else office.admin]


async def test_two_removals_of_the_last_two_administrators_by_a_third(
    stores: tuple[Store, Store], office: Office
) -> None:
    other, third = await office.world.user("Other"), await office.world.user("Third")
    slots = [Slot(who, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT) for who in (office.admin, other)]
    await office.world.grant(slots[1])
    await office.world.grant(replace(slots[0], principal_id=third), end=NOON + DAY)
    kind = RequestKind.ASSIGNMENT
    one, two, is_one_first = await race(
        stores, office.remove(slots[0], kind, third), office.remove(slots[1], kind, third)
    )
    won, lost = (one, two) if is_one_first else (two, one)
    assert status_of(won) is Status.REVOKED
    assert status_of(lost) == (Code.LAST_ADMINISTRATOR,)
    remaining = (await office.world.facts(slots[0])).facts.administrators
    assert [path.principal_id for path in remaining] == [other if is_one_first else office.admin]


async def test_two_cancel_one_request(stores: tuple[Store, Store], office: Office) -> None:
    person = await office.world.user()
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    start = AskedSchedule(NOON + DAY, AN_HOUR.expiration)
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, reader(person), start, "Needed")
    engine = Engine(office.world.store, RandomIds())
    made = await submit_request(engine, office.token(person), draft, NOON)
    assert isinstance(made, Request)

    def cancel(who: PrincipalId) -> Callable[[Engine], Awaitable[Outcome]]:
        token = office.token(who)
        open_ = OpenRequest(made.id, ScopeKind.DIRECTORY, RequestKind.ASSIGNMENT)
        return lambda engine: cancel_request(engine, token, open_, NOON)

    one, two, is_one_first = await race(stores, cancel(person), cancel(office.admin))
    won, lost = (one, two) if is_one_first else (two, one)
    assert status_of(won) is Status.CANCELED
    assert status_of(lost) == (Code.NOT_CANCELLABLE,)
    view = View.ASSIGNMENT_SCHEDULES
    page = await office.world.store.read_grants(
        view, Audience(office.world.tenant), Query(10), NOON
    )
    assert person not in {row.principal_id for row in page.rows}
