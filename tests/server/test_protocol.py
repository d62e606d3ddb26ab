"""What a client can make the server keep before anything has been asked of it."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, closing

import pytest

from timebound.server.asgi import Receive, Scope, Send
from timebound.server.config import Listener
from timebound.server.protocol import LARGEST_HEAD
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_sockets


@pytest.fixture
def bound() -> Iterator[Sequence[socket.socket]]:
    with ExitStack() as held:
        sockets = bind_sockets(Listener("127.0.0.1", 0))
        for one in sockets:
            held.enter_context(closing(one))
        yield sockets


async def door(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the size of the body."""
    size, is_more = 0, True
    while is_more:
        message = await receive()
        size += len(message.get("body", b""))
        is_more = message.get("more_body", False)
    text = str(size).encode()
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture
async def port(bound: Sequence[socket.socket]) -> AsyncIterator[int]:
    ready = asyncio.Event()

    async def announce() -> None:
        ready.set()

    serving = asyncio.create_task(serve_app(door, bound, None, announce))
    await ready.wait()
    yield bound[0].getsockname()[1]
    os.kill(os.getpid(), signal.SIGTERM)
    await serving


async def send(port: int, *parts: bytes) -> bytes:
    """Everything that is answered until the server closes the connection; nothing if it is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


PIECE = b"a" * 1024
START = b"GET / HTTP/1.1\r\nhost: x\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n"
REFUSED = b"HTTP/1.1 431 Request Header Fields Too Large"
ENDLESS: dict[str, tuple[bytes, bytes, bytes]] = {
    "one header": (START + b"x-large: ", PIECE, REFUSED),
    "many headers": (START, b"x-more: " + PIECE + b"\r\n", REFUSED),
    "the path": (b"GET /", PIECE, REFUSED),
    "the name of a header": (START, PIECE, REFUSED),
    # The request has begun, so all that can be done is to hang up.
    "a trailer": (CHUNKED + b"0\r\nx-large: ", PIECE, b""),
    "the length of a chunk": (CHUNKED + b"1;", PIECE, b""),
}


@pytest.mark.documented("RFC 6585, 5: 431 Request Header Fields Too Large")
@pytest.mark.parametrize("name", ENDLESS)
async def test_a_head_without_end_is_refused(port: int, name: str) -> None:
    start, piece, answer = ENDLESS[name]
    endless = start + piece * (4 * LARGEST_HEAD // len(piece))
    # One byte too many is read to the end; what is not read any more would reset the answer away.
    sent = endless[: LARGEST_HEAD + 1] if answer else endless[: 4 * LARGEST_HEAD]
    answered = await asyncio.wait_for(send(port, sent), 30)
    assert answered.partition(b"\r\n")[0] == answer


@pytest.mark.inferred("what is long but has an end is taken, request after request")
async def test_long_heads_and_bodies_are_taken(port: int) -> None:
    head = START + b"x-large: " + PIECE * (LARGEST_HEAD // 2048) + b"\r\n"
    posted = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + str(256 * 1024).encode()
    last = START + b"connection: close\r\n\r\n"
    bodies = [posted + b"\r\n\r\n", *[PIECE] * 256]
    answer = await send(port, *([head + b"\r\n"] * 3), *bodies, last)
    assert answer.count(b"HTTP/1.1 200") == 5
    assert str(256 * 1024).encode() in answer
