"""Following the log for the audit records: each event once, named as things are called then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from timebound.application.audit_ports import (
    AuditStore,
    KeptAudit,
    KeptChange,
    KeptInitiator,
    KeptTarget,
)
from timebound.application.log_ports import Entry, Logged, LogStore
from timebound.application.outbox import DeliveryError, UndeliverableError
from timebound.application.ports import DecisionStore, IdentityStore, ReadingStore
from timebound.application.sealing import MOST_AT_ONCE, Sealer, catch_up
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import (
    AuditRecord,
    Change,
    Initiator,
    NameOf,
    Target,
    TargetType,
    Value,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.directory_changes import Names
from timebound.domain.ids import ApplicationId, RoleId, TenantId
from timebound.domain.roles import GROUP_ROLES
from timebound.domain.times import Instant

TOGETHER: Final = 50
"""How many events are followed in one go: whoever commits meanwhile waits for no more."""
_MOST_GOES: Final = 200
"""How many goes one call makes: whoever reads waits for so much of the tail, and asks again."""
_TYPES: Final[Mapping[ObjectKind, TargetType]] = {
    ObjectKind.USER: TargetType.USER,
    ObjectKind.GROUP: TargetType.GROUP,
    ObjectKind.SERVICE_PRINCIPAL: TargetType.SERVICE_PRINCIPAL,
    ObjectKind.APPLICATION: TargetType.APPLICATION,
    ObjectKind.ADMINISTRATIVE_UNIT: TargetType.UNIT,
}


class AuditSource(AuditStore, LogStore, DecisionStore, IdentityStore, ReadingStore, Protocol):
    """Has the events, knows what everything is called, and keeps the records."""


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Makes the audit records of a tenant's events, and keeps up with them.

    It is a consumer of the log as well: what it is handed is followed from its own place, which
    is kept with the records, so that nothing is told twice or left out. An event that no records
    can be made of, because its row is damaged or says what nobody here understands, hides none of
    those behind it: it is passed, and becomes a dead letter of the consumer.
    """

    store: AuditSource
    sealer: Sealer

    name: str = "audit"

    async def take(self, tenant_id: TenantId, batch: Sequence[Logged]) -> None:
        """Follows the log at least to the end of what is handed over.

        UndeliverableError for an event that no records can be made of; an earlier one of which they
        can by now gets the records that it lacks. DeliveryError where others came first.
        """
        end = batch[-1].position if batch else -1
        passed = await self.store.audited_to(tenant_id)
        reached, is_going_on = passed, True
        while is_going_on and reached < end:
            # Retention may have removed what was handed over: then there is nothing to follow.
            is_going_on = await self._follow(tenant_id)
            reached = await self.store.audited_to(tenant_id)
        await self._make_up(tenant_id, [one for one in batch if one.position <= passed])
        for one in batch:
            _make_records(one)

    async def catch_up(self, tenant_id: TenantId, at: Instant) -> bool:
        """Seals what a tenant has committed and makes its records: whoever reads finds them.

        False where so much was behind that not all of it was done.
        """
        if await catch_up(self.sealer, tenant_id, at) >= MOST_AT_ONCE:
            return False
        for _ in range(_MOST_GOES):
            if not await self._follow(tenant_id):
                return True
        return False

    async def _follow(self, tenant_id: TenantId) -> bool:
        """Makes the records of the next events; whether there may be more of them."""
        begun = await self.store.audited_to(tenant_id)
        batch = await self.store.read_log(tenant_id, begun, TOGETHER)
        if not batch:
            return False
        records = [record for one in batch for record in _find_records(one)]
        kept = await _name_all(self.store, tenant_id, records)
        is_kept = await self.store.add_audits(tenant_id, kept, batch[-1].position)
        return len(batch) == TOGETHER or not is_kept

    async def _make_up(self, tenant_id: TenantId, passed: Sequence[Logged]) -> None:
        """Adds the records of events that were passed when none could be made of them."""
        found = {
            record.identify(tenant_id): record for one in passed for record in _find_records(one)
        }
        kept = await self.store.find_audits(tenant_id, list(found)) if found else ()
        lacking = [record for id_, record in found.items() if id_ not in kept]
        named = await _name_all(self.store, tenant_id, lacking)
        if named and not await self.store.add_audits(tenant_id, named, None):
            raise DeliveryError("others kept records at the same time")


def _find_records(entry: Entry) -> Sequence[AuditRecord]:
    """The records of what is found in the log; none where none can be made."""
    try:
        return _make_records(entry) if isinstance(entry, Logged) else ()
    except UndeliverableError:
        return ()


def _make_records(logged: Logged) -> Sequence[AuditRecord]:
    try:
        return audit_records(logged.event)
    except Exception as error:
        # Whatever an event lacks or has too much of, those behind it are told.
        told = f"no audit records can be made of it ({type(error).__name__}: {error})"
        raise UndeliverableError(told) from error


async def _name_all(
    store: AuditSource, tenant_id: TenantId, records: Sequence[AuditRecord]
) -> list[KeptAudit]:
    """The records with the names that everything has now."""
    if not records:
        return []
    ids = list(dict.fromkeys(id_ for record in records for id_ in record.list_named()))
    initiators = [record.initiator for record in records if record.initiator.is_application]
    apps = dict.fromkeys(ApplicationId(one.id) for one in initiators if one.id and not one.name)
    tenant = await store.find_tenant(tenant_id)
    names = await store.load_names(tenant_id, (), list(apps)) if apps else None
    roles = await store.find_roles(tenant_id, [RoleId(id_) for id_ in ids])
    known = _Known(
        tenant_id=tenant_id,
        tenant_name=tenant.display_name if tenant else None,
        objects=await store.find_objects(tenant_id, ids),
        roles={**_GROUP_ROLES, **{id_: found.role.name for id_, found in roles.items()}},
        programs=names.names if names else Names(),
    )
    return [known.name(record) for record in records]


_GROUP_ROLES: Final = {role_id: role.name for role_id, role in GROUP_ROLES.items()}


@dataclass(frozen=True, slots=True)
class _Known:
    """What everything that some records are about is called."""

    tenant_id: TenantId
    tenant_name: str | None
    objects: Mapping[str, DirectoryObject]
    roles: Mapping[RoleId, str]
    programs: Names

    def name(self, record: AuditRecord) -> KeptAudit:
        """The record with names."""
        activity = record.activity
        return KeptAudit(
            id=record.identify(self.tenant_id),
            event_id=record.event_id,
            at=record.at,
            activity=activity.name,
            category=activity.category.value,
            service=activity.service.value,
            operation=activity.deed.value,
            result=record.result.value,
            reason=record.reason,
            correlation_id=record.correlation_id,
            initiator=self._name_initiator(record.initiator),
            targets=tuple(self._name_target(target) for target in record.targets),
            details=record.details,
        )

    def _name_initiator(self, one: Initiator) -> KeptInitiator:
        if one.name is not None:
            return KeptInitiator(is_application=one.is_application, id=one.id, name=one.name)
        if one.is_application:
            found = self.programs.find_program(
                ObjectKind.SERVICE_PRINCIPAL, ApplicationId(one.id or "")
            )
            name = found.display_name if found else None
            account_id = found.id if found else None
            return KeptInitiator(is_application=True, id=one.id, name=name, account_id=account_id)
        person = self.objects.get(one.id or "")
        return KeptInitiator(
            is_application=False,
            id=one.id,
            name=person.display_name if person else None,
            user_principal_name=person.user_principal_name if person else None,
            address=one.address,
        )

    def _name_target(self, one: Target) -> KeptTarget:
        changes = tuple(self._name_changes(one.changes))
        if one.type is TargetType.DIRECTORY:
            type_ = one.type.value
            return KeptTarget(type_, self.tenant_id, self.tenant_name, changes=changes)
        found = self.objects.get(one.id or "")
        if found is None:
            name = one.name or self.roles.get(RoleId(one.id or ""))
            is_unknown = one.type is TargetType.PRINCIPAL
            type_ = TargetType.USER.value if is_unknown else one.type.value
            return KeptTarget(type_, one.id, name, changes=changes)
        type_ = _TYPES.get(found.kind, one.type).value
        name = one.name or found.display_name
        return KeptTarget(type_, one.id, name, found.user_principal_name, changes)

    def _name_changes(self, changes: Iterable[Change]) -> Iterable[KeptChange]:
        return (KeptChange(one.name, self._say(one.old), self._say(one.new)) for one in changes)

    def _say(self, value: Value) -> str | None:
        if not isinstance(value, NameOf):
            return value
        found = self.objects.get(value.id)
        return found.display_name if found else self.roles.get(RoleId(value.id))
