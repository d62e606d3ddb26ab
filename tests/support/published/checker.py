"""Any answer of the Graph door, held against the published schema."""

import json
from collections.abc import Iterator, Mapping
from typing import cast

import httpx

from tests.support.published.asked import NOTHING, read_query
from tests.support.published.batches import is_batch, read_parts
from tests.support.published.changes import find_number_faults, inspect_changes
from tests.support.published.envelopes import (
    find_error_faults,
    find_header_faults,
    inspect_collection,
    inspect_context,
    inspect_flag,
    inspect_values,
)
from tests.support.published.exchange import Exchange
from tests.support.published.facts import Facts, Version, load_facts
from tests.support.published.operations import (
    VERSIONED,
    Form,
    Operation,
    find_operation,
    read_expected,
    read_path,
)
from tests.support.published.shapes import Inspection

UNTYPED = frozenset({"", "$metadata", "$batch"})


def is_graph_path(path: str) -> bool:
    """Whether a path answers what a type describes; documents and batches of it do not."""
    versioned = VERSIONED.match(path)
    return versioned is not None and versioned["rest"].strip("/").lower() not in UNTYPED


def check_graph(
    status: int,
    headers: Mapping[str, str],
    body: object,
    *,
    method: str,
    path: str,
    expected_type: str | None = None,
) -> None:
    """Refuse an answer that Microsoft's published schema does not know.

    `path` starts with the version and may carry a query; `body` is parsed JSON, None if there is
    none. The type follows from method and path, unless `expected_type` names it: `user`, or
    `[user]` for a collection. Raises AssertionError with every finding, one a line.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    exchange = Exchange(method=method, path=path, status=status, headers=lowered, body=body)
    if findings := list(_find_faults(exchange, expected_type)):
        raise AssertionError("\n  ".join([f"{method} {path} -> {status}", *findings]))


def _find_faults(exchange: Exchange, expected_type: str | None) -> Iterator[str]:
    if exchange.route.lower().endswith("/$count") and not exchange.is_refused:
        yield from find_number_faults(exchange)
        return
    yield from find_header_faults(exchange)
    if exchange.is_refused:
        yield from find_error_faults(exchange)
    elif "return=" not in exchange.headers.get("preference-applied", ""):
        # Otherwise it was not for the operation to say how much is answered.
        yield from _find_success_faults(exchange, expected_type)


def _find_success_faults(exchange: Exchange, expected_type: str | None) -> Iterator[str]:
    versioned = VERSIONED.match(exchange.route)
    if versioned is None:
        yield f"path: {exchange.route} names no version"
        return
    facts = load_facts(cast("Version", versioned["version"].lower()))
    segments = read_path(versioned["rest"])
    operation = find_operation(exchange.method, segments, exchange.status)
    if expected_type is not None:
        operation = read_expected(exchange.method, segments, expected_type)
    if operation is None:
        yield "path: no published operation that is known here; give expected_type or add a row"
    elif exchange.status not in operation.statuses:
        yield f"status: {exchange.status} is none of {sorted(operation.statuses)}"
    elif exchange.status == httpx.codes.NO_CONTENT:
        yield from [] if exchange.body is None else [f"body: {exchange.body!r}, but 204 has none"]
    else:
        yield from _find_body_faults(facts, exchange, operation, segments)


def _find_body_faults(
    facts: Facts, exchange: Exchange, operation: Operation, segments: tuple[str, ...]
) -> Iterator[str]:
    # What was created is told as it is told by default, whatever the query says.
    asked = NOTHING if exchange.status == httpx.codes.CREATED else read_query(exchange.query)
    body, inspection = exchange.body, Inspection(facts)
    if not isinstance(body, dict):
        yield f"body: {body!r} is not an object"
        return
    if not exchange.is_bare:
        context = body.get("@odata.context")
        told = NOTHING if operation.form is Form.CHANGES else asked
        inspect_context(inspection, operation, segments, context, told)
    if operation.form is Form.CHANGES:
        inspect_changes(inspection, operation.type, body)
    elif operation.form is Form.VALUE:
        inspect_flag(inspection, body)
    elif operation.form is Form.VALUES:
        inspect_values(inspection, operation.type, body)
    elif operation.form is Form.COLLECTION:
        inspect_collection(inspection, operation.type, body, asked)
    else:
        entity = {name: value for name, value in body.items() if name != "@odata.context"}
        inspection.inspect_object(operation.type, entity, "entity", asked)
    yield from inspection.findings


class PublishedTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for httpx that checks each Graph answer on its way back to the client.

    It wraps a synchronous or an asynchronous transport; other paths pass unread.
    """

    def __init__(self, inner: httpx.BaseTransport | httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it and answer what came back, if that is publishable."""
        if not isinstance(self._inner, httpx.BaseTransport):
            raise TypeError("an asynchronous transport cannot serve a synchronous client")
        response = self._inner.handle_request(request)
        if is_batch(request):
            response.read()
            _check_parts(request, response)
        if not _is_checked(request):
            return response
        if not isinstance(response.stream, httpx.SyncByteStream):
            raise TypeError("a synchronous transport answered with an asynchronous stream")
        raw = b"".join(response.stream)
        response.close()
        return _check(request, response, raw)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same for an asynchronous client."""
        if not isinstance(self._inner, httpx.AsyncBaseTransport):
            raise TypeError("a synchronous transport cannot serve an asynchronous client")
        response = await self._inner.handle_async_request(request)
        if is_batch(request):
            await response.aread()
            _check_parts(request, response)
        if not _is_checked(request):
            return response
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous transport answered with a synchronous stream")
        raw = b"".join([chunk async for chunk in response.stream])
        await response.aclose()
        return _check(request, response, raw)

    def close(self) -> None:
        """Close the wrapped transport."""
        if isinstance(self._inner, httpx.BaseTransport):
            self._inner.close()

    async def aclose(self) -> None:
        """Close the wrapped transport."""
        if isinstance(self._inner, httpx.AsyncBaseTransport):
            await self._inner.aclose()


def _check_parts(request: httpx.Request, response: httpx.Response) -> None:
    """Check what a batch answered in place of each of its parts as if it had come alone."""
    if response.status_code != httpx.codes.OK:
        body = response.json()
        check_graph(
            response.status_code, response.headers, body, method="POST", path=request.url.path
        )
        return
    for part in read_parts(request, response):
        check_graph(part.status, part.headers, part.body, method=part.method, path=part.path)


def _is_checked(request: httpx.Request) -> bool:
    """Whether an answer is Graph's to publish; a CORS preflight belongs to browsers."""
    return request.method != "OPTIONS" and is_graph_path(request.url.path)


def _check(request: httpx.Request, response: httpx.Response, raw: bytes) -> httpx.Response:
    """Check the decoded body and answer an unread copy for the client to read."""
    method, path = request.method, request.url.raw_path.decode("ascii")
    text = httpx.Response(response.status_code, headers=response.headers, content=raw).text
    try:
        body = json.loads(text) if text else None
    except ValueError:
        raise AssertionError(f"{method} {path}: the body is not JSON: {text[:200]}") from None
    check_graph(response.status_code, response.headers, body, method=method, path=path)
    return httpx.Response(
        status_code=response.status_code,
        headers=response.headers,
        stream=httpx.ByteStream(raw),
        extensions=response.extensions,
    )
