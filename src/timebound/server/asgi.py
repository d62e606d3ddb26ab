"""The few words of ASGI that the edge is written in."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Middleware: TypeAlias = Callable[[App], App]
Header: TypeAlias = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered before a door is reached: a status, a code and a sentence."""

    status: int
    code: str
    message: str


def read_header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header (its name in lower case), none if it was not sent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def read_list(scope: Scope, name: bytes) -> str:
    """All values of a header that may be sent in several lines, as one list with commas."""
    return ",".join(str(value, "latin-1") for key, value in scope["headers"] if key == name)


async def answer_error(
    send: Send, scope: Scope, refusal: Refusal, headers: Iterable[Header] = ()
) -> None:
    """Answers with the error envelope that Graph and Azure clients read."""
    state: Mapping[str, Any] = scope["state"]
    inner = {
        "date": state["clock"].now().strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": state["request_id"],
        "client-request-id": state["client_request_id"],
    }
    error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
    body = msgspec.json.encode({"error": error})
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def stack(app: App, layers: Iterable[Middleware]) -> App:
    """The app inside its layers, the first of them outermost."""
    for layer in reversed(tuple(layers)):
        app = layer(app)
    return app
