"""The end of all that a person is signed in to, as a write of a change set."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from sqlalchemy import bindparam, update

from timebound.application.changes import EndSignIns
from timebound.domain.ids import TenantId
from timebound.storage.columns import BooleanType
from timebound.storage.compiling import Statement
from timebound.storage.fragments import parameter
from timebound.storage.sign_in_tables import sessions, token_families
from timebound.storage.statements import Values, delete_from

YES: Final = bindparam("is_revoked_now", value=True, type_=BooleanType)


def end_sign_ins(tenant_id: TenantId, write: EndSignIns) -> Iterator[tuple[Statement, Values]]:
    """Forgets every session of a person and revokes every family."""
    values: Values = {"of_tenant_id": tenant_id, "of_user_id": write.user_id}
    yield delete_from(sessions, "tenant_id", "user_id"), values
    yield _revoke_all(), values


@cache
def _revoke_all() -> Statement:
    own = token_families.c
    is_theirs = (own.tenant_id == parameter("of_tenant_id"), own.user_id == parameter("of_user_id"))
    return Statement(update(token_families).where(*is_theirs).values(is_revoked=YES))
