"""Words on one request that meet: one settles it, and what was decided on old facts is anew."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from tests.storage.racing import Outcome, RandomIds, overtake, race, race_many, status_of
from tests.storage.test_races import Office, office
from tests.storage.world import CLIENT, NOON, reader
from tests.support.events import read_events
from tests.support.policy_changes import set_rules
from timebound.application.changes import AddOwner, ChangeSet, PutObject, principal_key
from timebound.application.directory.memberships import remove_from_group
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.policies import change_policy_at
from timebound.application.ports import Store
from timebound.application.settling import OpenRequest, cancel_request, decide_on_approval
from timebound.domain.approvals import ReviewResult
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policy_places import StoredPolicy, place_policy
from timebound.domain.problems import Code, Reason
from timebound.domain.requests import Request, RequestKind, Status
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind
from timebound.domain.settle import Verdict

__all__ = ["office"]

pytestmark = pytest.mark.inferred("promises 4 and 7: a request is settled once, on facts of now")
YES = Verdict(ReviewResult.APPROVE, "Trusted")
NO = Verdict(ReviewResult.DENY, "Not today")
Party = Callable[[Engine], Awaitable[Outcome]]
LATE = (Code.ALREADY_DECIDED,)


async def wait(office: Office, *named: Approver) -> tuple[PrincipalId, Request]:
    """Somebody who is eligible, and their request that waits for those who are named."""
    engine = Engine(office.world.store, RandomIds())
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    change = set_rules(Approval_EndUser_Assignment=rule)
    person = await office.world.user("Asking")
    place = place_policy(DIRECTORY_ROOT, reader(person).role_id)
    changed = await change_policy_at(engine, office.token(office.admin), place, change, NOON)
    assert isinstance(changed, StoredPolicy), changed
    await office.world.grant(reader(person), GrantKind.ELIGIBLE)
    asked = await office.activate(person)(engine)
    assert isinstance(asked, Request)
    assert asked.status is Status.PENDING_APPROVAL
    return person, asked


async def name_users(office: Office, number: int) -> list[PrincipalId]:
    return [await office.world.user(f"Approver {n}") for n in range(number)]


def by_name(ids: Sequence[PrincipalId]) -> list[Approver]:
    return [Approver(ApproverKind.USER, id_) for id_ in ids]


def deciding(
    office: Office, asked: Request, approver: PrincipalId, verdict: Verdict = YES
) -> Party:
    token, waiting = office.token(approver), OpenRequest(asked.id, ScopeKind.DIRECTORY)
    return lambda engine: decide_on_approval(engine, token, waiting, verdict, NOON)


@pytest.mark.parametrize("word", [YES, NO], ids=["approve", "deny"])
async def test_of_two_approvers_one_settles(
    stores: tuple[Store, Store], office: Office, word: Verdict
) -> None:
    first, second = await name_users(office, 2)
    person, asked = await wait(office, *by_name([first, second]))
    one, other, is_one_first = await race(
        stores, deciding(office, asked, first), deciding(office, asked, second, word)
    )
    won, lost = (one, other) if is_one_first else (other, one)
    is_yes = is_one_first or word is YES
    assert status_of(won) is (Status.PROVISIONED if is_yes else Status.DENIED)
    assert status_of(lost) == LATE
    assert len(await office.active(person)) == int(is_yes)


async def test_of_eight_approvers_one_settles(
    stores: tuple[Store, Store], office: Office, database_url: str
) -> None:
    approvers = await name_users(office, 8)
    person, asked = await wait(office, *by_name(approvers))
    came_to = await race_many(stores, [deciding(office, asked, one) for one in approvers])
    outcomes = [status_of(one) for one in came_to]
    assert outcomes.count(Status.PROVISIONED) == 1
    assert outcomes.count(LATE) == 7
    assert len(await office.active(person)) == 1
    kinds = [event.kind for event in await read_events(database_url, office.world.tenant)]
    assert kinds.count(EventKind.APPROVAL_GIVEN) == 1
    assert kinds.count(EventKind.APPROVAL_REFUSED) == 7


async def test_an_approval_against_its_withdrawal(
    stores: tuple[Store, Store], office: Office
) -> None:
    (approver,) = await name_users(office, 1)
    person, asked = await wait(office, *by_name([approver]))

    async def cancel(engine: Engine) -> Outcome:
        token = office.token(person)
        waiting = OpenRequest(asked.id, ScopeKind.DIRECTORY, RequestKind.ASSIGNMENT)
        return await cancel_request(engine, token, waiting, NOON)

    approved, cancelled, is_approval_first = await race(
        stores, deciding(office, asked, approver), cancel
    )
    if is_approval_first:
        assert status_of(approved) is Status.PROVISIONED
        assert status_of(cancelled) == (Code.NOT_CANCELLABLE,)
    else:
        assert status_of(approved) == LATE
        assert status_of(cancelled) is Status.CANCELED
    assert len(await office.active(person)) == int(is_approval_first)


async def test_an_approval_against_the_end_of_the_eligibility(
    stores: tuple[Store, Store], office: Office
) -> None:
    (approver,) = await name_users(office, 1)
    person, asked = await wait(office, *by_name([approver]))
    remove = office.remove(reader(person), RequestKind.ELIGIBILITY)
    approved, removed, is_approval_first = await race(
        stores, deciding(office, asked, approver), remove
    )
    assert status_of(approved) is (Status.PROVISIONED if is_approval_first else Status.FAILED)
    assert status_of(removed) is Status.REVOKED
    assert await office.active(person) == [], "an activation ends with what it stood on"


async def test_an_approval_overtaken_by_leaving_the_group_that_may_give_it(
    stores: tuple[Store, Store], office: Office
) -> None:
    group, (approver,) = await office.world.group("Jury"), await name_users(office, 1)
    await office.world.member(approver, group)
    person, asked = await wait(office, Approver(ApproverKind.GROUP, group))

    async def leave(engine: Engine) -> object:
        work = Work(engine, office.token(office.admin), NOON)
        return await remove_from_group(work, group, MEMBER, approver)

    approved, left = await overtake(stores, deciding(office, asked, approver), leave)
    assert not isinstance(left, Refused), left
    assert status_of(approved) == (Code.NOT_APPROVER,)
    assert await office.active(person) == []


async def test_an_approval_overtaken_by_owning_the_application_it_comes_through(
    stores: tuple[Store, Store], office: Office
) -> None:
    (approver,) = await name_users(office, 1)
    program = PrincipalId(office.world.new_id("9"))
    there = DirectoryObject(program, ObjectKind.SERVICE_PRINCIPAL, "Client", NOON, app_id=CLIENT)
    assert await office.world.write(PutObject(there), bumps=[principal_key(program)])
    person, asked = await wait(office, *by_name([approver]))

    async def own(engine: Engine) -> bool:
        bumps = frozenset({principal_key(program)})
        change = ChangeSet(office.world.tenant, NOON, {}, bumps, (AddOwner(program, person),))
        return await engine.store.apply(change)

    approved, is_owned = await overtake(stores, deciding(office, asked, approver), own)
    assert is_owned
    assert status_of(approved) == (Reason.OWN_APPLICATION,)
    assert await office.active(person) == []
