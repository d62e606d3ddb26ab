"""Identifiers as distinct types, so that no principal's id is ever taken for a role's."""

from typing import NewType

TenantId = NewType("TenantId", str)
PrincipalId = NewType("PrincipalId", str)
RoleId = NewType("RoleId", str)
RequestId = NewType("RequestId", str)
GrantId = NewType("GrantId", str)
EventId = NewType("EventId", str)
ApplicationId = NewType("ApplicationId", str)
"""The `appId` of an application (what tokens call `appid` or `azp`), not its object id."""
