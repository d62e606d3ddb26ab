"""`timebound serve`: from the configuration to a service that answers, until it is told to stop."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import uvloop

from timebound.server.app import create_app
from timebound.server.config import Settings, TlsFiles, choose_origins
from timebound.server.connection import describe_connection, write_connection
from timebound.server.files import make_data_folder
from timebound.server.installation import Installation, open_installation
from timebound.server.logs import configure_logs
from timebound.server.serving import serve_app
from timebound.server.sockets import bind_sockets
from timebound.server.tls import prepare_tls

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logs(settings.log_format)
    with ExitStack() as held, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sockets = bind_sockets(settings.host, settings.port)
        for bound in sockets:
            held.enter_context(closing(bound))
        runner.run(_serve(settings, sockets))


@dataclass(frozen=True, slots=True)
class _Tls:
    """What TLS is spoken with, and the authority to trust, where it is the local one."""

    files: TlsFiles | None
    ca_bundle: Path | None


async def _serve(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    port = sockets[0].getsockname()[1]
    origins = choose_origins(settings, port)
    async with open_installation(settings, origins) as opened:
        tls = _prepare_tls(settings, opened)
        token = None if opened.parts.steering is None else opened.parts.steering.token
        connection = describe_connection(origins[0], opened.seed, tls.ca_bundle, token)

        async def announce() -> None:
            if settings.connection is not None:
                write_connection(settings.connection, connection)
            _log.info("ready", origin=origins[0], profile=settings.profile.value)

        try:
            await serve_app(create_app(opened.parts), sockets, tls.files, announce)
        finally:
            if settings.connection is not None:
                settings.connection.unlink(missing_ok=True)
    _log.info("stopped")


def _prepare_tls(settings: Settings, opened: Installation) -> _Tls:
    if settings.is_plain_http:
        return _Tls(None, None)
    if settings.tls is not None:
        return _Tls(settings.tls, None)
    names = [urlsplit(origin).hostname or "" for origin in opened.parts.origins]
    local = prepare_tls(make_data_folder(settings.data), names, opened.parts.system.now())
    return _Tls(local.files, local.authority)
