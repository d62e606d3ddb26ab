"""The end of what somebody is signed in to, written past everything that decides about it."""

from timebound.application.changes import ChangeSet, EndSignIns
from timebound.application.ports import Store
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import Instant


async def end_sign_ins(store: Store, tenant_id: TenantId, user_id: str, at: Instant) -> None:
    """Forgets the sessions of a person, and revokes all that applications were given."""
    ends = (EndSignIns(PrincipalId(user_id)),)
    assert await store.apply(ChangeSet(tenant_id, at, {}, frozenset(), ends))
