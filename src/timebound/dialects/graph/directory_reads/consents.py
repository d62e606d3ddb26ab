"""What applications are permitted: to act alone, and on behalf of people."""

from dataclasses import dataclass, replace
from typing import Any, Final

from timebound.application.consent_reading import (
    AppRole,
    Asked,
    Scopes,
    read_app_roles,
    read_scopes,
)
from timebound.application.directory_reading import Origin
from timebound.application.queries import And, Compare, Operator, Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.directory import (
    show_app_role,
    show_scopes,
    split_scopes_id,
)
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, answer_list, find_one, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.first_party import GRAPH_APP_ID

GRANTS: Final = "oauth2PermissionGrants"
_BY_HOLDER: Final = (Order("holder_id"), Order("permission"))
_BY_CLIENT: Final = (Order("client_id"), Order("resource_id"), Order("user_id"))
_APP_ROLE: Final = Kind("appRoleAssignment", show_app_role)
_SCOPES: Final = Kind("oAuth2PermissionGrant", show_scopes)


@dataclass(frozen=True, slots=True)
class _AppRoles:
    """Reads the permissions that an object has, or has given."""

    origin: Origin
    is_by_resource: bool

    async def __call__(
        self, reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[AppRole] | Refused:
        del relation  # what is permitted is everybody's
        asked = Asked(GRAPH_APP_ID, self.origin, self.is_by_resource)
        return await read_app_roles(reader, view, asked, query)


@dataclass(frozen=True, slots=True)
class _Scopes:
    """Reads what may be done on behalf of people: by one service principal, or for one person."""

    origin: Origin | None

    async def __call__(
        self, reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[Scopes] | Refused:
        del relation  # what is permitted is everybody's
        return await read_scopes(reader, view, Asked(GRAPH_APP_ID, self.origin), query)


ALL_SCOPES: Final = EntitySet(GRANTS, View.PERMISSION_GRANTS, _SCOPES, _Scopes(None), _BY_CLIENT)


def list_app_roles(source: Source, name: str, *, is_by_resource: bool = False) -> Handler:
    """The handler that lists the permissions that an object has, or has given."""
    nowhere = _AppRoles(Origin("", source.kinds), is_by_resource)
    entities: EntitySet[Any] = EntitySet(
        f"{source.template}/{name}", View.APP_ROLES, _APP_ROLE, nowhere, _BY_HOLDER
    )

    async def handle(call: Call) -> Answer:
        read = _AppRoles(source.find_origin(call), is_by_resource)
        placed = replace(entities, path=source.spell(call, name), read=read)
        plan = plan_list(entities, call.version, call.query)
        root = source.template.partition("/")[0]
        path = f"{root}('{call.keys[0]}')/{name}" if call.keys else f"users/{name}"
        context = format_context(call.root, path, plan.projection)
        return await answer_list(call, placed, Relation.ANYBODY, plan, context)

    return handle


def list_scopes(source: Source) -> Handler:
    """The handler that lists what a program may do on behalf of people, or any for a person."""
    is_personal = source.kinds == frozenset({ObjectKind.USER})
    view = View.PERSONAL_GRANTS if is_personal else View.PERMISSION_GRANTS

    async def handle(call: Call) -> Answer:
        read = _Scopes(source.find_origin(call))
        placed = replace(ALL_SCOPES, path=source.spell(call, GRANTS), view=view, read=read)
        plan = plan_list(ALL_SCOPES, call.version, call.query)
        context = format_context(call.root, GRANTS, plan.projection)
        return await answer_list(call, placed, Relation.ANYBODY, plan, context)

    return handle


async def get_scopes(call: Call) -> Answer:
    """What one application may do on behalf of people, by the ids that its id is made of."""
    ids = split_scopes_id(call.keys[0])
    if ids is None:
        raise Refusal(say_missing(call.keys[0]))
    named = {"client_id": ids[0], "resource_id": ids[1], "user_id": ids[2] or ""}
    condition = And(tuple(Compare(name, Operator.EQ, id_) for name, id_ in named.items()))
    found: Scopes = await find_one(call, ALL_SCOPES, condition)
    projection = plan_one(_SCOPES.type_name, call.version, call.query)
    context = format_context(call.root, GRANTS, projection, is_entity=True)
    return await show_one(call, ALL_SCOPES, found, context)
