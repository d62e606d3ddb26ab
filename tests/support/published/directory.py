"""The published operations that read the directory: what each path answers, and of which set."""

from collections.abc import Iterator
from typing import Final

_ROOTS: Final = {
    "user": "users",
    "group": "groups",
    "servicePrincipal": "servicePrincipals",
    "application": "applications",
    "administrativeUnit": "directory/administrativeUnits",
    "directoryRole": "directoryRoles",
}
_MEMBERS: Final = ("user", "group", "servicePrincipal")
_OWNERS: Final = ("user", "servicePrincipal")
_OWNED: Final = ("group", "application", "servicePrincipal")
_BELONGING: Final = ("group", "administrativeUnit", "directoryRole")
_RELATIONS: Final = {
    "groups/{}/members": _MEMBERS,
    "groups/{}/transitiveMembers": _MEMBERS,
    "groups/{}/owners": _OWNERS,
    "applications/{}/owners": _OWNERS,
    "servicePrincipals/{}/owners": _OWNERS,
    "servicePrincipals/{}/ownedObjects": _OWNED,
    "users/{}/ownedObjects": _OWNED,
    "me/ownedObjects": _OWNED,
    "directory/administrativeUnits/{}/members": ("user", "group"),
    "administrativeUnits/{}/members": ("user", "group"),
    "directoryRoles/{}/members": _MEMBERS,
    **{
        f"{one}/{name}": _BELONGING
        for one in ("groups/{}", "users/{}", "servicePrincipals/{}", "me")
        for name in ("memberOf", "transitiveMemberOf")
    },
}
_METHODS: Final = {
    "methods": "authenticationMethod",
    "fido2Methods": "fido2AuthenticationMethod",
    "passwordMethods": "passwordAuthenticationMethod",
    "softwareOathMethods": "softwareOathAuthenticationMethod",
}
_REST: Final = """
GET  directory/deletedItems/user               [user]               200 users
GET  directory/deletedItems/group              [group]              200 groups
GET  directory/deletedItems/application        [application]        200 applications
GET  directory/deletedItems/servicePrincipal   [servicePrincipal]   200 servicePrincipals
GET  directory/deletedItems/administrativeUnit [administrativeUnit] 200 \
     directory/administrativeUnits
GET  administrativeUnits                           [administrativeUnit]
GET  administrativeUnits/{}                        administrativeUnit
GET  administrativeUnits/{}/scopedRoleMembers      [scopedRoleMembership] 200 scopedRoleMemberships
GET  directory/administrativeUnits/{}/scopedRoleMembers \
     [scopedRoleMembership] 200 scopedRoleMemberships
GET  directoryRoles                                [directoryRole]
GET  directoryRoles/{}                             directoryRole
GET  directoryRoles/{}/scopedMembers               [scopedRoleMembership] 200 scopedRoleMemberships
POST directoryRoles                                directoryRole
POST directoryRoles/{}/members/$ref                -
DELETE directoryRoles/{}/members/{}/$ref           -
GET  directoryRoleTemplates                        [directoryRoleTemplate]
GET  directoryRoleTemplates/{}                     directoryRoleTemplate
GET  organization                                  [organization]
GET  organization/{}                               organization
POST directoryObjects/getByIds                     [directoryObject] 200 directoryObjects
GET  users/{}/appRoleAssignments                   [appRoleAssignment]
GET  servicePrincipals/{}/appRoleAssignments       [appRoleAssignment]
GET  servicePrincipals/{}/appRoleAssignedTo        [appRoleAssignment]
GET  servicePrincipals/{}/oauth2PermissionGrants \
     [oAuth2PermissionGrant] 200 oauth2PermissionGrants
GET  users/{}/oauth2PermissionGrants [oAuth2PermissionGrant] 200 oauth2PermissionGrants
GET  me/oauth2PermissionGrants [oAuth2PermissionGrant] 200 oauth2PermissionGrants
GET  applications/{}/federatedIdentityCredentials  [federatedIdentityCredential]
GET  applications/{}/federatedIdentityCredentials/{} federatedIdentityCredential
GET  oauth2PermissionGrants                        [oAuth2PermissionGrant]
GET  oauth2PermissionGrants/{}                     oAuth2PermissionGrant
"""


def list_directory_rows() -> Iterator[str]:
    """The rows, in the form of the table."""
    for path, casts in _RELATIONS.items():
        yield f"GET {path} [directoryObject] 200 directoryObjects"
        yield f"GET {path}/$ref [$ref]"
        for name in casts:
            yield f"GET {path}/{name} [{name}] 200 {_ROOTS[name]}"
    for one in ("users/{}", "me"):
        for name, type_ in _METHODS.items():
            yield f"GET {one}/authentication/{name} [{type_}]"
            yield f"GET {one}/authentication/{name}/{{}} {type_}"
    for name in ("fido2Methods", "softwareOathMethods"):
        yield f"DELETE users/{{}}/authentication/{name}/{{}} -"
    for one in ("groups/{}", "users/{}", "servicePrincipals/{}", "directoryObjects/{}", "me"):
        for action in ("checkMember", "getMember"):
            yield f"POST {one}/{action}Groups [Edm.String] 200"
            yield f"POST {one}/{action}Objects [Edm.String] 200"
    yield from _REST.strip().splitlines()
