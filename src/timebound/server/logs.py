"""Structured logs: one line for each thing that happened, without secrets."""

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Final

import msgspec
import structlog

from timebound.server.config import LogFormat

_SECRET: Final = ("password", "secret", "token", "authorization", "assertion", "credential")
_HIDDEN: Final = "(hidden)"


def configure_logs(log_format: LogFormat) -> None:
    """Sends everything that is logged, by us or by a library, to the standard error output."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    if log_format is LogFormat.JSON:
        factory: Any = structlog.BytesLoggerFactory(sys.stderr.buffer)
        processors += [structlog.processors.format_exc_info, _render_json]
    else:
        factory = structlog.WriteLoggerFactory(sys.stderr)
        # Where `rich` is installed the default shows local variables, and with them secrets.
        plain = structlog.dev.plain_traceback
        is_terminal = sys.stderr.isatty()
        processors.append(
            structlog.dev.ConsoleRenderer(colors=is_terminal, exception_formatter=plain)
        )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Forwarding(logging.WARNING)]
    root.setLevel(logging.WARNING)


def hide_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event with the values hidden whose names say that they are nobody's business."""
    for name in event:
        if _is_secret(name):
            event[name] = _HIDDEN
    return event


@lru_cache
def _is_secret(name: str) -> bool:
    folded = name.lower()
    return any(word in folded for word in _SECRET)


def _render_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


class _Forwarding(logging.Handler):
    """Hands what libraries log to the one log there is."""

    def emit(self, record: logging.LogRecord) -> None:
        """Logs the record under the name of the library."""
        structlog.get_logger().log(
            record.levelno,
            record.getMessage(),
            library=record.name,
            exc_info=record.exc_info,
        )
