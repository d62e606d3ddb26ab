"""Objects that a path names by another property than their id."""

from typing import Final

from timebound.application.ports import ReadingStore
from timebound.application.queries import Compare, Operator, Query
from timebound.application.views import View
from timebound.dialects.graph.routing import Route
from timebound.domain.authority import Token

_VIEWS: Final = {
    "applications": View.APPLICATIONS,
    "serviceprincipals": View.SERVICE_PRINCIPALS,
}


async def find_keys(store: ReadingStore, token: Token, route: Route) -> tuple[str, ...]:
    """The keys of a path with an id in the place of an application id that names an object.

    What is found by nothing stays as it is, so that whoever may not ask learns nothing from it. A
    role has the id of its template, and people are found by either of their names.
    """
    alternate = route.alternate
    if alternate is None or alternate.path not in _VIEWS:
        return route.keys
    named = Compare("app_id", Operator.EQ, alternate.value)
    page = await store.read_objects(token.tenant_id, _VIEWS[alternate.path], Query(1, named))
    return (page.rows[0].id, *route.keys[1:]) if page.rows else route.keys
