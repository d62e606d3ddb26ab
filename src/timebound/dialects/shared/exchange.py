"""What comes in and what goes back, in the words of HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar

from starlette.types import Send

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Names in lower case, in the order in which they were sent."""

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


def find_header(headers: Headers, name: bytes) -> str | None:
    """The first value of a header (its name in lower case), none if it was not sent."""
    for key, value in headers:
        if key == name:
            return str(value, "latin-1")
    return None
