"""The workloads of other issuers that an application trusts as itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from timebound.domain.events import Fact

FEDERATED: Final = "federatedIdentityCredentials"


@dataclass(frozen=True, slots=True)
class FederatedCredential:
    """Which token of another issuer stands for the application: issuer, subject and audience."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]


def list_federated(attributes: Mapping[str, Fact]) -> tuple[FederatedCredential, ...]:
    """The workloads among the attributes of an application."""
    kept = attributes.get(FEDERATED)
    if not isinstance(kept, tuple):
        return ()
    return tuple(_read(one) for one in kept if isinstance(one, Mapping))


def _read(described: Mapping[str, Fact]) -> FederatedCredential:
    audiences = described["audiences"]
    return FederatedCredential(
        str(described["issuer"]),
        str(described["subject"]),
        tuple(str(one) for one in audiences) if isinstance(audiences, tuple) else (),
    )
