"""The unmodified Python SDK of Microsoft Graph, pointed at a running service."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx
from azure.core.credentials import AccessToken
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # it ships no types

from tests.support.published import PublishedTransport

SCOPE: Final = "https://graph.microsoft.com/.default"
_NEVER: Final = 9_999_999_999  # a test is over before its tokens are


@dataclass(slots=True)
class PasswordCredential:
    """Signs a person in through the password grant, which is all a test has.

    The SDK's own class for it asks a host without its port first, so it serves port 443 alone.
    """

    desk: "Desk"
    name: str
    claims: str = ""
    """What tokens are asked to say, as a refusal has it."""
    kept: dict[tuple[str, ...], AccessToken] = field(default_factory=dict)

    def close(self) -> None:
        """Nothing is held open."""

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:  # noqa: ANN401 - azure.core's options
        """A token for the scopes, asked for once."""
        if scopes not in self.kept:
            self.kept[scopes] = self._ask(scopes)
        return self.kept[scopes]

    def _ask(self, scopes: tuple[str, ...]) -> AccessToken:
        person = self.desk.person(self.name)
        form = {
            "grant_type": "password",
            "client_id": self.desk.public_client["clientId"],
            "username": person["userPrincipalName"],
            "password": person["password"],
            "scope": " ".join((*scopes, "openid")),
            **({"claims": self.claims} if self.claims else {}),
        }
        response = httpx.post(f"{self.desk.authority}/oauth2/v2.0/token", data=form)
        response.raise_for_status()
        return AccessToken(response.json()["access_token"], _NEVER)


@dataclass(frozen=True, slots=True)
class Desk:
    """A running service as its connection file describes it."""

    connection: Mapping[str, Any]
    opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    """What the SDK opens and never closes."""

    @property
    def authority(self) -> str:
        """The tenant's authority."""
        return f"{self.connection['authority']}/{self.connection['tenantId']}"

    @property
    def public_client(self) -> Mapping[str, Any]:
        """The application that acts for people."""
        applications: list[Mapping[str, Any]] = self.connection["applications"]
        return next(one for one in applications if one["kind"] == "public")

    def person(self, name: str) -> Mapping[str, Any]:
        """Somebody of the demo tenant, by what stands before the `@`."""
        users: list[Mapping[str, Any]] = self.connection["users"]
        return next(one for one in users if one["userPrincipalName"].startswith(f"{name}@"))

    def as_person(self, name: str, version: str = "v1.0", claims: str = "") -> GraphServiceClient:
        """The SDK for a person who has signed in."""
        return self._client(PasswordCredential(self, name, claims), version)

    def as_application(self, version: str = "v1.0") -> GraphServiceClient:
        """The SDK for the application that administers alone."""
        return self._client(self.application_credential(), version)

    def application_credential(self) -> ClientSecretCredential:
        """What the application proves itself with."""
        applications: list[Mapping[str, Any]] = self.connection["applications"]
        application = next(one for one in applications if one["clientSecret"])
        return ClientSecretCredential(
            self.connection["tenantId"],
            application["clientId"],
            application["clientSecret"],
            authority=self.connection["authority"],
            disable_instance_discovery=True,
        )

    def move_clock(self, **change: object) -> None:
        """Moves the clock of the service."""
        self._control("clock", change)

    def read_clock(self) -> datetime:
        """The instant on the clock of the service."""
        response = httpx.get(f"{self.connection['controlUrl']}/clock", headers=self._headers)
        response.raise_for_status()
        return datetime.fromisoformat(response.json()["now"])

    def reset(self) -> None:
        """Takes the service back to its seed."""
        self._control("reset", {})

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.connection['controlToken']}"}

    def _control(self, what: str, body: object) -> None:
        url = f"{self.connection['controlUrl']}/{what}"
        httpx.post(url, json=body, headers=self._headers).raise_for_status()

    def _client(self, credential: Any, version: str) -> GraphServiceClient:  # noqa: ANN401 - azure.core's protocol
        # The SDK as it makes itself, but over a transport that is checked, and closed in the end.
        transport = PublishedTransport(httpx.AsyncHTTPTransport())
        http = httpx.AsyncClient(transport=transport)
        http = GraphClientFactory.create_with_default_middleware(client=http, options=options)
        provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE])
        client = GraphServiceClient(request_adapter=GraphRequestAdapter(provider, http))
        # There is no other way to move it away from graph.microsoft.com.
        client.request_adapter.base_url = f"{self.connection['graphUrl']}/{version}"
        self.opened.push_async_callback(transport.aclose)
        self.opened.callback(credential.close)
        return client


def ask(builder: Any, **asked: Any) -> RequestConfiguration[Any]:  # noqa: ANN401 - a generated builder
    """The configuration that sends query options; their class differs from builder to builder."""
    parameters = next(
        value for name, value in vars(type(builder)).items() if name.endswith("QueryParameters")
    )
    return RequestConfiguration(query_parameters=parameters(**asked))
