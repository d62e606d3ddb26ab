"""What is kept between a sign-in and its tokens."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from sqlalchemy import Table, and_, delete, or_, select, update

from timebound.application.sign_in_ports import (
    DeviceAsk,
    DeviceState,
    Once,
    OnceKind,
    Session,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.families import Families, adding, forget, read_who, write_who
from timebound.storage.fragments import AT, TENANT, columns_of, constant, parameter
from timebound.storage.rows import Row
from timebound.storage.sign_in_tables import (
    device_asks,
    sessions,
    single_uses,
    user_consents,
)
from timebound.storage.statements import insert_into
from timebound.storage.tables import directory_objects

_WAITING: Final = constant(DeviceState.WAITING.value)
_APPROVED: Final = constant(DeviceState.APPROVED.value)
_KEY: Final = parameter("of_key")


class SigningIn(Families):
    """Sessions, codes, refresh tokens, devices and own consents."""

    async def find_registration(
        self, tenant_id: TenantId, application_id: ApplicationId
    ) -> DirectoryObject | None:
        """The application object of the tenant with this application id."""
        values = {"tenant": tenant_id, "app_id": application_id.lower()}
        rows = await self.ask(_registration(), values)
        return read_object(rows[0]) if rows else None

    async def add_session(self, session: Session) -> None:
        """Keeps a session; those that are over are forgotten."""
        row = {
            "tenant_id": session.tenant_id,
            "key": session.key,
            "id": session.who.session_id,
            **write_who(session.who),
            "idle_at": session.idle_at,
            "ends_at": session.ends_at,
            "is_remembered": session.is_remembered,
        }
        del row["session_id"]
        await self._add(sessions, row, session.who.at)

    async def find_session(self, tenant_id: TenantId, key: str) -> Session | None:
        """The session, whether it still counts or not."""
        rows = await self.ask(_find(sessions), {"tenant": tenant_id, "of_key": key})
        return read_session(rows[0]) if rows else None

    async def prolong_session(self, session: Session) -> None:
        """Writes when the session is idle."""
        values = {"tenant": session.tenant_id, "of_key": session.key, "at": session.idle_at}
        await self.tell([(_prolong(), values)])

    async def end_session(self, tenant_id: TenantId, key: str) -> None:
        """Forgets a session."""
        await self.tell([(_end_session(), {"tenant": tenant_id, "of_key": key})])

    async def add_once(self, tenant_id: TenantId, once: Once) -> None:
        """Keeps one more secret of a family."""
        await self.tell([adding(tenant_id, once)])

    async def find_once(self, tenant_id: TenantId, key: str, kind: OnceKind) -> Once | None:
        """What a secret stands for, used or not."""
        values = {"tenant": tenant_id, "of_key": key}
        rows = await self.ask(_find(single_uses), values)
        found = [_read_once(row) for row in rows]
        return next((one for one in found if one.kind is kind), None)

    async def use_once(self, tenant_id: TenantId, key: str, at: Instant) -> bool:
        """Uses a secret: true for exactly one of however many ask, and for none once it is over."""
        values = {"tenant": tenant_id, "of_key": key, "at": at}
        return bool(await self.tell([(_use(), values)]))

    async def add_device(self, ask: DeviceAsk) -> None:
        """Keeps the request of a device; those that are over are forgotten."""
        row = {
            "tenant_id": ask.tenant_id,
            "key": ask.key,
            "user_key": ask.user_key,
            "application_id": ask.application_id,
            "details": ask.details,
            "ends_at": ask.ends_at,
            "polled_at": ask.polled_at,
            "state": ask.state.value,
            "family_id": ask.family_id,
        }
        await self._add(device_asks, row, ask.polled_at)

    async def find_device(self, tenant_id: TenantId, key: str) -> DeviceAsk | None:
        """The request of a device, by its own code or by the code that people type."""
        rows = await self.ask(_device(), {"tenant": tenant_id, "of_key": key})
        return _read_device(rows[0]) if rows else None

    async def poll_device(self, tenant_id: TenantId, key: str, at: Instant) -> None:
        """Writes when a device asked last."""
        await self.tell([(_poll(), {"tenant": tenant_id, "of_key": key, "at": at})])

    async def settle_device(
        self, tenant_id: TenantId, key: str, state: DeviceState, family_id: str | None
    ) -> bool:
        """Approves or declines what still waits; true for exactly one of those who try."""
        values = {"tenant": tenant_id, "of_key": key, "new": state.value, "family": family_id}
        return bool(await self.tell([(_settle(), values)]))

    async def take_device(self, tenant_id: TenantId, key: str) -> bool:
        """Forgets an approved request: true for exactly one of those who try."""
        return bool(await self.tell([(_take(), {"tenant": tenant_id, "of_key": key})]))

    async def user_permissions(
        self, tenant_id: TenantId, application_id: ApplicationId, user_id: PrincipalId
    ) -> frozenset[str]:
        """What a person has consented to for themselves."""
        values = {"tenant": tenant_id, "application": application_id.lower(), "user": user_id}
        return frozenset(row[0] for row in await self.ask(_consents(), values))

    async def _add(self, table: Table, row: Mapping[str, object], at: Instant) -> None:
        old = {"tenant": row["tenant_id"], "at": at}
        await self.tell([(forget(table), old), (insert_into(table), row)])


def read_session(row: Row) -> Session:
    """A session, from the columns of its table in their order."""
    who = read_who(row, 3, row[6], row[2])
    ends = read_instant(row[7]), read_instant(row[9])
    return Session(TenantId(row[0]), row[1], who, *ends, is_remembered=bool(row[8]))


def _read_once(row: Row) -> Once:
    return Once(OnceKind(row[2]), row[1], row[3], row[4], read_instant(row[6]))


def _read_device(row: Row) -> DeviceAsk:
    return DeviceAsk(
        tenant_id=TenantId(row[0]),
        key=row[1],
        user_key=row[2],
        application_id=ApplicationId(row[3]),
        details=row[4],
        state=DeviceState(row[5]),
        polled_at=read_instant(row[6]),
        family_id=row[7],
        ends_at=read_instant(row[8]),
    )


@cache
def _registration() -> Statement:
    own = directory_objects.c
    return Statement(
        select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
            own.tenant_id == TENANT,
            own.app_id == parameter("app_id"),
            own.kind == constant(ObjectKind.APPLICATION.value),
            own.deleted_at.is_(None),
        )
    )


@cache
def _find(table: Table) -> Statement:
    return Statement(select(*table.c).where(table.c.tenant_id == TENANT, table.c.key == _KEY))


@cache
def _prolong() -> Statement:
    is_it = and_(sessions.c.tenant_id == TENANT, sessions.c.key == _KEY)
    return Statement(update(sessions).where(is_it).values(idle_at=AT))


@cache
def _end_session() -> Statement:
    is_it = and_(sessions.c.tenant_id == TENANT, sessions.c.key == _KEY)
    return Statement(delete(sessions).where(is_it))


@cache
def _use() -> Statement:
    own = single_uses.c
    is_it = and_(own.tenant_id == TENANT, own.key == _KEY)
    return Statement(
        update(single_uses)
        .where(is_it, own.used_at.is_(None), own.ends_at > AT)
        .values(used_at=AT)
        .returning(own.key)
    )


@cache
def _device() -> Statement:
    own = device_asks.c
    is_named = or_(own.key == _KEY, own.user_key == _KEY)
    return Statement(select(*own).where(own.tenant_id == TENANT, is_named))


@cache
def _poll() -> Statement:
    is_it = and_(device_asks.c.tenant_id == TENANT, device_asks.c.key == _KEY)
    return Statement(update(device_asks).where(is_it).values(polled_at=AT))


@cache
def _settle() -> Statement:
    own = device_asks.c
    return Statement(
        update(device_asks)
        .where(own.tenant_id == TENANT, own.key == _KEY, own.state == _WAITING)
        .values(state=parameter("new"), family_id=parameter("family"))
        .returning(own.key)
    )


@cache
def _take() -> Statement:
    own = device_asks.c
    return Statement(
        delete(device_asks)
        .where(own.tenant_id == TENANT, own.key == _KEY, own.state == _APPROVED)
        .returning(own.key)
    )


@cache
def _consents() -> Statement:
    own = user_consents.c
    return Statement(
        select(own.permission).where(
            own.tenant_id == TENANT,
            own.user_id == parameter("user"),
            own.application_id == parameter("application"),
        )
    )
