"""`timebound serve`: from the configuration to a service that answers, until it is told to stop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from urllib.parse import urlsplit

import structlog
import uvloop

from timebound.server.app import Parts, create_app
from timebound.server.certificates import keep_certificate, make_context
from timebound.server.config import Settings, TlsFiles, choose_origins
from timebound.server.connection import describe_connection, write_connection
from timebound.server.installation import open_installation
from timebound.server.logs import configure_logs
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_sockets
from timebound.server.tls import authority_path, prepare_tls

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logs(settings.log_format)
    with ExitStack() as held, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sockets = bind_sockets(settings.host, settings.port)
        for bound in sockets:
            held.enter_context(closing(bound))
        runner.run(_serve(settings, sockets))


async def _serve(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    origins = choose_origins(settings, sockets[0].getsockname()[1])
    async with open_installation(settings, origins) as opened:
        parts = opened.parts
        token = None if parts.steering is None else parts.steering.token
        async with _speaking_tls(settings, parts) as tls:
            ca_bundle = authority_path(settings.data) if uses_local_authority(settings) else None
            connection = describe_connection(origins[0], opened.seed, ca_bundle, token)

            async def announce() -> None:
                if settings.connection is not None:
                    write_connection(settings.connection, connection)
                _log.info("ready", origin=origins[0], profile=settings.profile.value)

            try:
                await serve_app(create_app(parts), sockets, tls, announce)
            finally:
                if settings.connection is not None:
                    settings.connection.unlink(missing_ok=True)
    _log.info("stopped")


def uses_local_authority(settings: Settings) -> bool:
    """Whether clients have to trust the authority in the data folder."""
    return not settings.is_plain_http and settings.tls is None


@asynccontextmanager
async def _speaking_tls(settings: Settings, parts: Parts) -> AsyncIterator[ssl.SSLContext | None]:
    """What TLS is spoken with, kept current; none where a proxy speaks it."""
    if settings.is_plain_http:
        yield None
        return

    def find() -> TlsFiles:
        if settings.tls is not None:
            return settings.tls
        names = [urlsplit(origin).hostname or "" for origin in parts.origins]
        return prepare_tls(settings.data, names, parts.system.now()).files

    context = make_context(find())
    task = asyncio.create_task(keep_certificate(context, find))
    try:
        yield context
    finally:
        task.cancel()
