"""The two versions of the protocol: paths, issuers and claims differ between them."""

from enum import Enum


class Version(Enum):
    """A version of the endpoints and of the tokens that they give, as `ver` tells it."""

    V1 = "1.0"
    V2 = "2.0"


def write_issuer(origin: str, tenant_id: str, version: Version = Version.V2) -> str:
    """The issuer of a tenant's tokens."""
    return f"{origin}/{tenant_id}/" if version is Version.V1 else f"{origin}/{tenant_id}/v2.0"
