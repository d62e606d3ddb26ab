"""What decisions need: facts with their versions, and one request."""

from functools import cache

from sqlalchemy import select

from timebound.application.ports import Loaded, LoadedPrincipal
from timebound.domain.authority import Caller, Token
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RequestId, TenantId
from timebound.domain.requests import Request
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.callers import caller_parameters, caller_stack, read_caller
from timebound.storage.compiling import Statement
from timebound.storage.facts import read_loaded, slot_parameters, slot_question
from timebound.storage.fragments import TENANT, columns_of, parameter
from timebound.storage.principal_sections import (
    principal_parameters,
    principal_stack,
    read_loaded_principal,
)
from timebound.storage.rows import REQUEST_COLUMNS, read_request
from timebound.storage.tables import requests


class Deciding(Asking):
    """The questions around a decision."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """Everything about one slot, its principal, its policy and the caller, as of `at`."""
        question = slot_question(slot)
        rows = await self.ask(question.statement, slot_parameters(token, slot, at))
        return read_loaded(token, slot, at, question.split(rows))

    async def load_principal_facts(
        self, token: Token, principal_id: PrincipalId, at: Instant
    ) -> LoadedPrincipal:
        """Everything about one principal and the caller, as of `at`; `object` none if unknown."""
        question = principal_stack()
        values = principal_parameters(token, principal_id, at)
        rows = await self.ask(question.statement, values)
        return read_loaded_principal(token, principal_id, question.split(rows))

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """One request, with the status that was last decided."""
        rows = await self.ask(_one_request(), {"tenant": tenant_id, "request": request_id})
        return read_request(rows[0]) if rows else None

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        """The bearer of a token: enabled or not, permissions granted, roles in force at `at`."""
        question = caller_stack()
        rows = await self.ask(question.statement, caller_parameters(token, at))
        return read_caller(token, question.split(rows))


@cache
def _one_request() -> Statement:
    return Statement(
        select(*columns_of(requests, REQUEST_COLUMNS)).where(
            requests.c.tenant_id == TENANT, requests.c.id == parameter("request")
        )
    )
