"""Role assignments around a place, and one by its name: who may look, and what they are told."""

from dataclasses import replace
from typing import Final

from timebound.application.azure_reading import (
    Admitted,
    AzureQuestion,
    admit_to_azure,
    read_azure_grants,
)
from timebound.application.queries import Order, Query
from timebound.application.views import Reach, Relation, View
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.names import find_principals
from timebound.dialects.arm.paging import answer_page, ask_page
from timebound.dialects.arm.pim.questions import read_question
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import bad_request
from timebound.dialects.arm.role_assignment_problems import refuse
from timebound.dialects.arm.role_assignment_shapes import COLLECTION, show_assignment
from timebound.domain.azure_assignments import is_assignment
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId

READ: Final = f"{PROVIDER}/{COLLECTION}/read"
_TENANT: Final = "tenantid"
_ORDERS: Final = (Order("created_at"), Order("id"))


async def list_assignments(call: Call) -> Answer:
    """The assignments at, above and below a place, or those of them that a filter asks for.

    With `atScope()` none below it; with `assignedTo()` what somebody has, through groups as well,
    told as what it is: the assignment of the group.
    """
    check_tenant(call)
    text = call.query.get("$filter", "")
    asked = read_question(text, read_scope(call), View.ROLE_ASSIGNMENTS)
    if asked.question.relation is Relation.PRINCIPAL:
        asked = replace(asked, question=await _look_up(call, asked.question))
    asked_page = ask_page(call)
    query = asked_page.narrow(Query(call.page_size, asked.condition, _ORDERS))
    admitted = await _admit(call, asked.question, query)
    reader = call.read_at(asked_page.at)
    page = await read_azure_grants(reader, View.ROLE_ASSIGNMENTS, admitted, query)
    held, here = [row.grant for row in page.rows], asked.question.place
    principals = await find_principals(call, (one.slot for one in held))
    items = [
        show_assignment(one, principals.get(one.slot.principal_id), call.version, seen_from=here)
        for one in held
    ]
    return answer_page(call, asked_page, items, page.next_position)


async def find_assignment(call: Call, name: GrantId) -> Grant | None:
    """The assignment of a name at exactly the place in the path; refused to who may not look."""
    check_tenant(call)
    question = AzureQuestion(read_scope(call), Reach.ABOVE)
    admitted = await _admit(call, question, Query(1))
    found = (await call.ports.store.find_grants(call.token.tenant_id, [name])).get(name)
    at = call.at - admitted.caller.settings.propagation_delay
    area = admitted.audience.area
    if found is None or area is None or not is_assignment(found, at):
        return None
    return found if found.slot.scope.path == area.path else None


def check_tenant(call: Call) -> None:
    """Refuses the tenant of somebody else: assignments are told within one alone."""
    asked = call.query.get(_TENANT)
    if asked and asked.lower() != call.token.tenant_id.lower():
        raise bad_request(f"The tenant '{asked[:80]}' is not that of the access token.")


async def _admit(call: Call, question: AzureQuestion, query: Query) -> Admitted:
    admitted = await admit_to_azure(call.read_at(call.at), View.ROLE_ASSIGNMENTS, question, query)
    if isinstance(admitted, Refused):
        raise await refuse(call, admitted, READ, question.place.path)
    return admitted


async def _look_up(call: Call, question: AzureQuestion) -> AzureQuestion:
    """The question, unless it is what a group has: of groups only `principalId` is asked."""
    principal_id = question.principal_id
    if principal_id is None:
        return question
    found = await call.ports.store.find_objects(call.token.tenant_id, [principal_id])
    one = found.get(principal_id)
    if one is not None and one.kind is ObjectKind.GROUP:
        raise bad_request("'assignedTo' takes a user or a service principal, and no group.")
    return question
