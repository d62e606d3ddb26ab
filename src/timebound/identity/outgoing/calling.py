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
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from timebound.identity.outgoing.addresses import Address, Resolver, SystemResolver, may_reach
from timebound.identity.outgoing.contracts import (
    FetchFault,
    FetchProblem,
    OutgoingRules,
    write_origin,
)
from timebound.identity.outgoing.freshness import read_life

LARGEST_ANSWER: Final = 512 * 1024
TIME_LIMIT: Final = timedelta(seconds=10)
_HEADERS: Final = {
    "accept": "application/json",
    # What is packed could unpack to more than anybody wants to hold.
    "accept-encoding": "identity",
    "user-agent": "timebound",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that is good, and for how long whoever gave it says that it holds."""

    content: Mapping[str, Any]
    holds_for: timedelta | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes single calls under the rules, with no memory."""

    rules: OutgoingRules
    resolver: Resolver = field(default_factory=SystemResolver)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    time_limit: timedelta = TIME_LIMIT
    proxy: str | None = None
    """The origin of the proxy that makes all connections."""

    async def get(self, url: str) -> Fetched | FetchFault:
        """What is at a URL."""
        return await self._call("GET", url, {}, None)

    async def post(
        self, url: str, form: Mapping[str, str], authorization: str | None
    ) -> Fetched | FetchFault:
        """What answers a form."""
        headers = {} if authorization is None else {"authorization": authorization}
        return await self._call("POST", url, headers, form)

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Fetched | FetchFault:
        origin = write_origin(url)
        if origin is None or origin not in self.rules.origins:
            return FetchFault(FetchProblem.NOT_LISTED, origin or "")
        try:
            async with asyncio.timeout(self.time_limit.total_seconds()):
                addresses = await self._find_addresses(origin)
                if isinstance(addresses, FetchProblem):
                    return FetchFault(addresses, origin)
                ask = _Ask(method, httpx.URL(url), headers, form)
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
        self, origin: str, addresses: Sequence[Address | None], ask: "_Ask"
    ) -> Fetched | FetchFault:
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


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request, before it is known at which address it is made."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    form: Mapping[str, str] | None


async def _ask_at(
    client: httpx.AsyncClient, origin: str, address: Address | None, ask: _Ask
) -> Fetched | FetchFault:
    # The address is connected to; the name is whom the certificate has to be of. Both are of the
    # origin that was judged, so that two readings of one URL make no difference.
    listed = httpx.URL(origin)
    host = listed.host if address is None else str(address)
    async with client.stream(
        ask.method,
        listed.copy_with(host=host, raw_path=ask.url.raw_path),
        headers={**_HEADERS, **ask.headers, "host": listed.netloc.decode()},
        data=ask.form,
        extensions={"sni_hostname": listed.host},
    ) as response:
        problem = _judge_head(response)
        if problem is not None:
            return FetchFault(problem, origin, response.status_code)
        content = await _read(response)
    if content is None:
        return FetchFault(FetchProblem.TOO_LARGE, origin)
    document = _decode(content)
    if document is None:
        return FetchFault(FetchProblem.NOT_JSON, origin)
    return Fetched(document, read_life(response.headers.get("cache-control")))


def _judge_head(response: httpx.Response) -> FetchProblem | None:
    if response.is_redirect or response.has_redirect_location:
        return FetchProblem.REDIRECTED
    if not response.is_success:
        return FetchProblem.BAD_STATUS
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    is_plain = response.headers.get("content-encoding", "identity").lower() == "identity"
    return None if is_json and is_plain else FetchProblem.NOT_JSON


async def _read(response: httpx.Response) -> bytes | None:
    """The body, or none if it is larger than anybody needs."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            return None
    return bytes(content)


def _decode(content: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None
