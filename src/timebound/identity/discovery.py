"""The documents by which clients learn where everything is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from timebound.application.ports import IdentityStore, TenantRecord
from timebound.identity.assertions import PROOF_ALGORITHMS
from timebound.identity.forms import NUL
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OPENID_SCOPES, split_url
from timebound.identity.versions import Version, write_issuer

SHARED_TENANTS: Final = frozenset({"common", "organizations"})
AUTHORIZATION_CODE: Final = "authorization_code"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT_PROOFS: Final = ("client_secret_post", "client_secret_basic", "private_key_jwt")
USERINFO_PATH: Final = "/oidc/userinfo"
PROMPTS: Final = ("none", "login", "consent", "select_account")
_CLAIMS: Final = (
    *("sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "acrs", "nonce"),
    *("name", "preferred_username", "oid", "tid"),
)
_IN_PATH: Final = {Version.V1: "", Version.V2: "v2.0/"}


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


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the services are that go with an origin: as URLs, none where there is no such one."""

    authority: str
    arm: str | None = None
    graph: str | None = None
    portal: str | None = None


def describe_tenant(
    cloud: Cloud,
    place: Place,
    grants: Sequence[str],
    algorithms: Sequence[str],
    version: Version = Version.V2,
) -> Mapping[str, Any]:
    """The OpenID configuration of a tenant, which is the metadata of RFC 8414 as well.

    It names only endpoints that the grants have a use for, and the Graph that goes with it.
    """
    origin = cloud.authority
    base = f"{origin}/{place.segment}"
    # quirk(identity): under `common` and `organizations` the issuer is a template, because the
    # tenant is known only once somebody has signed in - OpenID Connect on the identity platform
    is_shared = place.segment in SHARED_TENANTS or place.tenant is None
    tenant_id = "{tenantid}" if is_shared or place.tenant is None else place.tenant.id
    document = {
        "issuer": write_issuer(origin, tenant_id, version),
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/{_IN_PATH[version]}token",
        "jwks_uri": f"{base}/discovery/{_IN_PATH[version]}keys",
        "introspection_endpoint": f"{base}/oauth2/v2.0/introspect",
        "revocation_endpoint": f"{base}/oauth2/v2.0/revoke",
        "token_endpoint_auth_methods_supported": list(CLIENT_PROOFS),
        "token_endpoint_auth_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "grant_types_supported": list(grants),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(algorithms),
        "scopes_supported": [*OPENID_SCOPES, "offline_access"],
        "claims_supported": list(_CLAIMS),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "tenant_region_scope": None,
        "cloud_instance_name": urlsplit(origin).netloc,
    }
    signing_in = _tell_sign_in(base, grants, is_shared=is_shared)
    return {**document, **signing_in, **_tell_graph(cloud.graph)}


def _tell_sign_in(base: str, grants: Sequence[str], *, is_shared: bool) -> Mapping[str, Any]:
    told: dict[str, Any] = {}
    if DEVICE_CODE in grants:
        told["device_authorization_endpoint"] = f"{base}/oauth2/v2.0/devicecode"
    if AUTHORIZATION_CODE in grants:
        told["end_session_endpoint"] = f"{base}/oauth2/v2.0/logout"
        told["prompt_values_supported"] = list(PROMPTS)
        # Answers name the tenant's issuer, which a template is not (RFC 9207, 2.4).
        told["authorization_response_iss_parameter_supported"] = not is_shared
    return told


def _tell_graph(graph: str | None) -> Mapping[str, str]:
    if graph is None:
        return {}
    return {"msgraph_host": urlsplit(graph).netloc, "userinfo_endpoint": f"{graph}{USERINFO_PATH}"}


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
