"""The body of a batch, read into the calls that it holds.

The manager publishes no description of batches. Source: bodies that portals, Ansible, azqr and
scripts send; measurements of maciejporebski (500 requests, 20 with a body, names over 20).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.refusals import ArmError, Refusal, bad_content, bad_request
from timebound.dialects.shared.exchange import Headers, Part

MOST_REQUESTS: Final = 500
MOST_BODIES: Final = 20
"""With a body in any of them a batch has no more requests than this, or without their names."""
_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
_WRITING: Final = frozenset({"PATCH", "POST", "PUT"})
_ABSOLUTE: Final = re.compile(
    r"(?P<origin>https?://[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.ASCII | re.DOTALL
)
_PUBLISHED: Final = "https://management.azure.com"
"""The address that some clients have built in, whatever they are told."""
_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
_COMMAND: Final = "x-ms-command-name"
_PASSED_ON: Final = re.compile(
    r"x-ms-[a-z0-9-]{1,60}|accept|accept-language|if-match|if-none-match", re.ASCII
)
"""What a part may say of itself; who calls, and from where, the batch has said."""


class _Request(msgspec.Struct, rename="camel"):
    """A call as it is written in a batch."""

    http_method: str | None = None
    name: str | None = None
    url: str | None = None
    relative_url: str | None = None
    request_header_details: dict[str, str] | None = None
    content: object = None


class _Batch(msgspec.Struct):
    """The body of a batch."""

    requests: list[_Request]


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a batch by its name, if it has one; or why it cannot be performed."""

    name: str | None
    part: Part | ArmError


def read_steps(body: bytes, origins: frozenset[str]) -> tuple[Step, ...]:
    """The calls in their order; refused when they are none, too many or cannot be told apart.

    `origins` are the addresses of this service. What is wrong with one call alone is answered in
    its place.
    """
    requests = read_body(body, _Batch).requests
    if not 0 < len(requests) <= MOST_REQUESTS:
        raise bad_request(f"A batch has to hold between 1 and {MOST_REQUESTS} requests.")
    if len(requests) > MOST_BODIES:
        if any(_has_body(one) for one in requests):
            raise bad_request(f"A batch of requests with content holds at most {MOST_BODIES}.")
        for number, one in enumerate(requests):
            if not one.name:
                raise bad_content(
                    f"The property 'requests[{number}].name' is needed in a batch of over "
                    f"{MOST_BODIES} requests"
                )
    return tuple(Step(one.name, _read_part(one, origins)) for one in requests)


def _has_body(request: _Request) -> bool:
    return bool(request.content) and _method_of(request) in _WRITING


def _method_of(request: _Request) -> str:
    return (request.http_method or "").strip().upper()


def _read_part(request: _Request, origins: frozenset[str]) -> Part | ArmError:
    """A call that can be performed, or the error for what is missing or malformed."""
    try:
        method = _method_of(request)
        if method not in _METHODS:
            raise bad_request(f"The httpMethod is none of {', '.join(sorted(_METHODS))}.")
        path, _, query = _read_target(request, origins).partition(b"?")
        headers = _read_headers(request.request_header_details or {})
        body = msgspec.json.encode(request.content) if _has_body(request) else b""
        return Part(method, path, query, headers, body)
    except Refusal as refusal:
        return refusal.error


def _read_target(request: _Request, origins: frozenset[str]) -> bytes:
    """The path with its query; an absolute URL has to name this service."""
    url = (request.url or request.relative_url or "").strip()
    if not url or _UNSENDABLE.search(url):
        raise bad_request("The url of the request is missing or no URL.")
    absolute = _ABSOLUTE.fullmatch(url)
    if absolute is None:
        return f"/{url.lstrip('/')}".encode()
    if absolute["origin"].lower() not in {*origins, _PUBLISHED}:
        raise bad_request("The url of the request is absolute and leads to another service.")
    return absolute["rest"].encode()


def _read_headers(told: Mapping[str, str]) -> Headers:
    """The headers that are passed on; a command by its name is what portals tell of themselves."""
    found = []
    for name, value in told.items():
        header = _COMMAND if name.lower() == "commandname" else name.lower()
        if not _PASSED_ON.fullmatch(header):
            continue
        if _UNSENDABLE.search(value):
            raise bad_request(f"The header '{header}' of the request cannot be sent.")
        found.append((header.encode(), value.encode()))
    return tuple(found)
