"""A single call to somebody else, such that nobody can make us call anybody else.

Only listed origins are asked. A host is resolved once, every address that it has is judged, and the
connection is made to the very address that was judged: a name that changes its mind in between
(DNS rebinding) changes nothing. Redirects are not followed.

A proxy is asked only if the operator names one, whatever the environment says. It looks names up
itself: what this machine knows of a host's addresses is judged all the same, the rest is the
proxy's to judge. What is sent goes through it to the host alone, under TLS.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx

from timebound.outgoing.addresses import Address, Resolver, SystemResolver, may_reach
from timebound.outgoing.contracts import FetchFault, FetchProblem, OutgoingRules, write_origin

TIME_LIMIT: Final = timedelta(seconds=10)
_HEADERS: Final = {
    # What is packed could unpack to more than anybody wants to hold.
    "accept-encoding": "identity",
    "user-agent": "timebound",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; of the answer's body no more than `largest` bytes are read, at 0 none."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, whatever it is; no content where it is larger than was asked for."""

    status: int
    headers: Mapping[str, str]
    content: bytes | None

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return httpx.codes.is_success(self.status)

    @property
    def is_redirect(self) -> bool:
        """Whether the status sends elsewhere."""
        return httpx.codes.is_redirect(self.status)


@dataclass(frozen=True, slots=True)
class GuardedCaller:
    """Makes single calls under the rules, with no memory."""

    rules: OutgoingRules
    resolver: Resolver = field(default_factory=SystemResolver)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    time_limit: timedelta = TIME_LIMIT
    proxy: str | None = None
    """The origin of the proxy that makes all connections."""

    async def call(self, ask: Ask) -> Answer | FetchFault:
        """What is answered, or why nothing is."""
        origin = write_origin(ask.url)
        if origin is None or origin not in self.rules.origins:
            return FetchFault(FetchProblem.NOT_LISTED, origin or "")
        try:
            async with asyncio.timeout(self.time_limit.total_seconds()):
                addresses = await self._find_addresses(origin)
                if isinstance(addresses, FetchProblem):
                    return FetchFault(addresses, origin)
                # By its name, which the proxy looks up; else at the addresses that were judged.
                places = (None,) if self.proxy else addresses
                return await self._ask_first(origin, places, ask)
        except (TimeoutError, httpx.TimeoutException):
            return FetchFault(FetchProblem.TOO_SLOW, origin)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return FetchFault(FetchProblem.UNREACHABLE, origin)

    async def _find_addresses(self, origin: str) -> Sequence[Address] | FetchProblem:
        parts = urlsplit(origin)
        found = await self.resolver.resolve(parts.hostname or "", parts.port or 0)
        if not found and not self.proxy:
            return FetchProblem.UNRESOLVED
        # One bad address among good ones is how somebody tries his luck.
        is_fine = all(may_reach(one, self.rules.networks) for one in found)
        return found if is_fine else FetchProblem.ADDRESS_REFUSED

    async def _ask_first(
        self, origin: str, addresses: Sequence[Address | None], ask: Ask
    ) -> Answer:
        """The answer at the first address that can be connected to."""
        transport = httpx.AsyncHTTPTransport(
            verify=self.trust, trust_env=False, proxy=self._find_proxy()
        )
        limit = self.time_limit.total_seconds()
        async with httpx.AsyncClient(
            transport=transport, trust_env=False, follow_redirects=False, timeout=limit
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await _ask_at(client, origin, address, ask)
                except httpx.ConnectError:
                    continue
            return await _ask_at(client, origin, addresses[-1], ask)

    def _find_proxy(self) -> httpx.Proxy | None:
        if self.proxy is None:
            return None
        is_tls = self.proxy.startswith("https:")
        return httpx.Proxy(self.proxy, ssl_context=self.trust if is_tls else None)


async def _ask_at(
    client: httpx.AsyncClient, origin: str, address: Address | None, ask: Ask
) -> Answer:
    # The address is connected to; the name is whom the certificate has to be of. Both are of the
    # origin that was judged, so that two readings of one URL make no difference.
    listed = httpx.URL(origin)
    host = listed.host if address is None else str(address)
    async with client.stream(
        ask.method,
        listed.copy_with(host=host, raw_path=httpx.URL(ask.url).raw_path),
        headers={**_HEADERS, **ask.headers, "host": listed.netloc.decode()},
        content=ask.content,
        extensions={"sni_hostname": listed.host},
    ) as response:
        content = await _read(response, ask.largest) if ask.largest else None
        return Answer(response.status_code, response.headers, content)


async def _read(response: httpx.Response, largest: int) -> bytes | None:
    """The body, or none if it is larger than anybody needs."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > largest:
            return None
    return bytes(content)
