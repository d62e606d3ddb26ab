"""The records of roles and memberships that begin and end, with or without a request."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from timebound.domain.audit.azure import tell_elevated
from timebound.domain.audit.directory import (
    name_azure_holding,
    name_group_holding,
    name_role_holding,
)
from timebound.domain.audit.making import begin
from timebound.domain.audit.pim import OUTSIDE, is_endless, name_activity, name_ending, name_grant
from timebound.domain.audit.records import (
    PIM_PERSON,
    PIM_PROGRAM,
    AuditRecord,
    Change,
    Deed,
    Initiator,
    NameOf,
    Service,
    Target,
    TargetType,
    Value,
)
from timebound.domain.events import ADDRESS, Event, EventKind, Fact
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action
from timebound.domain.scopes import PROVIDERS, ScopeKind

_GROUP: Final = ScopeKind.GROUP.value
_AZURE: Final = ScopeKind.AZURE.value
_ELIGIBLE: Final = GrantKind.ELIGIBLE.value
_PROVIDERS: Final = frozenset(kind.value for kind in PROVIDERS)


def tell_made(event: Event) -> Iterator[AuditRecord]:
    """What begins at once; what begins later is told when it starts.

    What a tenant is given from its seed nobody did: there is no record of it.
    """
    is_seeded = event.actor.user_id is None and event.actor.application_id is None
    is_seeded = is_seeded and not event.data.get("isOutside") and not _is_of_pim(event)
    is_ahead = event.effective_at > event.recorded_at
    return iter(()) if is_seeded or is_ahead else _tell_begin(event)


def tell_started(event: Event) -> Iterator[AuditRecord]:
    """What lay ahead and has begun, by the service itself."""
    return (replace(one, initiator=_own(one)) for one in _tell_begin(event))


def _tell_begin(event: Event) -> Iterator[AuditRecord]:
    data = event.data
    if data["scopeKind"] in _PROVIDERS:
        return  # whoever assigned it is told of the assignment as a whole
    if _is_of_pim(event):
        record = begin(event, name_grant(data), *list_targets(event))
        audit_type = "ActivateRole" if _is_activation(data) else None
        yield replace(record, details=tell_details(event, audit_type), reason=_justification(data))
    elif _is_outside(data):
        activity = name_activity(OUTSIDE, data, Deed.ADD)
        yield replace(begin(event, activity, *list_targets(event)), details=tell_details(event))
        yield from tell_elevated(event, is_added=True)
    yield from _tell_core(event, is_added=True)


def tell_ended(event: Event) -> Iterator[AuditRecord]:
    """What ends before its planned end, unless another takes its place without a gap.

    An end that was only moved nearer is told when it comes.
    """
    data = event.data
    is_cut = data.get("isCut") is True
    if data["scopeKind"] in _PROVIDERS or not _is_over(event):
        return
    if _is_of_pim(event):
        record = begin(event, name_ending(_find_action(event), is_own=is_cut), *list_targets(event))
        details = tell_details(event, "RemoveActivatedRole" if _is_activation(data) else None)
        initiator = PIM_PERSON if is_cut else record.initiator
        yield replace(record, details=details, reason=_justification(data), initiator=initiator)
    yield from tell_elevated(event, is_added=False)
    if data.get("isVoid") is not True:
        yield from _tell_core(event, is_added=False)


def tell_expired(event: Event) -> Iterator[AuditRecord]:
    """What came to its planned end: both services tell of it, neither for a person."""
    data = event.data
    if data["scopeKind"] in _PROVIDERS:
        return
    record = begin(event, name_ending(data, is_own=True), *list_targets(event))
    details = tell_details(event, "RemoveActivatedRole" if _is_activation(data) else None)
    if _is_activation(data):
        details = (details[0], ("ActionType", "Revoke"), *details[1:])
    yield replace(record, details=details, initiator=PIM_PERSON)
    for one in _tell_core(event, is_added=False):
        yield replace(one, initiator=PIM_PROGRAM)


def list_targets(event: Event) -> tuple[Target, ...]:
    """The role, the request, whose it is, and where: in this order, as clients count on.

    Source: recorded records of assignments, which have these five; scripts read the person third,
    the group fourth or last but one. Of an expiry nine were counted, and nobody says which.
    """
    data = event.data
    role_id, path = str(data["roleId"]), str(data["scope"])
    changes = tuple(
        Change(name, old="", new=role_id) for name in ("RoleDefinitionOriginId", "TemplateId")
    )
    is_group = data["scopeKind"] == _GROUP
    place = Target(TargetType.GROUP, path) if is_group else Target(TargetType.DIRECTORY)
    below = None if is_group or path == "/" else path.rsplit("/", 1)[-1]
    return (
        Target(TargetType.ROLE, role_id, changes=changes),
        Target(TargetType.REQUEST, _request_of(event)),
        Target(TargetType.PRINCIPAL, str(data["principalId"])),
        place,
        Target(TargetType.OTHER, below),
    )


def tell_details(event: Event, audit_type: str | None = None) -> tuple[tuple[str, str], ...]:
    """The additional details of what PIM records, without those that have no value."""
    data = event.data
    told = (
        ("AuditType", audit_type),
        ("RoleDefinitionOriginId", data.get("roleId")),
        ("TemplateId", data.get("roleId")),
        ("StartTime", _say_time(data.get("start") or data.get("askedStart"))),
        ("ExpirationTime", None if is_endless(data) else _say_time(_find_end(data))),
        ("Justification", data.get("justification")),
        ("TicketNumber", data.get("ticketNumber")),
        ("TicketSystem", data.get("ticketSystem")),
        ("OriginRoleAssignmentId", data.get("grantId")),
        ("RoleAssignmentRequestId", _request_of(event)),
        # quirk(graph): PIM tells addresses among the details - observed record of an assignment
        ("ipaddr", None if data.get("isCut") is True else data.get(ADDRESS)),
        ("RequestId", _request_of(event)),
    )
    return tuple((name, str(value)) for name, value in told if value is not None)


def tell_core(event: Event, *, is_added: bool) -> AuditRecord:
    """What the directory itself tells of a role or a membership."""
    data = event.data
    principal = str(data["principalId"])
    role_id, path = str(data["roleId"]), str(data["scope"])
    if data["scopeKind"] == _GROUP:
        activity = name_group_holding(role_id, is_added=is_added)
        changes = _tell_changes("Group", path, is_added=is_added)
        other = Target(TargetType.GROUP, path)
    elif data["scopeKind"] == _AZURE:
        activity = name_azure_holding(is_added=is_added)
        changes = _tell_changes("Role", role_id, is_added=is_added)
        other = Target(TargetType.ROLE, role_id)
    else:
        activity = name_role_holding(str(data.get("grantKind")), path, is_added=is_added)
        changes = _tell_changes("Role", role_id, is_added=is_added)
        other = Target(TargetType.ROLE, role_id)
    return begin(event, activity, Target(TargetType.PRINCIPAL, principal, None, changes), other)


def _tell_core(event: Event, *, is_added: bool) -> Iterator[AuditRecord]:
    data = event.data
    if data["scopeKind"] in {_GROUP, _AZURE} and data.get("grantKind") == _ELIGIBLE:
        return  # of eligible members PIM alone knows
    record = tell_core(event, is_added=is_added)
    is_by_pim = _is_of_pim(event) or data.get("isCut") is True
    yield replace(record, initiator=PIM_PROGRAM) if is_by_pim else record


def _tell_changes(name: str, id_: str, *, is_added: bool) -> tuple[Change, ...]:
    """The id and the name of what somebody is in from now on, or was."""
    pairs: list[tuple[str, Value]] = [
        (f"{name}.ObjectID", id_),
        (f"{name}.DisplayName", NameOf(id_)),
    ]
    if name == "Role":
        pairs.append((f"{name}.TemplateId", id_))
    return tuple(
        Change(told, new=value) if is_added else Change(told, old=value) for told, value in pairs
    )


def _own(record: AuditRecord) -> Initiator:
    """The service, as the part of it that keeps the record calls it."""
    return PIM_PERSON if record.activity.service is Service.PIM else PIM_PROGRAM


def _find_action(event: Event) -> Mapping[str, Fact]:
    """The data of an end, with the action of a time when none was told of it."""
    data = event.data
    is_by_holder = event.actor.user_id == data["principalId"]
    if "action" in data or "requestId" in data or not (_is_activation(data) and is_by_holder):
        return data
    return {**data, "action": Action.SELF_DEACTIVATE.value}


def _is_over(event: Event) -> bool:
    is_now = event.effective_at <= event.recorded_at or event.data.get("isVoid") is True
    return is_now and event.data.get("isReplaced") is not True


def _is_of_pim(event: Event) -> bool:
    if "requestId" in event.data:
        return event.data["requestId"] is not None
    return _was_of_pim(event)


def _was_of_pim(event: Event) -> bool:
    """Whether an event of the time when requests were not named in it tells of one.

    Eligibility and activation are of PIM alone. An assignment that was made past it said so; of a
    membership, and of the end of an assignment, nobody knows. Nobody is named by what was seeded.
    """
    data, actor = event.data, event.actor
    if actor.user_id is None and actor.application_id is None:
        return False
    if data.get("grantKind") != GrantKind.ASSIGNED.value:
        return True
    is_marked = data["scopeKind"] != _GROUP and data.get("isOutside") is not True
    return is_marked and event.kind is EventKind.GRANT_MADE


def _is_outside(data: Mapping[str, Fact]) -> bool:
    """Whether PIM tells that somebody holds a role for ever past it."""
    return data["scopeKind"] != _GROUP and data.get("grantKind") != _ELIGIBLE


def _is_activation(data: Mapping[str, Fact]) -> bool:
    return data.get("grantKind") == GrantKind.ACTIVATED.value


def _justification(data: Mapping[str, Fact]) -> str | None:
    told = data.get("justification")
    return str(told) if told is not None else None


def _request_of(event: Event) -> str | None:
    """The request that led to it: its id is the correlation id for its whole life."""
    data = event.data
    told = data.get("requestId")
    if "requestId" not in data and event.kind in _ABOUT_GRANTS and _was_of_pim(event):
        # A grant had the id of its request from the first, and its making was told under it.
        told = data.get("grantId", event.correlation_id)
    if told is not None:
        return str(told)
    return event.correlation_id if event.kind in _ABOUT_REQUESTS else None


def _find_end(data: Mapping[str, Fact]) -> Fact:
    return data.get("end") or data.get("askedEnd")


def _say_time(told: Fact) -> str | None:
    return None if told is None else str(told).replace("+00:00", "Z")


_ABOUT_GRANTS: Final = frozenset({EventKind.GRANT_MADE, EventKind.GRANT_ENDED})
_ABOUT_REQUESTS: Final = frozenset(
    {
        EventKind.REQUEST_MADE,
        EventKind.REQUEST_REFUSED,
        EventKind.REQUEST_CANCELED,
        EventKind.CANCEL_REFUSED,
        EventKind.APPROVAL_ASKED,
        EventKind.APPROVAL_GIVEN,
        EventKind.APPROVAL_DENIED,
        EventKind.APPROVAL_REFUSED,
        EventKind.APPROVAL_TIMED_OUT,
    }
)
