"""What really happens, by the name that PIM's record of it has."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from tests.application.ledger import Ledger, make_engine
from tests.support.builders import (
    APPROVER,
    DAY,
    GROUP,
    HOUR,
    NOON,
    PERSON,
    ROLE_ID,
    SLOT,
    after,
    endless,
    make_activation,
    make_approval_policy,
    make_boss_facts,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_granted,
    make_policy,
    make_request,
    make_strict_policy,
    until,
)
from tests.support.policy_changes import set_policy
from timebound.application.plain_assignments import assign_role
from timebound.application.policies import change_policy_at
from timebound.application.settling import (
    OpenRequest,
    cancel_request,
    decide_on_approval,
    decide_on_extension,
)
from timebound.application.submitting import submit_request
from timebound.domain.approvals import ReviewResult
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import EventId
from timebound.domain.policy_places import place_policy
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.settle import Verdict

ELIGIBILITY = RequestKind.ELIGIBILITY
ASSIGNMENT = RequestKind.ASSIGNMENT
ELIGIBLE = make_grant()
ENDING = make_grant(end=NOON + 5 * DAY)
ASSIGNED = make_grant(GrantKind.ASSIGNED)
ASSIGNED_ENDING = make_grant(GrantKind.ASSIGNED, end=NOON + 5 * DAY)
ENDED = make_grant(start=NOON - 30 * DAY, end=NOON - DAY)
ASSIGNED_ENDED = make_grant(GrantKind.ASSIGNED, start=NOON - 30 * DAY, end=NOON - DAY)
RUNNING = make_activation(start=NOON - HOUR, end=NOON + HOUR)
LATER = timedelta(days=2)
APPROVE = Verdict(ReviewResult.APPROVE, "go ahead")
DENY = Verdict(ReviewResult.DENY, "not today")

Story: TypeAlias = Callable[[], Awaitable[list[Event]]]


def ask(facts: Facts, draft: Draft) -> Story:
    """What is told when a request is made."""

    async def tell() -> list[Event]:
        ledger = Ledger(facts)
        await submit_request(make_engine(ledger), facts.caller.token, draft, NOON)
        return ledger.events

    return tell


def draft(action: Action, kind: RequestKind = ASSIGNMENT, **changes: object) -> Draft:
    return make_draft(action, kind, **changes)  # type: ignore[arg-type]  # the fields are the test's


def cancel(grant: Grant, action: Action) -> Story:
    """What is told when a request for something that lies ahead is withdrawn."""
    request = make_granted(grant, action)
    if action in (Action.ADMIN_ASSIGN, Action.ADMIN_UPDATE) and grant.window.is_endless:
        asked = endless(grant.window.start)
        request = replace(request, draft=replace(request.draft, schedule=asked))
    return settle(request, lambda ledger: withdraw(ledger, request), make_boss_facts(grant))


async def withdraw(ledger: Ledger, request: Request) -> object:
    """Withdraws a request."""
    engine, token = make_engine(ledger), ledger.facts.caller.token
    return await cancel_request(engine, token, open_request(request), NOON)


def open_request(request: Request) -> OpenRequest:
    """The request, as somebody names it who wants something of it."""
    draft = request.draft
    return OpenRequest(request.id, draft.slot.scope.kind, draft.kind)


def settle(request: Request, act: Callable[[Ledger], Awaitable[object]], facts: Facts) -> Story:
    async def tell() -> list[Event]:
        ledger = Ledger(replace(facts, requests=(request,)), requests={request.id: request})
        await act(ledger)
        return ledger.events

    return tell


def approve(verdict: Verdict = APPROVE) -> Story:
    """What is told when Carol decides on an activation of Alice."""
    facts = make_facts(ELIGIBLE, caller=make_caller(APPROVER))

    async def act(ledger: Ledger) -> object:
        engine, token = make_engine(ledger), facts.caller.token
        return await decide_on_approval(engine, token, open_request(make_request()), verdict, NOON)

    return settle(make_request(), act, facts)


def extend(verdict: Verdict = APPROVE, grant: Grant = ENDING) -> Story:
    """What is told when an administrator decides on an extension."""
    kind = ELIGIBILITY if grant.kind is GrantKind.ELIGIBLE else ASSIGNMENT
    asked = draft(Action.SELF_EXTEND, kind, schedule=until(NOON + 20 * DAY))
    request = make_request(asked, Status.PENDING_ADMIN_DECISION)

    async def act(ledger: Ledger) -> object:
        engine, token = make_engine(ledger), ledger.facts.caller.token
        return await decide_on_extension(engine, token, open_request(request), verdict, NOON)

    return settle(request, act, make_boss_facts(grant))


def due(kind: EventKind, grant: Grant, **facts: Fact) -> Story:
    """What the service tells by itself."""

    async def tell() -> list[Event]:
        data: dict[str, Fact] = {
            "principalId": grant.slot.principal_id,
            "roleId": grant.slot.role_id,
            "scopeKind": grant.slot.scope.kind.value,
            "scope": grant.slot.scope.path,
            "grantKind": grant.kind.value,
            "grantId": grant.id,
            "requestId": grant.request_id,
            **facts,
        }
        at, id_ = NOON - HOUR, str(grant.request_id)
        return [Event(EventId("due"), kind, at, NOON, id_, Actor(), PERSON, data)]

    return tell


def in_group(story: Story) -> Story:
    """The same of a membership of the crew: events of groups differ in these facts alone."""

    async def tell() -> list[Event]:
        return [replace(one, data=_put_in_group(one.data)) for one in await story()]

    return tell


def _put_in_group(data: Mapping[str, Fact]) -> dict[str, Fact]:
    there: dict[str, Fact] = {"roleId": MEMBER, "scopeKind": "group", "scope": GROUP}
    return {name: there.get(name, fact) for name, fact in data.items()}


def lapse() -> Story:
    return due(
        EventKind.APPROVAL_TIMED_OUT,
        RUNNING,
        action=Action.SELF_ACTIVATE.value,
        requestKind=ASSIGNMENT.value,
    )


async def outside() -> list[Event]:
    facts = make_boss_facts()
    ledger = Ledger(facts)
    await assign_role(make_engine(ledger), facts.caller.token, SLOT, NOON)
    return ledger.events


async def change_policy() -> list[Event]:
    facts = make_boss_facts()
    ledger = Ledger(facts)
    place, token = place_policy(DIRECTORY_ROOT, ROLE_ID), facts.caller.token
    change = set_policy(make_strict_policy())
    await change_policy_at(make_engine(ledger), token, place, change, NOON)
    return ledger.events


NEEDS_APPROVAL = make_facts(ELIGIBLE, policy=make_approval_policy(APPROVER))
AHEAD = make_grant(start=NOON + LATER, end=NOON + 9 * DAY)
AHEAD_ENDLESS = make_grant(start=NOON + LATER)
ASSIGNED_AHEAD = make_grant(GrantKind.ASSIGNED, start=NOON + LATER, end=NOON + 9 * DAY)
ASSIGNED_AHEAD_ENDLESS = make_grant(GrantKind.ASSIGNED, start=NOON + LATER)
ACTIVATED_AHEAD = make_activation(start=NOON + HOUR, end=NOON + 2 * HOUR)
PERMITTING = make_policy()

CAUSED: dict[str, Story] = {
    "Add eligible member to role in PIM requested (permanent)": ask(
        make_boss_facts(policy=PERMITTING),
        draft(Action.ADMIN_ASSIGN, ELIGIBILITY, schedule=endless()),
    ),
    "Add eligible member to role in PIM completed (permanent)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, ELIGIBILITY, schedule=endless())
    ),
    "Add eligible member to role in PIM requested (timebound)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, ELIGIBILITY, schedule=after(DAY))
    ),
    "Add eligible member to role in PIM completed (timebound)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, ELIGIBILITY, schedule=after(DAY))
    ),
    "Add eligible member to role in PIM requested (renew)": ask(
        make_boss_facts(ENDED), draft(Action.ADMIN_RENEW, ELIGIBILITY, schedule=after(DAY))
    ),
    "Add eligible member to role in PIM canceled (permanent)": cancel(
        AHEAD_ENDLESS, Action.ADMIN_ASSIGN
    ),
    "Add eligible member to role in PIM canceled (timebound)": cancel(AHEAD, Action.ADMIN_ASSIGN),
    "Add eligible member to role in PIM canceled (renew)": cancel(AHEAD, Action.ADMIN_RENEW),
    "Add member to role approval requested (PIM activation)": ask(NEEDS_APPROVAL, make_draft()),
    "Add member to role canceled (PIM activation)": cancel(ACTIVATED_AHEAD, Action.SELF_ACTIVATE),
    "Add member to role completed (PIM activation)": ask(make_facts(ELIGIBLE), make_draft()),
    "Add member to role in PIM canceled (permanent)": in_group(
        cancel(ASSIGNED_AHEAD_ENDLESS, Action.ADMIN_ASSIGN)
    ),
    "Add member to role in PIM canceled (timebound)": cancel(ASSIGNED_AHEAD, Action.ADMIN_ASSIGN),
    "Add member to role in PIM canceled (renew)": cancel(ASSIGNED_AHEAD, Action.ADMIN_RENEW),
    "Add member to role in PIM requested (permanent)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, schedule=endless())
    ),
    "Add member to role in PIM completed (permanent)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, schedule=endless())
    ),
    "Add member to role in PIM requested (timebound)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, schedule=after(DAY))
    ),
    "Add member to role in PIM completed (timebound)": ask(
        make_boss_facts(), draft(Action.ADMIN_ASSIGN, schedule=after(DAY))
    ),
    "Add member to role in PIM requested (renew)": ask(
        make_boss_facts(ASSIGNED_ENDED), draft(Action.ADMIN_RENEW, schedule=after(DAY))
    ),
    "Add member to role outside of PIM (permanent)": outside,
    "Add member to role request approved (PIM activation)": approve(),
    "Add member to role request denied (PIM activation)": approve(DENY),
    "Add member to role requested (PIM activation)": ask(make_facts(ELIGIBLE), make_draft()),
    "Cancel request": in_group(cancel(AHEAD_ENDLESS, Action.ADMIN_ASSIGN)),
    "Cancel request for role update": cancel(AHEAD, Action.ADMIN_UPDATE),
    "PIM activation request expired": lapse(),
    "Remove eligible member from role in PIM requested (permanent)": ask(
        make_boss_facts(ELIGIBLE), draft(Action.ADMIN_REMOVE, ELIGIBILITY)
    ),
    "Remove eligible member from role in PIM completed (permanent)": ask(
        make_boss_facts(ELIGIBLE), draft(Action.ADMIN_REMOVE, ELIGIBILITY)
    ),
    "Remove eligible member from role in PIM requested (timebound)": ask(
        make_boss_facts(ENDING), draft(Action.ADMIN_REMOVE, ELIGIBILITY)
    ),
    "Remove eligible member from role in PIM completed (timebound)": ask(
        make_boss_facts(ENDING), draft(Action.ADMIN_REMOVE, ELIGIBILITY)
    ),
    "Remove member from role (PIM activation expired)": due(EventKind.GRANT_EXPIRED, RUNNING),
    "Remove member from role completed (PIM deactivate)": ask(
        make_facts(ELIGIBLE, RUNNING), draft(Action.SELF_DEACTIVATE)
    ),
    "Remove member from role requested (PIM deactivate)": ask(
        make_facts(ELIGIBLE, RUNNING), draft(Action.SELF_DEACTIVATE)
    ),
    "Remove member from role in PIM requested (permanent)": ask(
        make_boss_facts(ASSIGNED), draft(Action.ADMIN_REMOVE)
    ),
    "Remove member from role in PIM completed (permanent)": ask(
        make_boss_facts(ASSIGNED), draft(Action.ADMIN_REMOVE)
    ),
    "Remove member from role in PIM requested (timebound)": ask(
        make_boss_facts(ASSIGNED_ENDING), draft(Action.ADMIN_REMOVE)
    ),
    "Remove member from role in PIM completed (timebound)": ask(
        make_boss_facts(ASSIGNED_ENDING), draft(Action.ADMIN_REMOVE)
    ),
    "Update eligible member in PIM canceled (extend)": cancel(AHEAD, Action.ADMIN_EXTEND),
    "Update eligible member in PIM requested (extend)": ask(
        make_boss_facts(ENDING),
        draft(Action.ADMIN_EXTEND, ELIGIBILITY, schedule=until(NOON + 20 * DAY)),
    ),
    "Update member in PIM approved by admin (extend/renew)": extend(),
    "Update member in PIM canceled (extend)": cancel(ASSIGNED_AHEAD, Action.ADMIN_EXTEND),
    "Update member in PIM denied by admin (extend/renew)": extend(DENY),
    "Update member in PIM requested (extend)": ask(
        make_boss_facts(ASSIGNED_ENDING),
        draft(Action.ADMIN_EXTEND, schedule=until(NOON + 20 * DAY)),
    ),
    "Update role setting in PIM": change_policy,
}
ALERTS = "no alerts are served yet"
SILENT = "nothing published tells what causes it"
NOT_CAUSED: dict[str, str] = {
    "Approve request - direct role assignment": "managed applications are not served",
    "Cancel request for role removal": "a removal never waits",
    "Deactivate PIM alert": ALERTS,
    "Disable PIM alert": ALERTS,
    "Enable PIM alert": ALERTS,
    "Offboarded resource from PIM": "resources are discovered with issue 7",
    "Onboarded resource from PIM": "resources are discovered with issue 7",
    "Onboarded resource to PIM": "no deed of its own brings a group under PIM: what is first does",
    "PIM policy removed": "no policy is removed",
    "Process request": SILENT,
    "Process role removal request": SILENT,
    "Process role update request": SILENT,
    "Refresh PIM alert": ALERTS,
    "Remove permanent direct role assignment": SILENT,
    "Remove permanent eligible role assignment": SILENT,
    "Remove request": SILENT,
    "Resolve PIM alert": ALERTS,
    "Resource updated": SILENT,
    "Restore eligible member from role in PIM comleted": SILENT,
    "Restore eligible member from role in PIM completed": SILENT,
    "Restore member from role": SILENT,
    "Restore member from role in PIM completed": SILENT,
    "Restore permanent direct role assignment": SILENT,
    "Restore permanent eligible role assignment": SILENT,
    "Role definition created": "managed applications are not served",
    "Tenant offboarded from PIM": "no tenant leaves PIM",
    "Triggered PIM alert": ALERTS,
    "Update PIM alert setting": ALERTS,
}
