"""Questions about roles beyond what is held: through groups, by role, and what roles can allow."""

from timebound.application.catalog import ResourceAction, resource_actions
from timebound.application.constants import list_constants
from timebound.application.queries import Page, Query
from timebound.application.reading import Reader
from timebound.application.role_ports import Assigned
from timebound.application.views import Audience, GrantRow, Relation, View
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


async def read_transitive(
    reader: Reader, principal_id: PrincipalId, query: Query
) -> Page[GrantRow] | Refused:
    """The role assignments that a principal has itself, and through role-assignable groups."""
    view = View.TRANSITIVE_ASSIGNMENTS
    caller = await reader.admit(view, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    audience = Audience(
        reader.token.tenant_id, Relation.PRINCIPAL, principal_id, ScopeKind.DIRECTORY
    )
    return await reader.store.read_grants(view, audience, query, _arrived(reader, caller))


async def read_assigned(
    reader: Reader, assigned: Assigned, query: Query
) -> Page[DirectoryObject] | Refused:
    """The principals that hold a role of the directory now."""
    caller = await reader.admit(View.ASSIGNED_PRINCIPALS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    tenant_id = reader.token.tenant_id
    return await reader.store.read_assigned(tenant_id, assigned, query, _arrived(reader, caller))


def _arrived(reader: Reader, caller: Caller) -> Instant:
    """The instant up to which word of changes has arrived (behaviour book 1.10)."""
    return reader.at - caller.settings.propagation_delay


async def read_namespaces(reader: Reader, query: Query) -> Page[str] | Refused:
    """The parts of the service that have actions for roles to allow."""
    caller = await reader.admit(View.RESOURCE_NAMESPACES, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    names = sorted({action.namespace for action in resource_actions().values()})
    return list_constants([(name, {"id": name, "name": name}) for name in names], query)


async def read_actions(
    reader: Reader, namespace: str, query: Query
) -> Page[ResourceAction] | Refused:
    """The actions of a part of the service."""
    caller = await reader.admit(View.RESOURCE_ACTIONS, Relation.ANYBODY)
    if isinstance(caller, Refused):
        return caller
    found = (one for one in resource_actions().values() if one.namespace == namespace)
    return list_constants([(one, {"id": one.id, "name": one.name}) for one in found], query)
