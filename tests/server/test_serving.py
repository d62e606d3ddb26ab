"""The HTTP server itself: sockets that are ours alone, and a stop that finishes what is begun."""

import asyncio
import errno
import gc
import os
import signal
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from timebound.server.asgi import Receive, Scope, Send
from timebound.server.certificates import make_context
from timebound.server.clock import SystemClock, machine_sources
from timebound.server.config import ConfigError, Listener
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_listeners, bind_sockets
from timebound.server.tls import LocalTls, prepare_tls


@pytest.fixture
def bound() -> Iterator[Sequence[socket.socket]]:
    with ExitStack() as held:
        sockets = bind_sockets(Listener("127.0.0.1", 0))
        for one in sockets:
            held.enter_context(closing(one))
        yield sockets


@pytest.fixture
def tls(tmp_path: Path) -> LocalTls:
    return prepare_tls(tmp_path, [], SystemClock(machine_sources()).now())


class Door:
    """An application whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] != "/healthz":
            self.is_asked.set()
            await self.may_answer.wait()
        headers = [(b"content-length", b"4"), (b"x-scheme", scope["scheme"].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"done"})


async def ask(bound: socket.socket, context: ssl.SSLContext | None) -> bytes:
    """Everything that is answered until the server closes the connection."""
    host, port = bound.getsockname()[:2]
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.write(b"GET /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.documented("issue: graceful stop on SIGTERM")
async def test_what_is_under_way_is_finished(bound: Sequence[socket.socket], tls: LocalTls) -> None:
    door, ready = Door(), asyncio.Event()

    async def announce() -> None:
        ready.set()

    serving = asyncio.create_task(serve_app(door, bound, make_context(tls.files), announce))
    await ready.wait()
    trusted = ssl.create_default_context(cafile=tls.authority)
    asking = asyncio.create_task(ask(bound[0], trusted))
    await door.is_asked.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    door.may_answer.set()
    answer = await asking
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"done")
    assert b"x-scheme: https" in answer
    await serving


@pytest.mark.inferred("a second signal does not wait for anybody")
async def test_a_second_signal_stops_at_once(bound: Sequence[socket.socket]) -> None:
    door, ready = Door(), asyncio.Event()

    async def announce() -> None:
        ready.set()

    serving = asyncio.create_task(serve_app(door, bound, None, announce))
    await ready.wait()
    asking = asyncio.create_task(ask(bound[0], None))
    await door.is_asked.wait()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
    await serving
    assert not door.may_answer.is_set()
    door.may_answer.set()
    await asking


@pytest.mark.documented("issue: the connection file is written once the service is ready")
async def test_nothing_is_announced_before_the_socket_answers(
    bound: Sequence[socket.socket],
) -> None:
    door = Door()
    door.may_answer.set()
    answers: list[bytes] = []

    async def announce() -> None:
        answers.append(await ask(bound[0], None))
        os.kill(os.getpid(), signal.SIGTERM)

    await serve_app(door, bound, None, announce)
    assert answers[0].startswith(b"HTTP/1.1 200")


@pytest.mark.inferred("walking all that is loaded holds up every call")
async def test_the_collector_does_not_walk_what_is_loaded(bound: Sequence[socket.socket]) -> None:
    door, loaded = Door(), [object()]
    door.may_answer.set()
    walked: list[bool] = []

    async def announce() -> None:
        walked.append(any(one is loaded for one in gc.get_objects()))
        os.kill(os.getpid(), signal.SIGTERM)

    gc.unfreeze()
    try:
        await serve_app(door, bound, None, announce)
    finally:
        gc.unfreeze()
    assert walked == [False]


@pytest.mark.inferred("an announcement that fails stops the service and is not swallowed")
async def test_a_failed_announcement_stops_the_service(bound: Sequence[socket.socket]) -> None:
    async def announce() -> None:
        raise OSError("no such folder")

    with pytest.raises(OSError, match="no such folder"):
        await serve_app(Door(), bound, None, announce)


@pytest.mark.inferred("a port that is taken is refused, never shared")
def test_a_port_that_is_taken_is_refused(bound: Sequence[socket.socket]) -> None:
    port = bound[0].getsockname()[1]
    with pytest.raises(ConfigError, match=str(port)):
        bind_sockets(Listener("127.0.0.1", port))


@pytest.mark.inferred("a name may have several addresses, the port is the same on all of them")
def test_all_addresses_of_a_host_share_the_port() -> None:
    sockets = bind_sockets(Listener("localhost", 0))
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
    finally:
        for one in sockets:
            one.close()


@pytest.mark.inferred("a host that this machine is not is refused")
def test_another_machines_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="--host"):
        bind_sockets(Listener("192.0.2.1", 0))


def take(port: int) -> socket.socket:
    """Somebody else's socket at the port, or nobody's where it is free to be taken."""
    return bind_sockets(Listener("127.0.0.1", port))[0]


@pytest.mark.documented("issue: several listeners; IPv6 as [::1]:PORT")
def test_each_listener_has_its_sockets() -> None:
    with ExitStack() as held:
        places = bind_listeners([Listener("127.0.0.1", 0), Listener("::1", 0)])
        for one in (bound for sockets in places for bound in sockets):
            held.enter_context(closing(one))
        assert [one.family for sockets in places for one in sockets] == [
            socket.AF_INET,
            socket.AF_INET6,
        ]


@pytest.mark.inferred("a service that is reached at half of its places is a riddle: all or none")
def test_one_place_that_is_taken_frees_the_others(bound: Sequence[socket.socket]) -> None:
    free = take(0)
    port, taken = free.getsockname()[1], bound[0].getsockname()[1]
    free.close()
    places = [Listener("127.0.0.1", port), Listener("127.0.0.1", taken, f"--listen x:{taken}")]
    with pytest.raises(ConfigError, match=rf"--listen x:{taken}: .* port {taken}: .*in use"):
        bind_listeners(places)
    take(port).close()


@pytest.mark.inferred("whoever may not listen on a low port is told which ports these are")
@pytest.mark.parametrize(("port", "is_low"), [(443, True), (8443, False)])
def test_a_low_port_without_privilege_is_explained(
    monkeypatch: pytest.MonkeyPatch, port: int, *, is_low: bool
) -> None:
    class Refused(socket.socket):
        def bind(self, _address: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Refused)
    with pytest.raises(ConfigError) as refused:
        bind_sockets(Listener("127.0.0.1", port, "--listen here"))
    assert str(refused.value).startswith("--listen here: ")
    assert ("CAP_NET_BIND_SERVICE" in str(refused.value)) == is_low


@pytest.mark.documented("issue: several listeners, one service")
async def test_every_place_is_answered(tls: LocalTls) -> None:
    door, answers = Door(), list[bytes]()
    door.may_answer.set()
    trusted = ssl.create_default_context(cafile=tls.authority)
    with ExitStack() as held:
        places = bind_listeners([Listener("127.0.0.1", 0), Listener("::1", 0)])
        sockets = [bound for some in places for bound in some]
        for one in sockets:
            held.enter_context(closing(one))

        async def announce() -> None:
            answers.extend([await ask(one, trusted) for one in sockets])
            os.kill(os.getpid(), signal.SIGTERM)

        await serve_app(door, sockets, make_context(tls.files), announce)
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * 2
