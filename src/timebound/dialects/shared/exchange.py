"""What comes in and what goes back, in the words of HTTP."""

import re
import string
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote

from starlette.types import Send

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Names in lower case, in the order in which they were sent."""

_SENDABLE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_KEPT: Final = f"{string.punctuation} "
_Fault = TypeVar("_Fault")
_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a status, headers, and a body if there is anything to say."""

    status: int
    headers: Headers
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Sends it whole, its length told: 0 where a body could have been."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers] if self.status in _BODILESS else [*self.headers, length]
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass(frozen=True, slots=True)
class Part:
    """A call inside a batch as if it had come alone."""

    method: str
    path: bytes
    query: bytes
    headers: Headers
    body: bytes


Perform: TypeAlias = Callable[[int, Part | _Fault], Awaitable[Reply]]
"""Answers a part of a batch by its number; one that cannot be performed is told why instead."""


def encode_headers(told: Mapping[str, str]) -> Headers:
    """Headers as they are sent; what no header can hold is written in percent signs, as in URLs."""
    return tuple((name.encode("latin-1"), _encode(value)) for name, value in told.items())


def _encode(value: str) -> bytes:
    if _SENDABLE.fullmatch(value):
        return value.encode("latin-1")
    return quote(value, safe=_KEPT, errors="replace").encode()


def find_header(headers: Headers, name: bytes) -> str | None:
    """The first value of a header (its name in lower case), none if it was not sent."""
    for key, value in headers:
        if key == name:
            return str(value, "latin-1")
    return None
