"""The file in which the operator says who vouches for people: read whole, or refused."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from timebound.domain.ids import ApplicationId
from timebound.identity.discovery import SHARED_TENANTS
from timebound.identity.federation_rules import (
    TENANT_ID,
    USUAL_ALGORITHMS,
    FactorRules,
    Federation,
    PeopleRules,
    Provider,
    TokenIssuer,
)
from timebound.identity.outgoing.issuers import SIGNATURES
from timebound.outgoing.contracts import write_origin
from timebound.server.config import ConfigError
from timebound.server.kept_secrets import SecretPlace, read_secret
from timebound.server.seed_yaml import YamlError, read_yaml

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_BY_ISSUER: Final = "issuer"
"""What `verifiedBy` says where the issuer answers for the claim itself."""


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A section of the file."""


class _People(_Shape, frozen=True):
    """Whom of the tenant a stranger can turn out to be."""

    match: str | None = None
    verified_by: str = "email_verified"
    domains: tuple[str, ...] = ()
    create: bool = False
    authoritative: bool = False
    links: dict[str, str] = {}


class _Factors(_Shape, frozen=True):
    """What tells of a second factor."""

    amr: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()


class _Provider(_Shape, frozen=True):
    """One upstream provider."""

    tenant: str
    name: str
    issuer: str
    client_id: str
    display_name: str | None = None
    client_secret: SecretPlace | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    algorithms: tuple[str, ...] = tuple(sorted(USUAL_ALGORITHMS))
    people: _People = _People()
    second_factor: _Factors = _Factors()
    tenants: tuple[str, ...] = ()
    shared_tenant: str = "common"

    def list_issuers(self) -> frozenset[str]:
        """Whose tokens are believed."""
        return frozenset(self.issuer.replace(TENANT_ID, one) for one in self.tenants or ("",))


class _Issuer(_Shape, frozen=True):
    """One issuer of access tokens."""

    tenant: str
    issuer: str
    audience: str
    application: str
    algorithms: tuple[str, ...] = tuple(sorted(USUAL_ALGORITHMS))
    clients: tuple[str, ...] = ()
    people: _People = _People()
    second_factor: _Factors = _Factors()


class _File(_Shape, frozen=True):
    """The whole file."""

    providers: tuple[_Provider, ...] = ()
    token_issuers: tuple[_Issuer, ...] = ()


def read_federation(path: Path | None, plain: Iterable[str] = ()) -> Federation:
    """What the file says; nothing without one. ConfigError names what cannot be.

    `plain` are the origins that the operator lists: one of plain HTTP is an issuer's only if it
    is among them.
    """
    if path is None:
        return Federation()
    try:
        content = read_yaml(path.read_text(encoding="utf-8")).data
        read = msgspec.convert(content or {}, _File)
    except YamlError as error:
        raise _fault(path, error.problem) from error
    except (OSError, ValueError) as error:
        raise _fault(path, str(error)) from error
    try:
        _check(read, frozenset(plain))
        providers = [_make_provider(path.parent, one) for one in read.providers]
    except ValueError as error:
        raise _fault(path, str(error)) from error
    return Federation(providers, [_make_issuer(one) for one in read.token_issuers])


def list_issuer_origins(federation: Federation) -> frozenset[str]:
    """The origins of everybody who vouches: who is written down may be asked."""
    providers = [one.issuer for one in federation.providers]
    issuers = [*providers, *(one.issuer for one in federation.issuers)]
    return frozenset(origin for one in issuers if (origin := write_origin(one)) is not None)


def _fault(path: Path, what: str) -> ConfigError:
    return ConfigError(f"--federation {path}: {what}")


def _check(read: _File, plain: frozenset[str]) -> None:
    for index, provider in enumerate(read.providers):
        place = f"providers[{index}]"
        if not _NAME.fullmatch(provider.name):
            raise ValueError(f"`{place}.name`: letters a-z, digits and hyphens, 40 at most")
        if "openid" not in provider.scopes:
            raise ValueError(f"`{place}.scopes`: `openid` is missing")
        _check_tenants(place, provider)
        _check_common(place, provider, plain)
    for index, issuer in enumerate(read.token_issuers):
        place = f"tokenIssuers[{index}]"
        if "{" in issuer.issuer:
            raise ValueError(f"`{place}.issuer`: it stands for one tenant, not for many")
        _check_common(place, issuer, plain)
        _check_audience(place, issuer, read.providers)
    _refuse_twice("name", ((one.tenant, one.name) for one in read.providers))
    _refuse_twice("audience", ((one.issuer, one.audience) for one in read.token_issuers))


def _check_tenants(place: str, one: _Provider) -> None:
    """An issuer that stands for many tenants is nobody's word until it is said which count."""
    is_template = one.issuer.count(f"/{TENANT_ID}/") == 1 == one.issuer.count(TENANT_ID)
    if "{" in one.issuer and not is_template:
        raise ValueError(f"`{place}.issuer`: {TENANT_ID} is one part of the path, between slashes")
    if is_template is not bool(one.tenants):
        raise ValueError(f"`{place}.tenants`: they go with an issuer that has {TENANT_ID} in it")
    for tenant in one.tenants:
        if not _GUID.fullmatch(tenant):
            raise ValueError(f"`{place}.tenants`: `{tenant}` is not an id in lower case")
    if one.shared_tenant not in SHARED_TENANTS:
        raise ValueError(f"`{place}.sharedTenant`: common or organizations")
    if is_template and one.people.links:
        raise ValueError(f"`{place}.people.links`: a subject is somebody of one tenant alone")


def _check_common(place: str, one: _Provider | _Issuer, plain: frozenset[str]) -> None:
    parts, origin = urlsplit(one.issuer), write_origin(one.issuer)
    is_plain = parts.scheme == "http" and origin in plain
    if (
        origin is None
        or parts.query
        or parts.fragment
        or (parts.scheme != "https" and not is_plain)
    ):
        raise ValueError(f"`{place}.issuer`: https://HOST with a path at most; http if listed")
    if not one.algorithms or not set(one.algorithms) <= SIGNATURES:
        known = ", ".join(sorted(SIGNATURES))
        raise ValueError(f"`{place}.algorithms`: there are {known}")
    people = one.people
    for domain in people.domains:
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(f"`{place}.people.domains`: `{domain}` is not a domain in lower case")
    if people.match is not None and not people.domains:
        raise ValueError(f"`{place}.people.domains`: whose names `match` may say is missing")
    if people.create and people.match is None:
        raise ValueError(f"`{place}.people.match`: the claim that names who is made is missing")


def _check_audience(place: str, issuer: _Issuer, providers: Sequence[_Provider]) -> None:
    """An id token is proof for a browser's sign-in, and must never be one for a call."""
    clients = {one.client_id for one in providers if issuer.issuer in one.list_issuers()}
    if issuer.audience in clients:
        raise ValueError(f"`{place}.audience`: it is a provider's clientId, whose id tokens say it")


def _refuse_twice(name: str, given: Iterable[tuple[str, str]]) -> None:
    for pair, number in Counter(given).items():
        if number > 1:
            raise ValueError(f"`{name}`: `{pair[1]}` is given twice for `{pair[0]}`")


def _make_provider(folder: Path, read: _Provider) -> Provider:
    return Provider(
        tenant=read.tenant,
        name=read.name,
        display_name=read.display_name or read.name,
        issuer=read.issuer,
        client_id=read.client_id,
        client_secret=_read_secret(folder, read),
        scopes=read.scopes,
        algorithms=frozenset(read.algorithms),
        people=_make_people(read.people),
        factors=FactorRules(frozenset(read.second_factor.amr), read.second_factor.acr),
        tenants=read.tenants,
        shared_tenant=read.shared_tenant,
    )


def _make_issuer(read: _Issuer) -> TokenIssuer:
    return TokenIssuer(
        tenant=read.tenant,
        issuer=read.issuer,
        audience=read.audience,
        application_id=ApplicationId(read.application.lower()),
        algorithms=frozenset(read.algorithms),
        clients=frozenset(read.clients),
        people=_make_people(read.people),
        factors=FactorRules(frozenset(read.second_factor.amr), read.second_factor.acr),
    )


def _make_people(read: _People) -> PeopleRules:
    return PeopleRules(
        match=read.match,
        verified_by=None if read.verified_by == _BY_ISSUER else read.verified_by,
        domains=frozenset(read.domains),
        is_creating=read.create,
        is_authoritative=read.authoritative,
        links=read.links,
    )


def _read_secret(folder: Path, read: _Provider) -> str | None:
    place = read.client_secret
    what = f"`clientSecret` of `{read.name}`"
    return None if place is None else read_secret(folder, what, place)
