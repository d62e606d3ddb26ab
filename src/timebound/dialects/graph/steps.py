"""The body of a batch, read into its parts and what each of them waits for."""

import json
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.shared.exchange import Headers, Part, find_header

MOST_STEPS: Final = 20
_LONGEST_ID: Final = 256
_METHODS: Final = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
_WRITING: Final = frozenset({"PATCH", "POST", "PUT"})
_ABSOLUTE: Final = re.compile(
    r"(?P<origin>https?://[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.ASCII | re.DOTALL
)
_PUBLISHED: Final = "https://graph.microsoft.com"
"""The address that some clients have built in, whatever they are told."""
_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_Members: TypeAlias = Mapping[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a batch, or why it cannot be performed; ids are compared in any case."""

    id: str
    depends_on: frozenset[str]
    part: Part | GraphError

    @property
    def key(self) -> str:
        """The id as it is compared."""
        return self.id.lower()


def read_steps(body: bytes, root: str) -> tuple[Step, ...]:
    """The parts in their order; refused when they are none or too many, or cannot be told apart.

    `root` is the origin that the batch was sent to, with its version.
    """
    items = _decode(_read_members(body, "body").get("requests"), list[msgspec.Raw])
    if not items:
        raise _refuse("'requests' is no list of requests")
    if len(items) > MOST_STEPS:
        raise bad_request("Number of requests inside batch exceed the limit.")
    steps: dict[str, Step] = {}
    for number, item in enumerate(items):
        step = _read_step(_read_members(item, f"requests[{number}]"), f"requests[{number}]", root)
        if step.key in steps:
            raise bad_request(f"Request Id {step.id} has to be unique in a batch.")
        if not step.depends_on <= steps.keys():
            # quirk(graph): what a request depends on has to stand before it - sdk-java-core#71
            raise _refuse_dependency(step.id)
        steps[step.key] = step
    return tuple(steps.values())


def _read_step(members: _Members, place: str, root: str) -> Step:
    id_ = _decode(members.get("id"), str)
    if not id_ or len(id_) > _LONGEST_ID:
        raise _refuse(f"'{place}/id' is no text of 1 to {_LONGEST_ID} characters")
    depends_on = _read_dependencies(members, id_)
    try:
        part = _read_part(members, root)
    except Refusal as refusal:
        return Step(id_, depends_on, refusal.error)
    if part.body and find_header(part.headers, b"content-type") is None:
        # quirk(graph): one such request makes the whole batch fail - msgraph-sdk-dotnet#2628
        raise bad_request(f"Write request id : {id_} does not contain Content-Type header or body.")
    return Step(id_, depends_on, part)


def _read_dependencies(members: _Members, id_: str) -> frozenset[str]:
    """The ids waited for; `depends_on` is what the Python client says (msgraph-core 1.5.2)."""
    found: set[str] = set()
    for name in ("dependsOn", "depends_on"):
        if name in members:
            ids = _decode(members[name], list[str] | None, ())
            if ids == ():
                raise _refuse_dependency(id_)
            found.update(one.lower() for one in ids or ())
    return frozenset(found)


def _read_part(members: _Members, root: str) -> Part:
    """A part that can be performed; refused with the member that is missing or malformed."""
    method = (_decode(members.get("method"), str) or "").upper()
    if method not in _METHODS:
        raise bad_request(f"The property 'method' is none of {', '.join(sorted(_METHODS))}.")
    path, _, query = _read_target(members, root).partition(b"?")
    headers = _read_headers(members)
    body = _read_body(members) if method in _WRITING else b""
    return Part(method, path, query, headers, body)


def _read_target(members: _Members, root: str) -> bytes:
    """The target below the version; an absolute URL has to name this service and that version."""
    url = (_decode(members.get("url"), str) or "").strip()
    if not url or _UNSENDABLE.search(url):
        raise bad_request("The property 'url' is missing or no URL.")
    origin, _, version = root.rpartition("/")
    absolute = _ABSOLUTE.fullmatch(url)
    if absolute is None:
        return f"/{version}/{url}".encode()
    if absolute["origin"].lower() not in {origin, _PUBLISHED}:
        raise bad_request(f"The property 'url' is absolute and not at '{origin}'.")
    rest = absolute["rest"]
    if not re.match(rf"/{re.escape(version)}(?=[/?]|$)", rest, re.IGNORECASE):
        raise bad_request(f"The property 'url' is absolute and not below '/{version}'.")
    return rest.encode()


def _read_headers(members: _Members) -> Headers:
    told = _decode(members.get("headers", b"null"), dict[str, str] | None, ())
    if isinstance(told, dict) or told is None:
        headers = tuple((told or {}).items())
        if all(_HEADER.fullmatch(n) and not _UNSENDABLE.search(text) for n, text in headers):
            return tuple((name.lower().encode(), text.encode()) for name, text in headers)
    raise bad_request("The property 'headers' is no object of texts.")


def _read_body(members: _Members) -> bytes:
    """The body as it was written; what is no JSON object comes as a text in base64."""
    raw = bytes(members.get("body", b"null")).strip()
    if raw == b"null":
        return b""
    if not raw.startswith(b'"'):
        return raw
    text = (_decode(raw, str) or "").replace("+", "-").replace("/", "_").rstrip("=")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return b64decode(padded, altchars=b"-_", validate=True)
    except (Error, ValueError) as fault:
        raise bad_request("The property 'body' is neither a JSON object nor base64.") from fault


def _read_members(raw: bytes | msgspec.Raw, place: str) -> _Members:
    """The members of an object; refused when it is none, or has a member twice."""
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        pairs = json.JSONDecoder(object_pairs_hook=list).decode(bytes(raw).decode())
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise _refuse(f"'{place}' is no JSON object that can be read") from fault
    if len(pairs) != len(members):
        # Of a member given twice another reader may see the other value: neither is taken.
        raise _refuse(f"'{place}' has a member more than once")
    return members


def _decode(raw: bytes | msgspec.Raw | None, type_: Any, otherwise: Any = None) -> Any:  # noqa: ANN401 - whatever the type says
    """The value, or the other one where it is missing or not of the type."""
    if raw is None:
        return otherwise
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return otherwise


def _refuse(why: str) -> Refusal:
    return bad_request(f"Invalid batch payload format. {why}.")


def _refuse_dependency(id_: str) -> Refusal:
    return bad_request(
        f"Invalid dependency for request Id {id_}: 'dependsOn' lists ids of requests before it."
    )
