"""How schedules and instances are told. Source: recordings and published examples."""

from typing import Final, NamedTuple

import msgspec

from timebound.application.views import GrantRow
from timebound.dialects.arm.dates import format_zulu
from timebound.dialects.arm.ids import PROVIDER, spell_id, spell_pim_id
from timebound.dialects.arm.names import ExpandedProperties, Names
from timebound.dialects.arm.pim.shapes import collection_of
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.requests import RequestKind, Status
from timebound.domain.times import ENDLESS, Instant


class _Collections(NamedTuple):
    """What the collections of one kind are called."""

    requests: str
    schedules: str
    instances: str


_ASSIGNMENTS: Final = _Collections(
    *(collection_of(RequestKind.ASSIGNMENT, what) for what in ("Requests", "s", "Instances"))
)
_ELIGIBILITIES: Final = _Collections(
    *(collection_of(RequestKind.ELIGIBILITY, what) for what in ("Requests", "s", "Instances"))
)


class HeldProperties(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True, gc=False):
    """Who holds what, where and until when, with the ids of schedules and of instances."""

    role_assignment_schedule_request_id: str | None = None
    role_eligibility_schedule_request_id: str | None = None
    role_assignment_schedule_id: str | None = None
    role_eligibility_schedule_id: str | None = None
    origin_role_assignment_id: str | None = None
    linked_role_eligibility_schedule_id: str | None = None
    linked_role_eligibility_schedule_instance_id: str | None = None
    assignment_type: str | None = None
    scope: str
    role_definition_id: str
    principal_id: str
    principal_type: str | None = None
    status: str
    start_date_time: str
    end_date_time: str | None = None
    member_type: str
    created_on: str
    condition: str | None = None
    condition_version: str | None = None
    expanded_properties: ExpandedProperties
    updated_on: str | None = None


class Held(msgspec.Struct, gc=False):
    """A schedule or an instance."""

    properties: HeldProperties
    name: str
    id: str
    type: str


def show_schedule(row: GrantRow, names: Names, at: Instant) -> Held:
    """A schedule: what is held now or later."""
    grant, shown = row.grant, _show_properties(row, names, at)
    shown.updated_on = shown.created_on
    if grant.request_id is not None:
        collection = _collections_of(grant).requests
        request_id = spell_pim_id(grant.slot.scope, collection, grant.request_id)
        if grant.kind is GrantKind.ELIGIBLE:
            shown.role_eligibility_schedule_request_id = request_id
        else:
            shown.role_assignment_schedule_request_id = request_id
    return _wrap(grant, _collections_of(grant).schedules, shown)


def show_instance(row: GrantRow, names: Names, at: Instant) -> Held:
    """An instance: what is held now; of an assignment it has the GUID of the role assignment."""
    grant, shown = row.grant, _show_properties(row, names, at)
    scope, basis, collections = grant.slot.scope, grant.basis, _collections_of(grant)
    schedule_id = spell_pim_id(scope, collections.schedules, grant.id)
    if grant.kind is GrantKind.ELIGIBLE:
        shown.role_eligibility_schedule_id = schedule_id
    else:
        shown.role_assignment_schedule_id = schedule_id
        shown.origin_role_assignment_id = spell_id(scope, "roleAssignments", grant.id)
    if basis is not None:
        shown.linked_role_eligibility_schedule_instance_id = spell_pim_id(
            basis.slot.scope, _ELIGIBILITIES.instances, basis.eligibility_id
        )
    return _wrap(grant, collections.instances, shown)


def _show_properties(row: GrantRow, names: Names, at: Instant) -> HeldProperties:
    """What a schedule and an instance have in common."""
    grant, slot = row.grant, row.grant.slot
    basis, terms, expanded = grant.basis, grant.terms, names.expand(slot)
    shown = HeldProperties(
        scope=slot.scope.path,
        role_definition_id=expanded.role_definition.id,
        principal_id=slot.principal_id,
        principal_type=expanded.principal.type,
        status=(Status.PROVISIONED if grant.window.start <= at else Status.GRANTED).value,
        start_date_time=format_zulu(grant.window.start),
        member_type=row.member_type.value,
        created_on=format_zulu(grant.created_at),
        expanded_properties=expanded,
    )
    if grant.until != ENDLESS:
        shown.end_date_time = format_zulu(grant.until)
    if grant.kind is not GrantKind.ELIGIBLE:
        is_activated = grant.kind is GrantKind.ACTIVATED
        shown.assignment_type = "Activated" if is_activated else "Assigned"
    if terms is not None and terms.condition is not None:
        shown.condition, shown.condition_version = terms.condition, terms.condition_version
    if basis is not None:
        shown.linked_role_eligibility_schedule_id = spell_pim_id(
            basis.slot.scope, _ELIGIBILITIES.schedules, basis.eligibility_id
        )
    return shown


def _wrap(grant: Grant, collection: str, shown: HeldProperties) -> Held:
    id_ = spell_pim_id(grant.slot.scope, collection, grant.id)
    return Held(shown, grant.id, id_, f"{PROVIDER}/{collection}")


def _collections_of(grant: Grant) -> _Collections:
    return _ELIGIBILITIES if grant.kind is GrantKind.ELIGIBLE else _ASSIGNMENTS
