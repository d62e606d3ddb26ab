"""Tree heads kept in a file, away from the database that they are to be held against."""

import asyncio
import os
from pathlib import Path

import structlog

from timebound.domain.ids import TenantId
from timebound.server.config import ConfigError

_log = structlog.get_logger()


class HeadFile:
    """A file that gets every tree head this server signs, at its end and durably.

    Nothing of it is ever read or changed, so that it can be on a medium that only grows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = asyncio.Lock()

    def check(self) -> None:
        """ConfigError if it cannot be written."""
        try:
            self._append(b"")
        except OSError as error:
            raise ConfigError(f"--log-heads {self._path}: {error.strerror}") from error

    async def keep(self, tenant_id: TenantId, note: str) -> None:
        """Keeps a tree head; what is sealed stays sealed where that fails, and the log tells it."""
        # An empty line between two notes is how they are told apart.
        content = f"{note}\n".encode()
        try:
            async with self._writing:
                await asyncio.to_thread(self._append, content)
        except OSError:
            _log.exception("a tree head was not kept", file=str(self._path), tenant=tenant_id)

    def _append(self, content: bytes) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(content)
            os.fsync(file.fileno())
