"""APIs of the tenant's own: applications that others ask tokens for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from timebound.domain.delegations import name_permission
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.granting import Granting
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import Api, AskedScopes

_SCHEME: Final = "api://"
_USER: Final = "User"


async def read_scopes(granting: Granting, tenant_id: TenantId, scope: str) -> AskedScopes | Refusal:
    """The scopes of a request, whose API may be an application of the tenant.

    It goes by its application id, alone or behind `api://`.
    """
    asked = granting.audiences.read(scope)
    if not isinstance(asked, Refusal) or asked.fault is not Fault.RESOURCE_UNKNOWN:
        return asked
    app_id = read_application_name(asked.about)
    registration = await granting.store.find_registration(tenant_id, app_id)
    if registration is None:
        return asked
    return granting.audiences.read(scope, {asked.about: Api(app_id)})


def read_application_name(name: str) -> ApplicationId:
    """The application id that an audience is, if it is one."""
    return ApplicationId(name.lower().removeprefix(_SCHEME).rstrip("/"))


@dataclass(frozen=True, slots=True)
class Exposed:
    """A permission that an API of the tenant's own exposes to applications that act for people."""

    id: str
    value: str
    is_free: bool
    """Whether everybody may consent to it for themselves."""


def list_exposed(registration: DirectoryObject | None) -> tuple[Exposed, ...]:
    """What an application exposes, as far as it is enabled."""
    return tuple(_list_exposed(_read_api(registration)))


def list_preauthorized(
    registration: DirectoryObject | None, client_id: ApplicationId
) -> frozenset[str]:
    """What an application lets a client have for anybody, without consent."""
    known = {one.id: one.value for one in list_exposed(registration)}
    allowed = _read_api(registration).get("preAuthorizedApplications")
    named: set[str] = set()
    for one in allowed if isinstance(allowed, tuple) else ():
        if isinstance(one, Mapping) and str(one.get("appId")).lower() == client_id:
            ids = one.get("delegatedPermissionIds")
            named.update(str(each) for each in (ids if isinstance(ids, tuple) else ()))
    return frozenset(known[each] for each in named if each in known)


def wants_roles(registration: DirectoryObject | None) -> bool:
    """Whether an API has asked to be told in tokens which directory roles are in force.

    Source: Graph, application, groupMembershipClaims.
    """
    asked = None if registration is None else registration.attributes.get("groupMembershipClaims")
    return bool({"DirectoryRole", "All"}.intersection(re.split(r"[,\s]+", str(asked or ""))))


def _list_exposed(api: Mapping[str, object]) -> Iterator[Exposed]:
    scopes = api.get("oauth2PermissionScopes")
    for one in scopes if isinstance(scopes, tuple) else ():
        if isinstance(one, Mapping) and one.get("isEnabled") is not False and one.get("value"):
            yield Exposed(str(one.get("id")), str(one["value"]), one.get("type") == _USER)


def _read_api(registration: DirectoryObject | None) -> Mapping[str, object]:
    api = None if registration is None else registration.attributes.get("api")
    return api if isinstance(api, Mapping) else {}


def write_permission(app_id: ApplicationId, value: str) -> str:
    """A permission of an API of the tenant's own as it is kept: beside those of Microsoft Graph."""
    return name_permission(app_id, value)


def read_permissions(app_id: ApplicationId, kept: frozenset[str]) -> frozenset[str]:
    """Those of the permissions kept that are of an API, as its tokens name them."""
    prefix = write_permission(app_id, "")
    return frozenset(one.removeprefix(prefix) for one in kept if one.startswith(prefix))
