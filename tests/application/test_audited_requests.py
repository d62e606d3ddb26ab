"""Every activity of PIM that requests and time can cause today comes from what really happens."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.application.audit_stories import (
    APPROVE,
    ASSIGNED,
    ASSIGNED_AHEAD,
    CAUSED,
    DENY,
    ELIGIBILITY,
    ELIGIBLE,
    ENDING,
    LATER,
    NOT_CAUSED,
    RUNNING,
    Story,
    ask,
    change_policy,
    draft,
    due,
    open_request,
    settle,
    withdraw,
)
from tests.application.ledger import Ledger, make_engine
from tests.application.published_activities import PUBLISHED
from tests.support.builders import (
    APPROVER,
    BOSS,
    DAY,
    HOUR,
    NOON,
    PERSON,
    ROLE_ID,
    SLOT,
    make_boss,
    make_boss_facts,
    make_caller,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_request,
    until,
)
from timebound.application.plain_assignments import unassign_role
from timebound.application.settling import (
    decide_on_approval,
)
from timebound.domain.audit import UNTOLD, audit_records
from timebound.domain.audit.records import (
    PIM_PERSON,
    PIM_PROGRAM,
    AuditRecord,
    Category,
    Change,
    NameOf,
    Result,
    Service,
    TargetType,
)
from timebound.domain.events import EventKind
from timebound.domain.ids import TenantId
from timebound.domain.policies.enablement import Enablement
from timebound.domain.requests import Action, Status
from timebound.domain.roles import MEMBER
from timebound.domain.settle import Verdict


async def tell(story: Story) -> list[AuditRecord]:
    """The records of what happened."""
    return [record for event in await story() for record in audit_records(event)]


def find(records: list[AuditRecord], name: str) -> AuditRecord:
    (found,) = [one for one in records if one.activity.name == name]
    return found


@pytest.mark.documented("AUDITREF")
def test_each_published_activity_is_caused_or_it_is_said_why_not() -> None:
    assert CAUSED.keys() | NOT_CAUSED.keys() == PUBLISHED.keys()
    assert not CAUSED.keys() & NOT_CAUSED.keys()


@pytest.mark.documented("AUDITREF")
@pytest.mark.parametrize("name", CAUSED)
async def test_an_activity_comes_from_what_happens(name: str) -> None:
    records = await tell(CAUSED[name])
    record = find(records, name)
    assert record.activity.service is Service.PIM
    assert record.activity.category.value in PUBLISHED[name]
    assert record.result is Result.SUCCESS
    assert next(one.number for one in records if one.event_id == record.event_id) == 0
    told = [t.type for t in record.targets]
    if name != "Update role setting in PIM":
        is_of_group = record.activity.category is Category.GROUPS
        assert told[:4] == [
            TargetType.ROLE,
            TargetType.REQUEST,
            TargetType.PRINCIPAL,
            TargetType.GROUP if is_of_group else TargetType.DIRECTORY,
        ]


@pytest.mark.inferred("issue 5: the log tells of each rule what it was and what it has become")
async def test_a_changed_policy_is_told_rule_by_rule() -> None:
    record = find(await tell(CAUSED["Update role setting in PIM"]), "Update role setting in PIM")
    (role,) = record.targets
    assert (role.type, role.id) == (TargetType.ROLE, ROLE_ID)
    eligibility = '{"isExpirationRequired":%s,"maximumSeconds":%d}'
    assert role.changes == (
        Change(
            "Expiration_Admin_Eligibility",
            old=eligibility % ("false", 365 * 86_400),
            new=eligibility % ("true", 30 * 86_400),
        ),
        Change(
            "Expiration_Admin_Assignment",
            old=eligibility % ("false", 180 * 86_400),
            new=eligibility % ("true", 30 * 86_400),
        ),
    )


@pytest.mark.inferred("events of older versions are read for ever")
async def test_an_older_event_tells_which_rules_were_changed() -> None:
    (event,) = await change_policy()
    older = replace(event, data={k: v for k, v in event.data.items() if k != "changes"})
    (record,) = audit_records(older)
    assert [(one.name, one.old, one.new) for one in record.targets[0].changes] == [
        ("Expiration_Admin_Eligibility", None, "changed"),
        ("Expiration_Admin_Assignment", None, "changed"),
    ]


def named(records: list[AuditRecord]) -> Iterator[tuple[str, str]]:
    return ((one.activity.service.value, one.activity.name) for one in records)


@pytest.mark.observed("RAY 16: both services tell of an expiry, each as its own deed")
async def test_an_expiry_makes_two_records() -> None:
    pim, core = await tell(due(EventKind.GRANT_EXPIRED, RUNNING))
    assert list(named([pim, core])) == [
        ("PIM", "Remove member from role (PIM activation expired)"),
        ("Core Directory", "Remove member from role"),
    ]
    assert (pim.initiator, core.initiator) == (PIM_PERSON, PIM_PROGRAM)
    assert pim.activity.deed.value == "Delete"
    assert core.activity.deed.value == "Unassign"
    assert {pim.at, core.at} == {NOON - HOUR}
    details = dict(pim.details)
    assert details["AuditType"] == "RemoveActivatedRole"
    assert details["ActionType"] == "Revoke"
    assert details["OriginRoleAssignmentId"] == RUNNING.id
    assert details["RoleAssignmentRequestId"] == RUNNING.request_id
    assert Change("Role.DisplayName", old=NameOf(ROLE_ID)) in core.targets[0].changes
    tenant = TenantId("e0b13496-83d1-4721-8bf9-f965f676106f")
    assert pim.identify(tenant).startswith(f"PIM_due_{tenant}_1")
    assert core.identify(tenant).startswith("Directory_due_")


@pytest.mark.documented("issue 4: both records at an activation; one correlation id for its life")
async def test_an_activation_is_told_by_both_services() -> None:
    records = await tell(ask(make_facts(ELIGIBLE), make_draft()))
    assert list(named(records)) == [
        ("PIM", "Add member to role requested (PIM activation)"),
        ("PIM", "Add member to role completed (PIM activation)"),
        ("Core Directory", "Add member to role"),
    ]
    assert len({one.correlation_id for one in records}) == 1
    completed = records[1]
    details = dict(completed.details)
    assert details["AuditType"] == "ActivateRole"
    assert details["Justification"] == completed.reason == "incident 42"
    assert details["StartTime"] == "2030-06-03T12:00:00Z"
    assert details["ExpirationTime"] == "2030-06-03T13:00:00Z"
    assert completed.initiator.id == PERSON
    assert records[2].initiator == PIM_PROGRAM


@pytest.mark.inferred("a start that lies ahead has not come; it is told when it does")
async def test_what_begins_later_is_told_when_it_begins() -> None:
    asked = draft(Action.ADMIN_ASSIGN, schedule=until(NOON + 9 * DAY, NOON + LATER))
    records = await tell(ask(make_boss_facts(), asked))
    assert list(named(records)) == [("PIM", "Add member to role in PIM requested (timebound)")]
    begun = await tell(due(EventKind.GRANT_STARTED, ASSIGNED_AHEAD, end=(NOON + DAY).isoformat()))
    assert list(named(begun)) == [
        ("PIM", "Add member to role in PIM completed (timebound)"),
        ("Core Directory", "Add member to role"),
    ]
    assert [one.initiator for one in begun] == [PIM_PERSON, PIM_PROGRAM]


@pytest.mark.inferred("who keeps a role without a gap does not lose it in between")
async def test_an_extension_takes_nothing_away() -> None:
    asked = draft(Action.ADMIN_EXTEND, ELIGIBILITY, schedule=until(NOON + 20 * DAY))
    names = [name for _, name in named(await tell(ask(make_boss_facts(ENDING), asked)))]
    assert names == [
        "Update eligible member in PIM requested (extend)",
        "Add eligible member to role in PIM completed (timebound)",
        "Add eligible member to role",
    ]


@pytest.mark.inferred("what an activation stood on is gone: the service ends it, nobody asked")
async def test_what_is_cut_is_the_services_own_deed() -> None:
    event = due(EventKind.GRANT_ENDED, RUNNING, isCut=True, isVoid=False)
    pim, core = await tell(event)
    (later,) = [replace(one, effective_at=NOON + HOUR) for one in await event()]
    assert not audit_records(later)
    assert pim.activity.name == "Remove member from role (PIM activation expired)"
    assert (pim.initiator, core.initiator) == (PIM_PERSON, PIM_PROGRAM)


@pytest.mark.documented("issue 4: refusals with every unmet rule")
async def test_a_refusal_tells_every_unmet_rule() -> None:
    policy = make_enablement_policy(Enablement.JUSTIFICATION, Enablement.TICKETING)
    asked = make_draft(justification=None, ticket=replace(make_draft().ticket, number=None))
    facts = make_facts(ELIGIBLE, policy=policy)
    (record,) = await tell(ask(facts, asked))
    assert record.activity.name == "Add member to role requested (PIM activation)"
    assert record.result is Result.FAILURE
    unmet = [value for name, value in record.details if name == "UnmetRule"]
    assert unmet == ["JustificationRule: justificationMissing", "TicketingRule: ticketMissing"]
    assert record.reason == "; ".join(unmet)


@pytest.mark.inferred("what was approved and could not be had any more has not been given")
async def test_an_approval_that_came_to_nothing() -> None:
    facts = replace(make_facts(ELIGIBLE, caller=make_caller(APPROVER)), eligibilities=())

    async def act(ledger: Ledger) -> object:
        token = facts.caller.token
        return await decide_on_approval(
            make_engine(ledger), token, open_request(make_request()), APPROVE, NOON
        )

    approved, failed = await tell(settle(make_request(), act, facts))
    assert (approved.result, approved.reason) == (Result.SUCCESS, "go ahead")
    assert failed.activity.name == "Add member to role completed (PIM activation)"
    assert failed.result is Result.FAILURE
    assert approved.identify(TenantId("t")) != failed.identify(TenantId("t"))


@pytest.mark.documented("AUDITREF, Core Directory: roles over a unit are scoped")
async def test_past_pim_the_directory_tells_alone() -> None:
    facts = make_boss_facts(ASSIGNED)
    ledger = Ledger(facts)
    await unassign_role(make_engine(ledger), facts.caller.token, SLOT, NOON)
    names = [one for event in ledger.events for one in named(list(audit_records(event)))]
    assert ("Core Directory", "Remove member from role") in names
    unit = {"scope": "/administrativeUnits/north"}
    records = await tell(due(EventKind.GRANT_EXPIRED, ASSIGNED, **unit))
    assert records[1].activity.name == "Remove scoped member from role"


@pytest.mark.observed("scripts that follow PIM for groups read the person third, the group fourth")
async def test_of_a_membership_the_group_is_told() -> None:
    group = {"roleId": MEMBER, "scopeKind": "group", "scope": "crew"}
    pim, core = await tell(due(EventKind.GRANT_EXPIRED, RUNNING, **group))
    assert pim.activity.category.value == "GroupManagement"
    assert [(t.type, t.id) for t in pim.targets[2:4]] == [
        (TargetType.PRINCIPAL, PERSON),
        (TargetType.GROUP, "crew"),
    ]
    assert core.activity.name == "Remove member from group"
    (alone,) = await tell(due(EventKind.GRANT_EXPIRED, ELIGIBLE, **group))
    assert alone.activity.name.startswith("Remove eligible member from role in PIM completed")


@pytest.mark.inferred("nobody did what a tenant began with")
async def test_a_seed_makes_no_records() -> None:
    assert not await tell(due(EventKind.GRANT_MADE, replace(ASSIGNED, request_id=None)))
    assert not await tell(due(EventKind.TENANT_SEEDED, ASSIGNED))
    # A dead letter that an operator gives up is about the outbox, and in the log alone.
    kinds = {EventKind.TENANT_SEEDED, EventKind.GRANT_ENDS_SOON, EventKind.LETTER_FORGOTTEN}
    # What becomes of the tree of Azure, or of attribute namespaces, is no matter of this log.
    kinds |= {kind for kind in EventKind if kind.name.startswith(("NODE_", "NAMESPACE_"))}
    # That an extension is asked is known from the request.
    assert kinds | {EventKind.EVALUATION_ASKED} == UNTOLD


@pytest.mark.inferred("whoever is refused a decision tried to change something")
@pytest.mark.parametrize("verdict", [APPROVE, DENY])
async def test_a_refused_decision(verdict: Verdict) -> None:
    facts = make_facts(ELIGIBLE, caller=make_boss())

    async def act(ledger: Ledger) -> object:
        token = facts.caller.token
        return await decide_on_approval(
            make_engine(ledger), token, open_request(make_request()), verdict, NOON
        )

    (record,) = await tell(settle(make_request(), act, facts))
    word = "approved" if verdict is APPROVE else "denied"
    assert record.activity.name == f"Add member to role request {word} (PIM activation)"
    assert (record.result, record.initiator.id) == (Result.FAILURE, BOSS)


async def test_a_refused_cancellation() -> None:
    request = make_request(status=Status.PROVISIONED)
    facts = make_boss_facts(ELIGIBLE)
    (record,) = await tell(settle(request, lambda book: withdraw(book, request), facts))
    assert record.activity.name == "Add member to role canceled (PIM activation)"
    assert record.result is Result.FAILURE
