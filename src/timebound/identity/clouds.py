"""The description of the whole cloud that azure-cli and Terraform begin with."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from timebound.identity.discovery import Cloud
from timebound.identity.scopes import ARM_AUDIENCE, GRAPH_AUDIENCE

_AS_ONE_OBJECT: Final = "2022-09-01"
CORE_AUDIENCE: Final = "https://management.core.windows.net/"


def describe_cloud(cloud: Cloud, api_version: str) -> Mapping[str, Any] | Sequence[Any]:
    """Where the services are: one object for 2022-09-01 and later, a list of clouds before."""
    # quirk(arm): of the versions of this document one shows a single cloud, all others a list -
    # clients/contract.md, 3.4
    document = _describe(cloud)
    return document if api_version == _AS_ONE_OBJECT else [document]


def _describe(cloud: Cloud) -> Mapping[str, Any]:
    arm, graph = cloud.arm or cloud.authority, cloud.graph or cloud.authority
    return {
        "name": urlsplit(arm).hostname,
        "portal": cloud.portal or arm,
        "resourceManager": f"{arm}/",
        "microsoftGraphResourceId": f"{graph}/",
        # Clients fall back to this one, and older ones call it as a service.
        "graph": f"{graph}/",
        "graphAudience": GRAPH_AUDIENCE + "/",
        "authentication": {
            "loginEndpoint": f"{cloud.authority}/",
            # The first of these is what clients ask their tokens for Azure for.
            "audiences": [f"{ARM_AUDIENCE}/", CORE_AUDIENCE],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        # Of these services there is none here, but clients refuse a cloud without their addresses.
        "gallery": f"{arm}/",
        "batch": f"{arm}/",
        "media": f"{arm}/",
        "sqlManagement": f"{arm}/",
        "vmImageAliasDoc": f"{arm}/",
        "activeDirectoryDataLake": f"{arm}/",
        "suffixes": {},
    }
