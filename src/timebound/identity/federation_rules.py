"""What the operator says about others who vouch for people, and what is taken from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from timebound.application.ports import TenantRecord
from timebound.domain.ids import ApplicationId

TENANT_ID: Final = "{tenantid}"
"""What stands in an issuer for the tenants of somebody who issues for many."""
USUAL_ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256"})


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """Whom of the tenant a stranger can turn out to be.

    A stranger is known by issuer and subject. Who is met for the first time is somebody of the
    tenant by the claim `match`, if it says a name of one of `domains` and `verified_by` is true
    in the same token; None for either takes nothing, or takes the claim as it is. `links` are
    subjects with the names of those who they are.
    """

    match: str | None = None
    verified_by: str | None = "email_verified"
    domains: frozenset[str] = frozenset()
    is_creating: bool = False
    is_authoritative: bool = False
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactorRules:
    """Which `amr` and `acr` tell that there was a second factor; each one suffices."""

    methods: frozenset[str] = frozenset()
    contexts: Sequence[str] = ()

    def are_met_by(self, methods: frozenset[str], context: str | None) -> bool:
        """Whether a token tells of a second factor."""
        return not self.methods.isdisjoint(methods) or context in self.contexts


@dataclass(frozen=True, slots=True)
class Provider:
    """An upstream provider that people of a tenant may sign in with.

    An issuer that stands for many tenants is believed about those of `tenants` alone; the browser
    goes to the one that all of them share, `shared_tenant`.
    """

    tenant: str
    name: str
    display_name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: Sequence[str] = ("openid", "profile", "email")
    algorithms: frozenset[str] = USUAL_ALGORITHMS
    people: PeopleRules = field(default_factory=PeopleRules)
    factors: FactorRules = field(default_factory=FactorRules)
    tenants: Sequence[str] = ()
    shared_tenant: str = "common"

    @property
    def issuers(self) -> frozenset[str]:
        """Whose tokens are believed: those of the issuer, or of each tenant that is listed."""
        if TENANT_ID not in self.issuer:
            return frozenset({self.issuer})
        return frozenset(self.issuer.replace(TENANT_ID, one) for one in self.tenants)

    @property
    def described_at(self) -> str:
        """Below which address the metadata is."""
        return self.issuer.replace(TENANT_ID, self.shared_tenant)


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """An issuer whose access tokens our APIs take, and the application of ours they count for.

    `clients` are those of the issuer's whose tokens are taken; every one if there are none.
    """

    tenant: str
    issuer: str
    audience: str
    application_id: ApplicationId
    algorithms: frozenset[str] = USUAL_ALGORITHMS
    clients: frozenset[str] = frozenset()
    people: PeopleRules = field(default_factory=PeopleRules)
    factors: FactorRules = field(default_factory=FactorRules)


@dataclass(frozen=True, slots=True)
class Federation:
    """Everybody who vouches for people here; nobody unless the operator says so."""

    providers: Sequence[Provider] = ()
    issuers: Sequence[TokenIssuer] = ()

    def list_providers(self, tenant: TenantRecord) -> Sequence[Provider]:
        """The providers that people of the tenant may choose from, in the operator's order."""
        return [one for one in self.providers if is_of(one.tenant, tenant)]

    def find_provider(self, tenant: TenantRecord, name: str) -> Provider | None:
        """The provider of that name, of this very tenant."""
        return next((one for one in self.list_providers(tenant) if one.name == name), None)

    def find_issuers(self, issuer: str) -> Sequence[TokenIssuer]:
        """What is said about an issuer, letter by letter; once for each audience."""
        return [one for one in self.issuers if one.issuer == issuer]


NOBODY: Final = Federation()
"""Where the operator says of nobody that they vouch for people."""


def is_of(named: str, tenant: TenantRecord) -> bool:
    """Whether an id or a verified domain names the tenant."""
    return named.lower() in {tenant.id.lower(), *(one.lower() for one in tenant.domains)}
