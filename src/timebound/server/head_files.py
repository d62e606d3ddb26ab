"""Tree heads kept in a file, away from the database that they are to be held against."""

import asyncio
import errno
import os
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from timebound.application.log_ports import DamagedLogError, LogSigner, TreeHead
from timebound.application.ports import Store
from timebound.application.sealing import write_head_note
from timebound.domain.checkpoints import read_notes
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree
from timebound.server.config import ConfigError

_INTERVAL: Final = 10.0
"""Seconds between two looks for heads that other servers have signed."""
_GRACE: Final = 3.0
"""Seconds that a stop waits for the last heads."""
_PORTION: Final = 1000
_END: Final = b"\n\n"
_MARK: Final = "\u2014 ".encode()
_LINES: Final = 6
"""A note has as many: origin, size, root, time, an empty one, and a signature."""
_LOOKED_AT: Final = 8
"""How many notes at the end are looked at for the last one that is whole."""
_log = structlog.get_logger()


class HeadFile:
    """A file that gets every tree head of the store, at its end and durably, whoever signed it.

    It is only ever added to, so that it can be on a medium that only grows; what it has is read
    once. A head that was not written whole is closed off, and whoever reads passes it over.
    """

    def __init__(self, path: Path, store: Store, signer: LogSigner) -> None:
        self._path = path
        self._store = store
        self._signer = signer
        self._writing = asyncio.Lock()
        self._last: dict[str, Tree] = {}
        self._woken_by: set[TenantId] = set()
        self._is_woken = asyncio.Event()
        self.is_stopping = False

    async def open(self) -> None:
        """Looks which heads the file has; ConfigError if it cannot be read and written."""
        try:
            await asyncio.to_thread(self._append, b"")
            self._last = await asyncio.to_thread(self._find_last)
        except OSError as error:
            raise ConfigError(f"--log-heads {self._path}: {error.strerror}") from error

    def wake(self, tenant_id: TenantId) -> None:
        """Is told that the log of a tenant has another head, which is added as soon as can be.

        Nobody waits for that: a file system may hang, and what is sealed stays sealed.
        """
        self._woken_by.add(tenant_id)
        self._is_woken.set()

    def stop(self) -> None:
        """Has whoever waits for a head go on."""
        self.is_stopping = True
        self._is_woken.set()

    async def add_woken(self) -> None:
        """Adds the heads that it was told of."""
        self._is_woken.clear()
        while self._woken_by:
            await self._add_all_lacking(self._woken_by.pop())

    async def wait(self, seconds: float) -> None:
        """Waits until it is told of a head or stopped, for so long at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_woken.wait(), seconds)

    async def catch_up(self) -> None:
        """Adds every head of the store that is newer than what the file has."""
        for tenant_id in await self._store.logged_tenants():
            await self._add_all_lacking(tenant_id)

    async def _add_all_lacking(self, tenant_id: TenantId) -> None:
        while await self.add_lacking(tenant_id) == _PORTION:
            pass

    async def add_lacking(self, tenant_id: TenantId) -> int:
        """Adds the next heads of a tenant that the file lacks, a portion of them; how many."""
        async with self._writing:
            try:
                heads = await self._find_lacking(tenant_id)
                notes = [write_head_note(self._signer, tenant_id, head) for head in heads]
                if notes:
                    # An empty line between two notes is how they are told apart.
                    content = "".join(f"{note}\n" for note in notes).encode()
                    await asyncio.to_thread(self._append, content)
                    self._last[self._name_log(tenant_id)] = heads[-1].tree
            except (OSError, DamagedLogError) as error:
                about = {"file": str(self._path), "tenant": tenant_id, "error": str(error)}
                _log.error("tree heads were not kept", **about)
                return 0
        return len(notes)

    async def _find_lacking(self, tenant_id: TenantId) -> Sequence[TreeHead]:
        name = self._name_log(tenant_id)
        last = self._last.get(name)
        if last is not None:
            kept = await self._store.find_head(tenant_id, last.size)
            if kept is None or kept.tree != last:
                _log.warning(
                    "the log does not go on from a tree head in the file: it has begun anew, or "
                    "`timebound audit verify --head` tells more",
                    file=str(self._path),
                    tenant=tenant_id,
                    size=last.size,
                )
                del self._last[name]
                last = None
        return await self._store.read_heads(tenant_id, last.size if last else 0, _PORTION)

    def _name_log(self, tenant_id: TenantId) -> str:
        key = self._signer.find(self._signer.number)
        return "" if key is None else key.name_log(tenant_id)

    def _append(self, content: bytes) -> None:
        with self._path.open("ab", buffering=0) as file:
            if self._ends_within():
                _log.warning("a tree head in the file was not written whole", file=str(self._path))
                content = _END + content
            if file.write(content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())

    def _ends_within(self) -> bool:
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(_END)))
            return size > 0 and file.read() != _END

    def _find_last(self) -> dict[str, Tree]:
        """The head that was added last of each log; little is held, however long the file is."""
        found: dict[bytes, deque[bytes]] = defaultdict(lambda: deque(maxlen=_LOOKED_AT))
        lines: list[bytes] = []
        with self._path.open("rb") as file:
            for line in file:
                lines = [*lines[1 - _LINES :], line]
                if line.startswith(_MARK) and len(lines) == _LINES:
                    found[lines[0]].append(b"".join(lines))
        texts = (_END.join(notes).decode(errors="replace") for notes in found.values())
        notes = [note for text in texts for note in read_notes(text, lambda _why: None)]
        return {note.checkpoint.origin: note.checkpoint.tree for note in notes}


@asynccontextmanager
async def keeping_heads(files: Sequence[HeadFile]) -> AsyncIterator[None]:
    """Adds heads to files beside whatever else is done, until the context is left."""
    tasks = [asyncio.create_task(_keep_adding(file)) for file in files]
    try:
        yield
    finally:
        for file in files:
            file.stop()
        # What hangs is added after the next start.
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _keep_adding(file: HeadFile) -> None:
    loop = asyncio.get_running_loop()
    next_look = loop.time()
    while True:
        # What was signed before the stop is added all the same.
        is_last = file.is_stopping
        try:
            await file.add_woken()
            if loop.time() >= next_look and not is_last:
                await file.catch_up()
                next_look = loop.time() + _INTERVAL
        except Exception as error:  # noqa: BLE001 - whatever ails the database, it is asked again
            _log.error("tree heads could not be looked for", error=str(error))
            next_look = loop.time() + _INTERVAL
        if is_last:
            return
        await file.wait(next_look - loop.time())
