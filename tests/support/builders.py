"""Facts for decisions, with defaults that read as one story.

NOON is when things are judged. Alice (PERSON) may hold ROLE, a directory role whose policy is the
default one; Bob (BOSS) administers roles; Carol (APPROVER) approves; Dave (STRANGER) has no part in
it. `make_facts` are the facts when Alice asks, `make_boss_facts` when Bob does.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from timebound.domain.approvals import Approval, Approvers
from timebound.domain.authority import Caller, HeldRole, Target, Token
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure.places import ROOT
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.facts import AdministratorPath, Chain, Eligibility, Facts
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.policies import Policy, Rule, SignIn, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status, Ticket
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    Role,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import (
    ENDLESS,
    AskedSchedule,
    Expiration,
    ExpirationType,
    Instant,
    Window,
)

NOON: Final = datetime(2030, 6, 3, 12, 0, 0, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

TENANT: Final = TenantId("tenant")
APPLICATION: Final = ApplicationId("client")
PERSON: Final = PrincipalId("alice")
BOSS: Final = PrincipalId("bob")
APPROVER: Final = PrincipalId("carol")
STRANGER: Final = PrincipalId("dave")
GROUP: Final = PrincipalId("crew")
ROBOT: Final = PrincipalId("robot")

ROLE_ID: Final = RoleId("helpdesk")
ROLE: Final = Role(ROLE_ID, ScopeKind.DIRECTORY, "Helpdesk Administrator")
SLOT: Final = Slot(PERSON, ROLE_ID, DIRECTORY_ROOT)
UNIT: Final = Scope(ScopeKind.DIRECTORY, "/administrativeUnits/north")

ALL_PERMISSIONS: Final = frozenset(
    {
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.Directory",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "Directory.ReadWrite.All",
        AZURE_PERMISSION,
    }
)
CONSENTED: Final = ALL_PERMISSIONS | {"User.Read"}


def make_caller(
    id_: PrincipalId = PERSON,
    *role_ids: RoleId,
    permissions: Iterable[str] = ALL_PERMISSIONS,
    sign_in: SignIn | None = None,
    is_enabled: bool = True,
    group_ids: Iterable[PrincipalId] = (),
) -> Caller:
    """A person who signed in with a second factor, holding the roles over the whole directory."""
    names = frozenset(permissions)
    return Caller(
        Token(TENANT, id_, APPLICATION, names, sign_in or SignIn(has_mfa=True)),
        is_enabled=is_enabled,
        granted=names,
        roles=frozenset(HeldRole(role_id, DIRECTORY_ROOT) for role_id in role_ids),
        group_ids=frozenset(group_ids),
        display_name=id_.title(),
    )


def make_boss(**changes: object) -> Caller:
    """A Privileged Role Administrator."""
    return replace(make_caller(BOSS, PRIVILEGED_ROLE_ADMINISTRATOR), **changes)  # type: ignore[arg-type]  # the fields are the test's


def make_application(permissions: Iterable[str] = ALL_PERMISSIONS, *role_ids: RoleId) -> Caller:
    """An application that calls on its own."""
    return make_caller(
        ROBOT, *role_ids, permissions=permissions, sign_in=SignIn(is_application=True)
    )


def make_principal(
    id_: PrincipalId = PERSON, kind: PrincipalKind = PrincipalKind.USER, **flags: bool
) -> Principal:
    """An enabled principal."""
    return Principal(id_, kind, id_.title(), **flags)


def make_object(
    id_: PrincipalId = PERSON, kind: ObjectKind = ObjectKind.USER, *, is_enabled: bool = True
) -> DirectoryObject:
    """A directory object."""
    return DirectoryObject(id_, kind, id_.title(), NOON - 365 * DAY, is_enabled=is_enabled)


def make_policy(role: Role = ROLE, **rules: Rule) -> Policy:
    """The default policy of the role, with some rules replaced."""
    return Policy({**default_policy(role).rules, **rules})


def make_strict_policy(maximum: timedelta = 30 * DAY) -> Policy:
    """A policy that lets nobody be eligible or assigned longer than the maximum."""
    bounded = ExpirationRule(is_required=True, maximum=maximum)
    return make_policy(Expiration_Admin_Eligibility=bounded, Expiration_Admin_Assignment=bounded)


def make_context_policy(value: str = "c1") -> Policy:
    """A policy that asks for an authentication context at activation."""
    rule = AuthenticationContextRule(is_enabled=True, claim_value=value)
    return make_policy(AuthenticationContext_EndUser_Assignment=rule)


def make_enablement_policy(*enabled: Enablement, target: str = "EndUser_Assignment") -> Policy:
    """A policy that asks for exactly these things."""
    return Policy({**make_policy().rules, f"Enablement_{target}": EnablementRule(enabled)})


def make_approval_policy(*approvers: PrincipalId, groups: Iterable[PrincipalId] = ()) -> Policy:
    """A policy whose activations wait for one of the approvers."""
    named = (
        *(Approver(ApproverKind.USER, id_) for id_ in approvers),
        *(Approver(ApproverKind.GROUP, id_) for id_ in groups),
    )
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    return make_policy(Approval_EndUser_Assignment=rule)


def make_grant(
    kind: GrantKind = GrantKind.ELIGIBLE,
    start: Instant = NOON - 30 * DAY,
    end: Instant = ENDLESS,
    slot: Slot = SLOT,
    **changes: object,
) -> Grant:
    """A grant made through a request of the same id, in force for a month and without an end."""
    id_ = GrantId(f"{kind.value}-{slot.principal_id}-{slot.role_id}-{start:%m%d%H%M}")
    grant = Grant(id_, slot, kind, Window(start, end), start, RequestId(id_))
    return replace(grant, **changes)  # type: ignore[arg-type]  # the fields are the test's


def make_activation(
    start: Instant = NOON - HOUR,
    end: Instant = NOON + HOUR,
    slot: Slot = SLOT,
    on: Grant | None = None,
    **changes: object,
) -> Grant:
    """An activation, running for an hour and for another, on an eligibility (the holder's own)."""
    eligible = on or make_grant(slot=slot)
    return make_grant(
        GrantKind.ACTIVATED, start, end, slot, basis=Basis(eligible.slot, eligible.id), **changes
    )


def make_membership(
    person: PrincipalId = PERSON,
    group: PrincipalId = GROUP,
    kind: GrantKind = GrantKind.ASSIGNED,
    start: Instant = NOON - 30 * DAY,
    end: Instant = ENDLESS,
    **changes: object,
) -> Grant:
    """A membership of a group."""
    return make_grant(kind, start, end, Slot(person, MEMBER, group_scope(group)), **changes)


def after(duration: timedelta = HOUR, start: Instant | None = None) -> AskedSchedule:
    """A schedule that ends after a duration."""
    return AskedSchedule(start, Expiration(ExpirationType.AFTER_DURATION, duration=duration))


def until(end: Instant, start: Instant | None = None) -> AskedSchedule:
    """A schedule that ends at an instant."""
    return AskedSchedule(start, Expiration(ExpirationType.AFTER_DATE_TIME, end=end))


def endless(start: Instant | None = None) -> AskedSchedule:
    """A schedule without an end."""
    return AskedSchedule(start, Expiration(ExpirationType.NO_EXPIRATION))


def make_draft(
    action: Action = Action.SELF_ACTIVATE,
    kind: RequestKind = RequestKind.ASSIGNMENT,
    schedule: AskedSchedule | None = None,
    slot: Slot = SLOT,
    **changes: object,
) -> Draft:
    """A draft that brings a justification and a ticket; an hour unless a schedule is given."""
    asked = schedule or (None if action.is_ending else after())
    draft = Draft(kind, action, slot, asked, "incident 42", Ticket("INC42", "desk"))
    return replace(draft, **changes)  # type: ignore[arg-type]  # the fields are the test's


def make_request(
    draft: Draft | None = None,
    status: Status = Status.PENDING_APPROVAL,
    created_at: Instant = NOON - HOUR,
    author: PrincipalId | None = PERSON,
    **changes: object,
) -> Request:
    """A stored request; what waits for approval waits for Carol."""
    waits = status is Status.PENDING_APPROVAL
    request = Request(
        RequestId("request"),
        draft or make_draft(),
        Author(author, APPLICATION),
        status,
        created_at,
        approval=Approval(Approvers(users=(APPROVER,))) if waits else None,
    )
    return replace(request, **changes)  # type: ignore[arg-type]  # the fields are the test's


def make_granted(grant: Grant, action: Action = Action.SELF_ACTIVATE) -> Request:
    """The request of a grant that is still ahead."""
    kind = RequestKind.ELIGIBILITY if grant.kind is GrantKind.ELIGIBLE else RequestKind.ASSIGNMENT
    draft = make_draft(action, kind, until(grant.window.end, grant.window.start), grant.slot)
    author = PERSON if action.is_self else BOSS
    return make_request(
        draft,
        Status.GRANTED,
        author=author,
        id=RequestId(grant.id),
        grant_id=grant.id,
        starts_at=grant.window.start,
    )


def make_facts(
    *grants: Grant,
    caller: Caller | None = None,
    policy: Policy | None = None,
    **changes: object,
) -> Facts:
    """The facts of Alice's slot; her own eligible grants are what she may activate through."""
    own = tuple(g for g in grants if g.kind is GrantKind.ELIGIBLE)
    facts = Facts(
        caller=caller or make_caller(),
        settings=TenantSettings(),
        slot=SLOT,
        principal=make_principal(),
        role=ROLE,
        policy=policy or make_policy(),
        grants=grants,
        eligibilities=(Eligibility(SLOT, own),) if own else (),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # the fields are the test's


def make_boss_facts(*grants: Grant, policy: Policy | None = None, **changes: object) -> Facts:
    """The same facts when an administrator asks."""
    rights = Rights(ROOT, (Access((Permission(("*",)),)),))
    target = Target(rights=rights)
    return make_facts(*grants, caller=make_boss(), policy=policy, **{"target": target, **changes})


def make_group_eligibility(
    *memberships: Grant, end: Instant = ENDLESS, slot: Slot = SLOT
) -> Eligibility:
    """A group's eligibility, reached through memberships of it."""
    held = replace(slot, principal_id=GROUP)
    return Eligibility(held, (make_grant(end=end, slot=held),), memberships)


def make_path(principal_id: PrincipalId, *grants: Grant) -> AdministratorPath:
    """A way in which somebody is Global Administrator for ever."""
    return AdministratorPath(principal_id, tuple(g.id for g in grants))


def make_administrator(principal_id: PrincipalId) -> Grant:
    """A permanent assignment of Global Administrator."""
    slot = Slot(principal_id, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
    return make_grant(GrantKind.ASSIGNED, slot=slot)


def make_chain(dependents: Iterable[Grant], *supports: Grant) -> Chain:
    """What stands on a slot, and what holds it up."""
    return Chain(tuple(dependents), supports)
