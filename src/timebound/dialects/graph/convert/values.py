"""Single values of bodies: read, or refused with the name of their property."""

from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.scopes import is_guid, parse_scope
from timebound.domain.scopes import Scope


def read_guid(text: str | None, name: str) -> str:
    """A GUID in lower case."""
    if not text:
        raise bad_request(f"The property '{name}' is missing.")
    guid = text.lower()
    if not is_guid(guid):
        raise bad_request(f"Invalid GUID: the property '{name}' is '{text[:80]}'.")
    return guid


def read_directory_scope(directory_scope_id: str | None, app_scope_id: str | None) -> Scope:
    """The scope in the directory; a scope inside an application is not one."""
    if app_scope_id:
        raise bad_request("No role is held at an 'appScopeId' here; use 'directoryScopeId' alone.")
    if not directory_scope_id:
        raise bad_request("The property 'directoryScopeId' is missing.")
    scope = parse_scope(directory_scope_id)
    if scope is None:
        raise bad_request(
            f"The property 'directoryScopeId' is '{directory_scope_id[:80]}', which is "
            "neither '/' nor '/administrativeUnits/{id}' nor '/{id}'."
        )
    return scope
