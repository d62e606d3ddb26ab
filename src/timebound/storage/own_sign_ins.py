"""What people look back at: where they are signed in, and whom they let act for them."""

from collections.abc import Mapping
from functools import cache
from itertools import groupby
from typing import Final

from sqlalchemy import delete, select, update

from timebound.application.sign_in_ports import Session
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import AT, TENANT, parameter
from timebound.storage.keeping import Keeping
from timebound.storage.sign_in_ends import YES
from timebound.storage.sign_in_tables import sessions, token_families, user_consents
from timebound.storage.signing_in import read_session

_USER: Final = parameter("of_user")
_SESSION: Final = parameter("of_session")


class OwnSignIns(Keeping):
    """The sign-ins of a person, told to them and ended."""

    async def list_sessions(
        self, tenant_id: TenantId, user_id: PrincipalId, at: Instant
    ) -> tuple[Session, ...]:
        """The sessions of a person that still count, the newest first."""
        rows = await self.ask(_sessions(), {"tenant": tenant_id, "of_user": user_id, "at": at})
        found = (read_session(row) for row in rows)
        return tuple(one for one in found if one.is_alive(at))

    async def sign_out_of(self, tenant_id: TenantId, user_id: PrincipalId, session_id: str) -> None:
        """Forgets a session of a person and revokes the families that began in it."""
        values = {"tenant": tenant_id, "of_user": user_id, "of_session": session_id}
        await self.tell([(one, values) for one in _sign_out()])

    async def list_consents(
        self, tenant_id: TenantId, user_id: PrincipalId
    ) -> Mapping[ApplicationId, tuple[str, ...]]:
        """What a person has consented to for themselves, sorted, by application."""
        rows = await self.ask(_consents(), {"tenant": tenant_id, "of_user": user_id})
        return {
            ApplicationId(app_id): tuple(str(row[1]) for row in some)
            for app_id, some in groupby(rows, lambda row: str(row[0]))
        }


@cache
def _sessions() -> Statement:
    own = sessions.c
    is_theirs = (own.tenant_id == TENANT, own.user_id == _USER, own.ends_at > AT)
    return Statement(select(*own).where(*is_theirs).order_by(own.signed_in_at.desc(), own.key))


@cache
def _sign_out() -> tuple[Statement, ...]:
    own, families = sessions.c, token_families.c
    return (
        Statement(
            delete(sessions).where(
                own.tenant_id == TENANT, own.user_id == _USER, own.id == _SESSION
            )
        ),
        Statement(
            update(token_families)
            .where(
                families.tenant_id == TENANT,
                families.user_id == _USER,
                families.session_id == _SESSION,
            )
            .values(is_revoked=YES)
        ),
    )


@cache
def _consents() -> Statement:
    own = user_consents.c
    is_theirs = (own.tenant_id == TENANT, own.user_id == _USER)
    columns = (own.application_id, own.permission)
    return Statement(select(*columns).where(*is_theirs).order_by(*columns))
