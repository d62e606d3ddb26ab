"""Keeping and listing sign-ins."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, select

from timebound.application.queries import Order, Page, Query
from timebound.application.sign_in_log_ports import KeptSignIn
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.storage.attribute_fields import collect_texts
from timebound.storage.columns import InstantColumn
from timebound.storage.compiling import Statement
from timebound.storage.conditions import Field
from timebound.storage.documents import write_document, write_texts
from timebound.storage.fragments import TENANT, columns_of
from timebound.storage.log_sealing import LogSealing
from timebound.storage.paging import Listed, Pager
from timebound.storage.rows import Row
from timebound.storage.sign_in_log_tables import sign_ins
from timebound.storage.statements import Run, Values, insert_into

_ORDER: Final = (Order("at", is_descending=True), Order("id", is_descending=True))
_SECOND_FACTOR: Final = "mfa"
_kept: Final = msgspec.json.Decoder(KeptSignIn)


class SignInLogging(LogSealing):
    """Keeps the sign-in log and answers pages of it."""

    def __init__(self) -> None:
        super().__init__()
        self._sign_ins = Pager()

    async def add_sign_ins(self, tenant_id: TenantId, kept: Sequence[KeptSignIn]) -> None:
        """Keeps some, all or none."""
        runs: Sequence[Run] = ((insert_into(sign_ins), [_write(tenant_id, one) for one in kept]),)
        await self.follow((), lambda _: runs)

    async def forget_sign_ins(self, tenant_id: TenantId, before: Instant) -> None:
        """Forgets those before an instant."""
        await self.tell([(_forget(), {"tenant": tenant_id, "before": before})])

    async def read_sign_ins(self, tenant_id: TenantId, query: Query) -> Page[KeptSignIn]:
        """A page of the sign-ins, the newest first unless asked otherwise."""
        asked = {"tenant": tenant_id}
        return await self._sign_ins.read(self, "signIns", list_sign_ins, query, asked, _read)


def list_sign_ins() -> Listed:
    """The sign-in log, with what it can be asked by."""
    own = sign_ins.c
    rows = select(*columns_of(sign_ins, ("document",))).where(own.tenant_id == TENANT)
    fields = {
        "id": Field(own.id, is_folded=True),
        "at": Field(own.at, InstantColumn),
        "kind": Field(own.kind),
        "user_id": Field(own.user_id, is_folded=True, is_optional=True),
        "user_name": Field(own.user_name_key, is_folded=True, is_optional=True, is_ordered=True),
        "user_principal_name": Field(
            own.user_principal_name_key, is_folded=True, is_optional=True, is_ordered=True
        ),
        "app_id": Field(own.app_id, is_folded=True, is_optional=True),
        "app_name": Field(own.app_name_key, is_folded=True, is_optional=True, is_ordered=True),
        "account_id": Field(own.account_id, is_folded=True, is_optional=True, is_ordered=True),
        "resource_id": Field(own.resource_id, is_folded=True, is_optional=True),
        "resource_name": Field(own.resource_name_key, is_folded=True, is_optional=True),
        "address": Field(own.address, is_folded=True, is_ordered=True),
        "client": Field(own.client_key, is_folded=True),
        "requirement": Field(own.requirement, is_ordered=True),
        "correlation_id": Field(own.correlation_id, is_folded=True),
        "fault": Field(own.fault),
    }
    return Listed(rows, fields, _ORDER, {"event_types": collect_texts(own.event_types)})


def _write(tenant_id: TenantId, one: KeptSignIn) -> Values:
    is_strong = _SECOND_FACTOR in one.methods
    return {
        "tenant_id": tenant_id,
        "id": one.id,
        "at": one.at,
        "kind": one.kind,
        "event_types": write_texts([one.kind]),
        "user_id": one.user_id,
        "user_name_key": _fold(one.user_name),
        "user_principal_name_key": _fold(one.user_principal_name),
        "app_id": one.app_id,
        "app_name_key": _fold(one.app_name),
        "account_id": one.account_id,
        "resource_id": one.resource_id,
        "resource_name_key": _fold(one.resource_name),
        "address": one.address.lower(),
        "client_key": one.client.lower(),
        "requirement": "multiFactorAuthentication" if is_strong else "singleFactorAuthentication",
        "correlation_id": one.correlation_id,
        "fault": str(one.fault),
        "document": write_document(one),
    }


def _read(row: Row) -> KeptSignIn:
    return _kept.decode(row[0])


def _fold(text: str | None) -> str | None:
    return None if text is None else text.lower()


@cache
def _forget() -> Statement:
    own = sign_ins.c
    before = bindparam("before", type_=InstantColumn)
    return Statement(delete(sign_ins).where(own.tenant_id == TENANT, own.at < before))
