"""The keys of other issuers: found by their metadata, read anew for a key that is not known."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from timebound.identity.outgoing.contracts import JsonSource
from timebound.outgoing.contracts import FetchFault

READ_AGAIN_AFTER: Final = timedelta(seconds=60)
"""How often, at most, a key that is not known makes us read the keys of an issuer anew."""
MOST_KEYS: Final = 64
_RSA_BYTES: Final = range(256, 1025)
"""Shorter keys can be broken, longer ones keep a server busy."""
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_KINDS: Final[Mapping[str, tuple[str, str | None]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
SIGNATURES: Final = frozenset(_KINDS)
"""The algorithms that we take: those of public keys, with which nobody can sign who reads them."""

PublicKey: TypeAlias = RSAKey | ECKey | OKPKey


class KeySource(JsonSource, Protocol):
    """Reads documents, anew if that is wished."""

    async def fetch_newer(self, url: str, than: timedelta) -> Mapping[str, Any] | FetchFault:
        """The JSON object at a URL, read no longer ago than this."""
        ...


@dataclass(frozen=True, slots=True)
class WrongIssuer:
    """Metadata that speaks of another issuer than the one whose it should be, or of nothing."""

    told: str


class IssuerKeys:
    """Finds keys of issuers; which issuers are believed is for others to say."""

    def __init__(self, source: KeySource) -> None:
        self._source = source

    async def describe(
        self, issuer: str, at: str | None = None
    ) -> Mapping[str, Any] | FetchFault | WrongIssuer:
        """The metadata of an issuer, once it names that very issuer (OpenID Discovery, 4.3).

        What stands for many issuers is described elsewhere than below its name.
        """
        document = await self._source.fetch_json(f"{(at or issuer).rstrip('/')}{_WELL_KNOWN}")
        if isinstance(document, FetchFault):
            return document
        return document if document.get("issuer") == issuer else WrongIssuer(_text(document))

    async def find_key(
        self, issuer: str, key_id: str | None, algorithm: str
    ) -> PublicKey | FetchFault | WrongIssuer | None:
        """The issuer's key of that id that signs by that algorithm; none if it has no such key.

        Without an id only an issuer with a single fitting key is understood.
        """
        described = await self.describe(issuer)
        if isinstance(described, FetchFault | WrongIssuer):
            return described
        url = described.get("jwks_uri")
        if not isinstance(url, str):
            return None
        document = await self._source.fetch_json(url)
        found = _choose(document, key_id, algorithm)
        if found is None:
            document = await self._source.fetch_newer(url, READ_AGAIN_AFTER)
            found = _choose(document, key_id, algorithm)
        return found


def find_endpoint(described: Mapping[str, Any] | FetchFault | WrongIssuer, name: str) -> str | None:
    """An endpoint from the metadata; nobody is sent where others could listen in."""
    url = described.get(name) if isinstance(described, Mapping) else None
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return None
    is_plain = isinstance(described, Mapping) and str(described.get("issuer")).startswith("http:")
    return url if url.startswith(("https://", "http://") if is_plain else "https://") else None


def _text(document: Mapping[str, Any]) -> str:
    return str(document.get("issuer"))[:200]


def _choose(
    document: Mapping[str, Any] | FetchFault, key_id: str | None, algorithm: str
) -> PublicKey | FetchFault | None:
    if isinstance(document, FetchFault):
        return document
    listed = document.get("keys")
    keys: Sequence[Any] = listed[:MOST_KEYS] if isinstance(listed, list) else ()
    fitting = [one for one in keys if _fits(one, key_id, algorithm)]
    is_clear = len(fitting) == 1 or (key_id is not None and bool(fitting))
    return _read(fitting[0]) if is_clear else None


def _fits(one: object, key_id: str | None, algorithm: str) -> bool:
    """Whether a key is meant for signatures by this algorithm; what it is says how it signs."""
    kind = _KINDS.get(algorithm)
    if not isinstance(one, dict) or kind is None:
        return False
    return (
        (key_id is None or one.get("kid") == key_id)
        and one.get("kty") == kind[0]
        and (kind[1] is None or one.get("crv") == kind[1])
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
    )


def _read(one: Mapping[str, Any]) -> PublicKey | None:
    kinds: Mapping[str, type[PublicKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    names = ("kty", "n", "e", "crv", "x", "y")
    public = {name: one[name] for name in names if isinstance(one.get(name), str)}
    try:
        is_fit = public["kty"] != "RSA" or _length(public["n"]) in _RSA_BYTES
        return kinds[public["kty"]].import_key(public) if is_fit else None
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def _length(number: str) -> int:
    return len(urlsafe_b64decode(number + "=" * (-len(number) % 4)).lstrip(b"\0"))
