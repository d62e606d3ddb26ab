"""What checks of access are decided by, asked in one statement for each place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from timebound.application.access_ports import AccessQuestion, LoadedAccess
from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.catalog import built_in_roles
from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT
from timebound.domain.directory import ObjectKind
from timebound.domain.directory_actions import as_permission
from timebound.domain.effective_access import AccessFacts
from timebound.domain.grants import Grant
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.principals import Principal
from timebound.domain.scopes import Scope, ScopeKind, ScopeLevel
from timebound.domain.times import Instant
from timebound.storage.access_sections import access_stack
from timebound.storage.asking import Asking
from timebound.storage.azure_documents import read_denial, read_permissions
from timebound.storage.directory_rows import read_object
from timebound.storage.documents import read_facts, read_texts
from timebound.storage.facts import Found, read_grants
from timebound.storage.rows import Row
from timebound.storage.tree_sections import list_keys, read_places

_RESTRICTED: Final = "isMemberManagementRestricted"
_KEPT: Final = 1_000


class AccessChecking(Asking):
    """Answers what is held that could count at one place."""

    async def load_access(self, question: AccessQuestion, at: Instant) -> LoadedAccess:
        """What the principals and their groups hold, now or ahead, that could count there."""
        if question.scopes[0].kind is ScopeKind.AZURE:
            found = await self._find_access(question, question.scopes, at)
            return LoadedAccess(_read_azure(question.scopes, found), _read_names(found))
        facts: dict[Scope, AccessFacts] = {}
        names: Mapping[str, PrincipalId] = {}
        for scope in question.scopes:
            found = await self._find_access(question, (scope,), at)
            facts[scope], names = _read_directory(scope, found), _read_names(found)
        return LoadedAccess(facts, names)

    async def _find_access(
        self, question: AccessQuestion, scopes: Sequence[Scope], at: Instant
    ) -> Found:
        stack = access_stack(scopes[0].kind)
        parameters = access_parameters(question, scopes, at)
        return stack.split(await self.ask(stack.statement, parameters))


def access_parameters(
    question: AccessQuestion, scopes: Sequence[Scope], at: Instant
) -> dict[str, object]:
    """The parameters of that statement, about any places of Azure or one of the directory."""
    about: dict[str, object] = {
        "tenant": question.tenant_id,
        "at": at,
        "principals": list(question.principal_ids),
        "names": [name.lower() for name in question.names],
    }
    if scopes[0].kind is ScopeKind.AZURE:
        return {**about, "places": list_keys(scopes)}
    return {**about, "scope": scopes[0].path, "object": scopes[0].object_id or ""}


def _read_names(found: Found) -> Mapping[str, PrincipalId]:
    return {row[6].lower(): PrincipalId(row[0]) for row in found["principal"] if row[6]}


def _read_azure(asked: Sequence[Scope], found: Found) -> Mapping[Scope, AccessFacts]:
    """The facts of places in Azure.

    One that is not known is judged as what its path lies in: what is about to be made there, and
    what is kept elsewhere. It takes a subscription or a management group that is known.
    """
    places = read_places(found["node"], found["place"])
    grants = read_grants(found["held"])
    everything = AccessFacts(
        ROOT,
        principals=_read_principals(found),
        memberships=read_grants(found["membership"]),
        permissions=_read_azure_roles(grants, found["role"]),
    )
    denials = tuple(read_denial(row[0]) for row in found["denied"])
    offered = {RoleId(row[0]): read_texts(row[5]) for row in found["role"]}
    facts = {}
    for scope in asked:
        ancestry = places.ancestry(scope)
        facts[scope] = replace(
            everything,
            place=places.spell(scope),
            ancestry=ancestry,
            is_known=places.find_innermost(scope) is not None,
            grants=tuple(one for one in grants if _counts(one, ancestry, offered)),
            denials=tuple(one for one in denials if one.scope.path in ancestry),
        )
    return facts


def _counts(grant: Grant, ancestry: Ancestry, offered: Mapping[RoleId, tuple[str, ...]]) -> bool:
    """Whether it counts along the ancestry: a custom role only where it can be assigned."""
    path, role_id = grant.slot.scope.path, grant.slot.role_id
    is_custom = role_id in offered and role_id not in built_in_azure_roles()
    return path in ancestry and (not is_custom or ancestry.offers(offered[role_id], path))


def _read_directory(scope: Scope, found: Found) -> AccessFacts:
    return AccessFacts(
        place=scope,
        is_known=_is_known(scope, found["object"]),
        principals=_read_principals(found),
        grants=read_grants(found["held"]),
        memberships=read_grants(found["membership"]),
        permissions={
            RoleId(row[0]): (_read_actions(row[2], row[3]),) if row[1] else ()
            for row in found["role"]
        },
        restricted_unit_ids=frozenset(
            PrincipalId(row[0])
            for row in found["unit"]
            if read_facts(row[1]).get(_RESTRICTED) is True
        ),
    )


def _read_principals(found: Found) -> tuple[Principal, ...]:
    known = (read_object(row).as_principal() for row in found["principal"])
    return tuple(one for one in known if one is not None)


def _is_known(scope: Scope, objects: Sequence[Row]) -> bool:
    if scope.level is ScopeLevel.TENANT:
        return True
    is_unit = scope.level is ScopeLevel.ADMINISTRATIVE_UNIT
    return any((row[0] == ObjectKind.ADMINISTRATIVE_UNIT.value) or not is_unit for row in objects)


def _read_azure_roles(
    held: Sequence[Grant], custom: Sequence[Row]
) -> Mapping[RoleId, tuple[Permission, ...]]:
    known = built_in_azure_roles()
    found = {RoleId(row[0]): read_permissions(row[4]) if row[1] else () for row in custom}
    ids = {grant.slot.role_id for grant in held}
    return found | {id_: known[id_].permissions for id_ in ids if id_ in known}


@lru_cache(_KEPT)
def _read_actions(actions: str, inherits_from: str) -> Permission:
    """What a role of the directory allows, with what it has of others, which are built in."""
    known = built_in_roles()
    more = (known[RoleId(id_)].actions for id_ in read_texts(inherits_from) if id_ in known)
    return as_permission((*read_texts(actions), *(one for some in more for one in some)))
