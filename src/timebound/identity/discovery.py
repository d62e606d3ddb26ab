"""The documents by which clients learn where everything is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from timebound.application.ports import IdentityStore, TenantRecord
from timebound.identity.forms import NUL
from timebound.identity.keys import ALGORITHM
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OPENID_SCOPES, split_url

SHARED_TENANTS: Final = frozenset({"common", "organizations"})


@dataclass(frozen=True, slots=True)
class Place:
    """Which tenant a path names, and as what."""

    tenant: TenantRecord | None
    """None where `common` or `organizations` stands for several."""
    segment: str


async def find_place(store: IdentityStore, segment: str) -> Place | Refusal:
    """The tenant that a path's first segment names: an id, a domain, or the only one there is."""
    if segment.lower() in SHARED_TENANTS:
        return Place(await store.sole_tenant(), segment.lower())
    tenant = None if NUL in segment else await store.find_tenant(segment)
    return Refusal(Fault.TENANT_UNKNOWN, segment) if tenant is None else Place(tenant, segment)


def write_issuer(origin: str, tenant_id: str) -> str:
    """The issuer of a tenant's tokens."""
    return f"{origin}/{tenant_id}/v2.0"


def describe_tenant(
    origin: str, graph_host: str | None, place: Place, grants: Sequence[str]
) -> Mapping[str, Any]:
    """The OpenID configuration of a tenant; it names the host of the Graph that goes with it."""
    base = f"{origin}/{place.segment}"
    # quirk(identity): under `common` and `organizations` the issuer is a template, because the
    # tenant is known only once somebody has signed in - OpenID Connect on the identity platform
    is_shared = place.segment in SHARED_TENANTS or place.tenant is None
    tenant_id = "{tenantid}" if is_shared or place.tenant is None else place.tenant.id
    document = {
        "issuer": write_issuer(origin, tenant_id),
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "grant_types_supported": list(grants),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": [*OPENID_SCOPES, "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "name", "tid"],
        "tenant_region_scope": None,
        "cloud_instance_name": urlsplit(origin).netloc,
    }
    return document if graph_host is None else {**document, "msgraph_host": graph_host}


def describe_instance(
    origin: str, origins: Sequence[str], asked: str | None
) -> Mapping[str, Any] | Refusal:
    """Which authority stands behind an authorization endpoint, and by which names it goes."""
    parts = split_url(asked or f"{origin}/common/oauth2/v2.0/authorize")
    if parts is None or f"{parts.scheme}://{parts.netloc}" not in origins:
        return Refusal(Fault.INSTANCE_UNKNOWN, asked or "")
    segment = parts.path.strip("/").partition("/")[0] or "common"
    hosts = [urlsplit(one).netloc for one in origins]
    own = urlsplit(origin).netloc
    return {
        "tenant_discovery_endpoint": f"{origin}/{segment}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": own, "preferred_cache": own, "aliases": hosts}],
    }


async def describe_realm(store: IdentityStore, origin: str, name: str) -> Mapping[str, Any]:
    """How the domain of a user name signs in; always with us, if we know it."""
    domain = name.rpartition("@")[2]
    known = await store.find_tenant(domain) if domain and NUL not in domain else None
    host = urlsplit(origin).netloc
    document: dict[str, Any] = {
        "ver": "1.0",
        "account_type": "Unknown" if known is None else "Managed",
        "domain_name": domain,
        "cloud_instance_name": host,
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }
    return document
