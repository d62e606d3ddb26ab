"""What decisions need: facts with their versions, and one request."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import select, union_all

from timebound.application.bundle_ports import BundleQuestion, LoadedBundle
from timebound.application.changes import FactKey, name_key
from timebound.application.ports import (
    Loaded,
    LoadedGrants,
    LoadedNames,
    LoadedPrincipal,
)
from timebound.application.role_ports import LoadedRole, RoleQuestion
from timebound.application.target_ports import LoadedTarget
from timebound.domain.authority import Caller, Token
from timebound.domain.directory_changes import Names
from timebound.domain.grants import Slot
from timebound.domain.ids import ApplicationId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.requests import Request
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.bundle_sections import (
    bundle_parameters,
    bundle_stack,
    read_loaded_bundle,
)
from timebound.storage.callers import caller_parameters, caller_stack, read_caller
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import read_object
from timebound.storage.facts import read_grants, read_loaded, slot_parameters, slot_question
from timebound.storage.fragments import TENANT, columns_of, parameter
from timebound.storage.naming import names_stack, scoped_parameters, scoped_stack
from timebound.storage.principal_sections import (
    principal_parameters,
    principal_stack,
    read_loaded_principal,
)
from timebound.storage.role_sections import (
    read_loaded_role,
    role_parameters,
    role_stack,
    used_below,
)
from timebound.storage.rows import REQUEST_COLUMNS, read_request
from timebound.storage.tables import grants, requests
from timebound.storage.target_sections import read_loaded_target, target_parameters, target_stack


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

    async def load_target(self, token: Token, object_id: PrincipalId, at: Instant) -> LoadedTarget:
        """What the authority for changing an object depends on: owners, units, privilege."""
        question = target_stack()
        rows = await self.ask(question.statement, target_parameters(token, object_id, at))
        return read_loaded_target(token, object_id, question.split(rows))

    async def load_names(
        self,
        tenant_id: TenantId,
        user_names: Sequence[str],
        application_ids: Sequence[ApplicationId],
    ) -> LoadedNames:
        """The live objects that have these names, in any casing, and which domains are verified."""
        question = names_stack()
        keys = [name_key(name) for name in (*user_names, *application_ids)]
        values = {
            "tenant": tenant_id,
            "user_names": [name.lower() for name in user_names],
            "domains": [name.lower().rpartition("@")[2] for name in user_names],
            "application_ids": [name.lower() for name in application_ids],
            "keys": list(keys),
        }
        found = question.split(await self.ask(question.statement, values))
        versions = dict.fromkeys(keys, 0)
        versions.update((FactKey(key), version) for key, version in found["version"])
        taken = tuple(read_object(row) for row in (*found["user"], *found["program"]))
        domains = frozenset(row[0] for row in found["domain"] if row[1] == tenant_id)
        return LoadedNames(Names(domains, taken), versions)

    async def load_scoped_grants(
        self, tenant_id: TenantId, object_id: PrincipalId, at: Instant
    ) -> LoadedGrants:
        """The directory roles held, now or ahead, over one object or one administrative unit."""
        question = scoped_stack()
        values = {"tenant": tenant_id, "at": at, **scoped_parameters(object_id)}
        found = question.split(await self.ask(question.statement, values))
        versions = {FactKey(key): version for key, version in found["version_of"]}
        return LoadedGrants(read_grants(found["scoped"]), versions)

    async def load_role_facts(
        self, token: Token, question: RoleQuestion, at: Instant
    ) -> LoadedRole:
        """Everything about one role definition and the caller, as of `at`."""
        stack = role_stack()
        rows = await self.ask(stack.statement, role_parameters(token, question, at))
        return read_loaded_role(token, question, stack.split(rows))

    async def is_role_used(
        self, tenant_id: TenantId, role_id: RoleId, path: str, kept: Sequence[str], at: Instant
    ) -> bool:
        """Whether a role of Azure is held, or could be, in a place and in none of those kept."""
        values = {
            "tenant": tenant_id,
            "role": role_id,
            "scope": path,
            "kept": list(kept),
            "at": at,
        }
        return bool(await self.ask(used_below(), values))

    async def load_bundle_facts(
        self, token: Token, question: BundleQuestion, at: Instant
    ) -> LoadedBundle:
        """Everything about one assignment of a provider and the caller, as of `at`."""
        stack = bundle_stack()
        rows = await self.ask(stack.statement, bundle_parameters(token, question, at))
        return read_loaded_bundle(token, question, stack.split(rows))

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """One request, with the status that was last decided."""
        rows = await self.ask(_one_request(), {"tenant": tenant_id, "request": request_id})
        return read_request(rows[0]) if rows else None

    async def is_named(self, tenant_id: TenantId, name: str) -> bool:
        """Whether a request or a grant has this id."""
        return bool(await self.ask(_named(), {"tenant": tenant_id, "name": name}))

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


@cache
def _named() -> Statement:
    arms = (
        select(table.c.id).where(table.c.tenant_id == TENANT, table.c.id == parameter("name"))
        for table in (requests, grants)
    )
    return Statement(union_all(*arms))
