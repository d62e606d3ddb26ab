"""`timebound serve`: from the configuration to a service that answers, until it is told to stop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

import structlog
import uvloop

from timebound.application.ports import TenantRecord
from timebound.server.app import Parts, create_app
from timebound.server.bootstrapping import offer_code
from timebound.server.certificates import keep_certificate, make_context
from timebound.server.config import ConfigError, Settings, TlsFiles
from timebound.server.connection import Trust, describe_connection, write_connection
from timebound.server.feeding import counting
from timebound.server.installation import Installation, open_installation
from timebound.server.logs import configure_logs
from timebound.server.origins import choose_origins
from timebound.server.public_names import public_authority_path, speak_public_names
from timebound.server.serving import handle_stop, serve_app
from timebound.server.sockets import bind_listeners
from timebound.server.tls import authority_path, prepare_tls

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logs(settings.log_format)
    with ExitStack() as held, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sockets = bind_listeners(settings.listeners)
        for bound in chain.from_iterable(sockets):
            held.enter_context(closing(bound))
        runner.run(_serve(settings, sockets))


def run_worker(settings: Settings) -> None:
    """Works beside servers until SIGTERM or SIGINT; ConfigError for an emulator."""
    if settings.is_emulator:
        raise ConfigError("the emulator is one process, which works itself: start it without this")
    configure_logs(settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(replace(settings, has_worker=True)))


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    handle_stop(stopped.set)
    origins = choose_origins(settings, [listener.port for listener in settings.listeners])
    async with open_installation(settings, origins):
        _log.info("working", profile=settings.profile.value)
        await stopped.wait()
    _log.info("stopped")


async def _serve(settings: Settings, sockets: Sequence[Sequence[socket.socket]]) -> None:
    ports = [bound[0].getsockname()[1] for bound in sockets]
    origins = choose_origins(settings, ports)
    async with open_installation(settings, origins) as opened:
        parts = opened.parts
        token = None if parts.steering is None else parts.steering.token
        async with _speaking_tls(settings, parts) as tls, counting(parts):
            connection = describe_connection(origins, opened.seed, _name_trust(settings), token)

            async def announce() -> None:
                if settings.connection is not None:
                    write_connection(settings.connection, connection)
                profile = settings.profile.value
                _log.info("ready", origin=origins[0].url, ports=ports, profile=profile)
                await offer_code(parts, await _find_tenant(opened))

            try:
                await serve_app(create_app(parts), [*chain.from_iterable(sockets)], tls, announce)
            finally:
                if settings.connection is not None:
                    settings.connection.unlink(missing_ok=True)
    _log.info("stopped")


async def _find_tenant(opened: Installation) -> TenantRecord | None:
    """The tenant that this start is about; none where there are several."""
    store = opened.parts.store
    if opened.seed is not None:
        return await store.find_tenant(opened.seed.tenant.id)
    return await store.sole_tenant()


def _name_trust(settings: Settings) -> Trust:
    """The authorities that clients have to trust."""
    is_own = not settings.is_plain_http and settings.tls is None
    return Trust(
        authority_path(settings.data) if is_own else None,
        public_authority_path(settings.data) if settings.has_public_names else None,
    )


@asynccontextmanager
async def _speaking_tls(settings: Settings, parts: Parts) -> AsyncIterator[ssl.SSLContext | None]:
    """What TLS is spoken with, kept current; none where a proxy speaks it."""
    if settings.is_plain_http:
        yield None
        return

    def find() -> TlsFiles:
        if settings.tls is not None:
            return settings.tls
        own = [origin.url for origin in parts.origins if not origin.is_public]
        names = [urlsplit(url).hostname or "" for url in own]
        return prepare_tls(settings.data, names, parts.system.now()).files

    context = make_context(find())
    task = asyncio.create_task(keep_certificate(context, find))
    try:
        with ExitStack() as held:
            if settings.has_public_names:
                held.enter_context(speak_public_names(context, settings.data, parts.system.now()))
            yield context
    finally:
        task.cancel()
