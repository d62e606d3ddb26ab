"""Running the HTTP server: from bound sockets to a graceful stop."""

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import structlog
import uvicorn

from timebound.server.asgi import App
from timebound.server.protocol import LimitedProtocol

GRACE: Final = 10
"""Seconds that requests under way have to finish once a stop is asked for."""
_KEPT_ALIVE: Final = 75
_log = structlog.get_logger()


class _Server(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures nothing."""
        yield


async def serve_app(
    app: App,
    sockets: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    announce: Callable[[], Awaitable[None]],
) -> None:
    """Answers until SIGTERM or SIGINT comes; `announce` is awaited once the first socket answers.

    Requests under way are finished, for GRACE seconds at most; a second signal stops at once.
    """
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    config.load()
    config.ssl = tls
    # What is loaded by now stays, and a collector that walked it held up everybody for 0.1 s.
    gc.freeze()
    server = _Server(config)
    _handle_signals(server)
    serving = asyncio.ensure_future(server.serve(list(sockets)))
    try:
        await _wait_for_answer(serving, sockets[0], is_tls=tls is not None)
        if not serving.done() and not server.should_exit:
            await announce()
        await serving
    finally:
        server.should_exit = True
        await serving


def _handle_signals(server: uvicorn.Server) -> None:
    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    handle_stop(stop)


def handle_stop(stop: Callable[[], None]) -> None:
    """Has `stop` called whenever SIGTERM or SIGINT comes to the process of the running loop."""

    def tell() -> None:
        stop()
        _log.info("stopping")

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)


async def _wait_for_answer(
    serving: asyncio.Future[None], bound: socket.socket, *, is_tls: bool
) -> None:
    """Asks the server for its health until it answers; the socket took the question already."""
    probe = asyncio.ensure_future(_probe(bound, is_tls=is_tls))
    await asyncio.wait({serving, probe}, return_when=asyncio.FIRST_COMPLETED)
    if not probe.done():
        probe.cancel()
        return
    await probe


async def _probe(bound: socket.socket, *, is_tls: bool) -> None:
    host, port = bound.getsockname()[:2]
    context = None
    if is_tls:
        # It is only itself that it asks, so there is nobody whose name could be checked.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    await reader.readline()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
