"""Sets and single objects of the directory: applications, units in beta, any object, the tenant."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from timebound.application.constants import list_constants
from timebound.application.directory_reading import EVERY_KIND, Origin, find_origin
from timebound.application.ports import TenantRecord
from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.directory import show_organization
from timebound.dialects.graph.convert.objects import show_whole_program
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_reads.related import APPLICATION, BY_ID
from timebound.dialects.graph.kinds import Kind, show_rows
from timebound.dialects.graph.lists import Handler, answer_list, get_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.sets import DIRECTORY_OBJECT, UNITS, EntitySet
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.program_keys import KEYS

APPLICATIONS: Final = replace(UNITS, path="applications", view=View.APPLICATIONS, kind=APPLICATION)
BETA_UNITS: Final = replace(UNITS, path="administrativeUnits")


async def _read_no_tenant(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[TenantRecord] | Refused:
    del reader, view, relation, query
    return Page(())


ORGANIZATION: Final = EntitySet(
    "organization",
    View.ORGANIZATION,
    Kind("organization", show_organization),
    _read_no_tenant,
    BY_ID,
)


def get_program(entities: EntitySet[Any]) -> Handler:
    """The handler that answers an application or a service principal.

    The contents of its certificates come if they are selected.
    """
    plain = get_one(entities)
    whole = get_one(replace(entities, kind=replace(entities.kind, show=show_whole_program)))

    async def handle(call: Call) -> Answer:
        names = plan_one(entities.kind.type_name, call.version, call.query).names
        return await (whole if names is not None and KEYS in names else plain)(call)

    return handle


async def get_object(call: Call) -> Answer:
    """One object of whatever kind."""
    projection = plan_one(DIRECTORY_OBJECT.type_name, call.version, call.query)
    reader = call.read_at(call.at)
    caller = await reader.admit(View.DIRECTORY_OBJECTS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        raise await call.refuse(caller)
    found = await find_origin(reader, Origin(call.keys[0].replace("@", ""), EVERY_KIND))
    if found is None:
        raise Refusal(say_missing(call.keys[0]))
    words = Wording(call.version, call.at)
    shown = await show_rows(call, DIRECTORY_OBJECT, [found], words, projection)
    context = format_context(call.root, "directoryObjects", projection, is_entity=True)
    return Answer(HTTPStatus.OK, {"@odata.context": context, **shown[0]})


async def list_organizations(call: Call) -> Answer:
    """The one organization that a caller knows: their own tenant."""
    plan = plan_list(ORGANIZATION, call.version, call.query)
    context = format_context(call.root, ORGANIZATION.path, plan.projection)
    placed = _place_organization(call)
    return await answer_list(call, placed, Relation.ANYBODY, plan, context)


async def get_organization(call: Call) -> Answer:
    """The organization by its id, which is that of the tenant."""
    return await get_one(_place_organization(call))(call)


def _place_organization(call: Call) -> EntitySet[TenantRecord]:
    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[TenantRecord] | Refused:
        caller = await reader.admit(view, relation)
        if isinstance(caller, Refused):
            return caller
        tenant = await call.ports.store.find_tenant(reader.token.tenant_id)
        return list_constants([(tenant, {"id": tenant.id})] if tenant else [], query)

    return replace(ORGANIZATION, read=read)
