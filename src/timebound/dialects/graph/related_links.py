"""What stands beside an object of the directory when a client has its relations expanded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from timebound.application.queries import Query
from timebound.application.relations import Related, Way
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.kinds import Find, Kind, Link
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.disclosure import disclose, find_hidden_kinds

# quirk(graph): no more than 20 objects are expanded - Graph docs, query-parameters, expand
MOST_EXPANDED: Final = 20

_BELONGING: Final = {"memberOf": Way.MEMBER_OF, "transitiveMemberOf": Way.ALL_MEMBER_OF}
RELATIONS: Final[Mapping[ObjectKind, tuple[View, Mapping[str, Way]]]] = {
    ObjectKind.USER: (View.USER_RELATIONS, {**_BELONGING, "ownedObjects": Way.OWNED}),
    ObjectKind.GROUP: (
        View.GROUP_RELATIONS,
        {
            "members": Way.MEMBERS,
            "transitiveMembers": Way.ALL_MEMBERS,
            "owners": Way.OWNERS,
            **_BELONGING,
        },
    ),
    ObjectKind.SERVICE_PRINCIPAL: (
        View.PROGRAM_RELATIONS,
        {"owners": Way.PROGRAM_OWNERS, "ownedObjects": Way.OWNED, **_BELONGING},
    ),
    ObjectKind.APPLICATION: (View.PROGRAM_RELATIONS, {"owners": Way.PROGRAM_OWNERS}),
    ObjectKind.ADMINISTRATIVE_UNIT: (View.UNIT_RELATIONS, {"members": Way.UNIT_MEMBERS}),
    ObjectKind.DIRECTORY_ROLE: (View.DIRECTORY_ROLES, {"members": Way.ROLE_MEMBERS}),
}
"""The relations of each kind that can be expanded, and what asking for them counts as."""


def link_relations(kind: ObjectKind, shown: Callable[[], Kind[Any]]) -> dict[str, Link]:
    """The links of a kind of object; what they lead to is of any kind."""
    view, ways = RELATIONS[kind]
    return {name: Link(_find(view, way), shown, is_many=True) for name, way in ways.items()}


def _find(view: View, way: Way) -> Find:
    async def find(
        call: Call, rows: Sequence[DirectoryObject]
    ) -> Sequence[Sequence[DirectoryObject]]:
        admitted = await call.read_at(call.at).admit(view, Relation.ANYBODY)
        if isinstance(admitted, Refused):
            raise await call.refuse(admitted)
        # One question for each row: a few members of each are found without walking all of them.
        found = [await _read_first(call, Related(way, row.id)) for row in rows]
        hidden = find_hidden_kinds(admitted)
        return [disclose(some, hidden) for some in found]

    return find


async def _read_first(call: Call, related: Related) -> tuple[DirectoryObject, ...]:
    tenant_id, query = call.token.tenant_id, Query(MOST_EXPANDED)
    return (await call.ports.store.read_related(tenant_id, related, query, call.at)).rows
