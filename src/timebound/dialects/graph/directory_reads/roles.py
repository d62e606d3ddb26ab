"""Roles as objects of the directory, their templates, and roles held over administrative units."""

from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from timebound.application.directory.role_activation import check_activation
from timebound.application.directory.work import Work
from timebound.application.directory_reading import (
    Origin,
    ScopedMember,
    comes_by_itself,
    read_directory_roles,
    read_role_templates,
    read_scoped_members,
)
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.relations import Place
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.directory import show_scoped_member, show_template
from timebound.dialects.graph.convert.values import read_guid
from timebound.dialects.graph.directory_reads.bodies import ActivateRole
from timebound.dialects.graph.directory_reads.related import ROLE
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, answer_list
from timebound.dialects.graph.plans import plan_list
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.sets import LARGEST_PAGE, EntitySet
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import RoleId

_BAD: Final = "Request_BadRequest"
_BY_NAME: Final = (Order("display_name"), Order("id"))
_BY_PLACE: Final = (Order("scope"), Order("role_id"), Order("id"))
_MEMBERSHIP: Final = Kind("scopedRoleMembership", show_scoped_member)


async def _read_roles(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[DirectoryObject] | Refused:
    del relation  # the roles there are, are everybody's
    return await read_directory_roles(reader, view, query)


async def _read_templates(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[DirectoryObject] | Refused:
    del relation  # templates are everybody's
    return await read_role_templates(reader, view, query)


ROLES: Final = EntitySet(
    "directoryRoles", View.DIRECTORY_ROLES, ROLE, _read_roles, _BY_NAME, page_size=LARGEST_PAGE
)
TEMPLATES: Final = EntitySet(
    "directoryRoleTemplates",
    View.DIRECTORY_ROLES,
    Kind("directoryRoleTemplate", show_template),
    _read_templates,
    _BY_NAME,
    # quirk(graph): all roles, and all templates, come on one page - list directoryRoles, answers
    page_size=LARGEST_PAGE,
)


async def activate_role(call: Call) -> NoReturn:
    """Activates a role: refused, since every role that can be held is activated from the start."""
    sent = read_body(call.body, ActivateRole)
    template_id = RoleId(read_guid(sent.role_template_id, "roleTemplateId"))
    refused = await check_activation(Work(call.engine, call.token, call.at), template_id)
    if refused is not None:
        raise await call.refuse(refused)
    if comes_by_itself(template_id):
        raise bad_request("Instantiating an implicit user role in not supported.", _BAD)
    raise bad_request(
        "A conflicting object with one or more of the specified property values is present in "
        "the directory.",
        _BAD,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the roles held over administrative units, from one unit or one role."""

    origin: Origin
    place: Place

    async def __call__(
        self, reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[ScopedMember] | Refused:
        del relation  # who holds what is everybody's
        return await read_scoped_members(reader, view, self.origin, self.place, query)


def list_scoped_members(source: Source, name: str, place: Place) -> Handler:
    """The handler that lists the roles held over administrative units."""
    nowhere = _Reading(Origin("", source.kinds), place)
    entities: EntitySet[Any] = EntitySet(
        f"{source.template}/{name}", View.DIRECTORY_ROLES, _MEMBERSHIP, nowhere, _BY_PLACE
    )

    async def handle(call: Call) -> Answer:
        path = source.spell(call, name)
        placed = replace(entities, path=path, read=_Reading(source.find_origin(call), place))
        plan = plan_list(entities, call.version, call.query)
        context = format_context(call.root, "scopedRoleMemberships", plan.projection)
        return await answer_list(call, placed, Relation.ANYBODY, plan, context)

    return handle
