"""An issuer that signs whatever a test wants, and a source that tells its documents."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from timebound.outgoing.contracts import FetchFault, FetchProblem

NOW: Final = datetime(2030, 1, 1, 12, tzinfo=UTC)
ISSUER: Final = "https://idp.example/realm"
AUDIENCE: Final = "api://timebound"
RSA: Final = RSAKey.generate_key(2048)
EC: Final = ECKey.generate_key("P-256")


def publish(key: RSAKey | ECKey, kid: str, **more: object) -> dict[str, Any]:
    """The public half of a key as it is listed."""
    return {**key.as_dict(private=False), "kid": kid, "use": "sig", **more}


def encode(content: object) -> str:
    """A part of a token."""
    text = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return urlsafe_b64encode(text).decode().rstrip("=")


def claims(**changes: object) -> dict[str, Any]:
    """The claims of a good token, with changes; None leaves one out."""
    at = int(NOW.timestamp())
    good = {"iss": ISSUER, "sub": "s1", "aud": AUDIENCE, "iat": at, "exp": at + 3600}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def sign(content: object, key: RSAKey | ECKey = RSA, **header: object) -> str:
    """A token with this content."""
    default: dict[str, Any] = {"alg": "RS256", "kid": "rsa", "typ": "JWT"}
    protected = {name: value for name, value in {**default, **header}.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[protected["alg"]], strict_check_header=False)
    payload = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return jws.serialize_compact(protected, payload, key, registry=registry)


@dataclass(slots=True)
class Documents:
    """Documents by their URLs, counted as they are read; what is not there cannot be reached."""

    by_url: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put_issuer(self, *keys: Mapping[str, Any], issuer: str = ISSUER, **more: object) -> None:
        """The metadata and the keys of an issuer."""
        base = issuer.rstrip("/")
        described = {"issuer": issuer, "jwks_uri": f"{base}/keys", **more}
        self.by_url[f"{base}/.well-known/openid-configuration"] = described
        self.by_url[f"{base}/keys"] = {"keys": list(keys)}

    async def fetch_json(self, url: str) -> Mapping[str, Any] | FetchFault:
        """The document."""
        self.asked.append(url)
        return self.by_url.get(url, FetchFault(FetchProblem.UNREACHABLE, url))

    async def fetch_newer(self, url: str, than: timedelta) -> Mapping[str, Any] | FetchFault:
        """The document."""
        assert than > timedelta()
        return await self.fetch_json(url)


def usual_documents() -> Documents:
    """An issuer with one key of each kind."""
    documents = Documents()
    documents.put_issuer(publish(RSA, "rsa"), publish(EC, "ec"))
    return documents
