"""The certificate in use: loaded at the start, and again when there is a newer one."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

import structlog

from timebound.server.config import ConfigError, TlsFiles

_LOOKED_FOR_EVERY: Final = 3600.0
"""Seconds between two looks for a newer certificate."""
_log = structlog.get_logger()


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """What TLS is spoken with; ConfigError for files that are not a certificate and its key."""
    context = begin_context()
    load_certificate(context, files)
    return context


def begin_context() -> ssl.SSLContext:
    """How TLS is spoken, still without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def load_certificate(context: ssl.SSLContext, files: TlsFiles) -> None:
    """Puts a certificate into use for the connections to come."""
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"--tls-certificate {files.certificate} and --tls-key {files.key}: {error}"
        ) from error


async def keep_certificate(context: ssl.SSLContext, find: Callable[[], TlsFiles]) -> None:
    """Loads what is found again and again, until cancelled; a failure is only logged."""
    while True:
        await asyncio.sleep(_LOOKED_FOR_EVERY)
        try:
            load_certificate(context, find())
        except (ConfigError, OSError):
            _log.exception("the certificate could not be renewed")
