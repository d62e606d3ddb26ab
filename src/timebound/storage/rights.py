"""What whoever calls may do at places in Azure, asked for any number of places at once."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final

from sqlalchemy import select

from timebound.application.azure_ports import LoadedRights
from timebound.application.changes import AZURE as AZURE_FACT
from timebound.application.changes import TENANT as TENANT_FACT
from timebound.application.changes import FactKey, application_key, principal_key
from timebound.domain.authority import Caller, Token
from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.permissions import Rights
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.callers import (
    CALLER,
    caller_groups,
    caller_parameters,
    caller_sections,
    held_through_groups,
    read_caller,
)
from timebound.storage.rights_sections import read_rights, rights_sections
from timebound.storage.rows import Row
from timebound.storage.stacking import Stack
from timebound.storage.tree_sections import (
    list_keys,
    list_places,
    name_nodes,
    read_places,
    walk_up,
)
from timebound.storage.version_sections import known_versions, versions_of_principals

_NODE: Final = ("path", "path_key", "parent")
_ROOT: Final = "/"


class RightsFinding(Asking):
    """Answers what whoever calls may do at places in Azure."""

    async def load_rights(self, token: Token, scope: Scope, at: Instant) -> LoadedRights:
        """The caller and their rights at a place."""
        return (await self.load_rights_at(token, (scope,), at))[0]

    async def load_rights_at(
        self, token: Token, scopes: Sequence[Scope], at: Instant
    ) -> tuple[LoadedRights, ...]:
        """The same for several places, in their order; all that is asked of them is one hearing."""
        question, hearing = rights_stack(), Hearing()
        rows = await self.ask(question.statement, rights_parameters(token, scopes, at))
        found = question.split(rows)
        caller, versions = read_caller(token, found), read_versions(token, found)
        places = read_places(found["azure_node"], found["azure_place"])
        return tuple(
            LoadedRights(
                caller,
                _read_rights(caller, places.spell(scope), places.ancestry(scope), found, hearing),
                scope.key in places.nodes,
                versions,
                frozenset(places.ancestry(scope).paths),
            )
            for scope in scopes
        )


@cache
def rights_stack() -> Stack:
    """The statement about any places."""
    groups, tree = caller_groups(), walk_up(name_nodes())
    holding = held_through_groups().subquery("role_groups")
    people = [select(holding.c.principal_id.label("id")), select(groups.c.scope)]
    return Stack(
        {
            **caller_sections(groups),
            **rights_sections(CALLER, groups, tree),
            "azure_node": name_nodes(),
            "azure_place": list_places(tree),
            "version": known_versions(),
            "version_of": versions_of_principals(people),
        }
    )


def rights_parameters(token: Token, scopes: Sequence[Scope], at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    return {
        **caller_parameters(token, at),
        "places": list_keys(scopes),
        "keys": list(_known_keys(token)),
    }


def read_versions(token: Token, found: Mapping[str, Sequence[Row]]) -> Mapping[FactKey, int]:
    """The versions of who calls and of all that their rights rest on."""
    versions = dict.fromkeys(_known_keys(token), 0)
    rows = chain(found["version"], found["version_of"])
    versions.update((FactKey(row[0]), row[1]) for row in rows)
    return versions


def _known_keys(token: Token) -> tuple[FactKey, ...]:
    return (
        principal_key(token.principal_id),
        application_key(token.application_id),
        TENANT_FACT,
        AZURE_FACT,
    )


def _read_rights(
    caller: Caller,
    place: Scope,
    ancestry: Ancestry,
    found: Mapping[str, Sequence[Row]],
    hearing: Hearing,
) -> Rights:
    if not caller.is_enabled:
        return Rights(place)
    return read_rights(found, place, ancestry, caller.group_ids | {caller.id}, hearing)
