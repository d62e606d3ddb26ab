"""How many roles are assigned in a subscription, and who administers it the classic way."""

from http import HTTPStatus

from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.places import find_scope
from timebound.dialects.arm.role_assignment_problems import refuse
from timebound.dialects.arm.role_assignment_wire import RoleAssignmentMetricsResult
from timebound.domain.authority import authorize
from timebound.domain.azure.places import subscription_of
from timebound.domain.azure_limits import find_limit
from timebound.domain.decide import Refused
from timebound.domain.operations import Operation
from timebound.domain.scopes import Scope
from timebound.domain.settings import TenantSettings


async def read_usage(call: Call) -> Answer:
    """The limit of a subscription, and how much of it is used, activated and ahead as well."""
    action = f"{PROVIDER}/roleAssignmentsUsageMetrics/read"
    scope, settings = await _admit(call, Operation.READ_AZURE_USAGE, action)
    limit = find_limit(scope, settings) or 0
    count = await call.ports.store.count_assignments(call.token.tenant_id, scope, call.at)
    told = RoleAssignmentMetricsResult(
        subscription_of(scope) or "", limit, count, max(0, limit - count)
    )
    return Answer(HTTPStatus.OK, told)


async def list_classic_administrators(call: Call) -> Answer:
    """Nobody: classic administrators were retired on 31 August 2024.

    Source: Azure documentation of classic subscription administrators.
    """
    action = f"{PROVIDER}/classicAdministrators/read"
    await _admit(call, Operation.READ_CLASSIC_ADMINISTRATORS, action)
    return Answer(HTTPStatus.OK, {"value": []})


async def _admit(call: Call, operation: Operation, action: str) -> tuple[Scope, TenantSettings]:
    """The subscription as the tree spells it, and what its tenant has set."""
    scope = await find_scope(call)
    loaded = await call.ports.store.load_rights(call.token, scope, call.at)
    if problems := authorize(operation, loaded.caller, loaded.target):
        raise await refuse(call, Refused(problems), action, scope.path)
    return scope, loaded.caller.settings
