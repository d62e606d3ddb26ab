"""The entity sets about what roles can allow, and about who has one."""

from functools import cache
from typing import Final

from timebound.application.catalog import ResourceAction
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.role_ports import Assigned
from timebound.application.role_reading import read_actions, read_assigned, read_namespaces
from timebound.application.views import Relation, View
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.sets import DIRECTORY_OBJECT, EntitySet, Read
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import RoleId

NAMESPACES: Final = "roleManagement/directory/resourceNamespaces"
_BY_ID: Final = (Order("id"),)
_BY_NAME: Final = (Order("display_name"), Order("id"))


def _show_namespace(name: str, wording: Wording) -> dict[str, object]:
    del wording  # every version and tenant reads the same
    return {"id": name, "name": name}


def _show_action(action: ResourceAction, wording: Wording) -> dict[str, object]:
    del wording  # every tenant reads the same
    return {
        "id": action.id,
        "name": action.name,
        "actionVerb": action.verb,
        "description": action.description,
        "resourceScopeId": None,
        "isPrivileged": None,
        "authenticationContextId": None,
        "isAuthenticationContextSettable": None,
    }


async def _read_namespaces(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[str] | Refused:
    del view, relation  # there is one such list
    return await read_namespaces(reader, query)


RESOURCE_ACTION: Final = Kind("unifiedRbacResourceAction", _show_action)
RESOURCE_NAMESPACES: Final = EntitySet(
    NAMESPACES,
    View.RESOURCE_NAMESPACES,
    Kind("unifiedRbacResourceNamespace", _show_namespace),
    _read_namespaces,
    _BY_ID,
)


@cache
def actions_of(namespace: str) -> EntitySet[ResourceAction]:
    """The actions of a namespace that is there."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[ResourceAction] | Refused:
        del view, relation  # there is one such list
        return await read_actions(reader, namespace, query)

    path = f"{NAMESPACES}('{namespace}')/resourceActions"
    return EntitySet(path, View.RESOURCE_ACTIONS, RESOURCE_ACTION, read, _BY_ID)


def read_principals_of(assigned: Assigned) -> Read:
    """Reads those who have a role."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[DirectoryObject] | Refused:
        del view, relation  # there is one such list
        return await read_assigned(reader, assigned, query)

    return read


ASSIGNED_PRINCIPALS: Final = EntitySet(
    "roleManagement/directory/roleDefinitions/assignedPrincipals",
    View.ASSIGNED_PRINCIPALS,
    DIRECTORY_OBJECT,
    read_principals_of(Assigned(RoleId(""))),
    _BY_NAME,
)
"""How those who have a role are listed; which role it is, and where, each call says."""
