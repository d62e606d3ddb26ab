"""A log whose service has stopped, the commands over it, and the script that is handed out."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from tests.storage.world import World
from tests.support.log_tampering import Intruder
from tests.support.planting import ROOT
from tests.support.sealing import tell
from tests.support.service import TENANT, open_service
from timebound.application.sealing import catch_up, write_head_note
from timebound.domain.ids import TenantId
from timebound.server.config import Settings
from timebound.server.main import main

VERIFIER: Final = ROOT / "docs" / "examples" / "verify_export.py"
SIZES: Final = (40, 300, 700)


@dataclass
class Scene:
    """A service that has stopped, the heads that somebody held, and its key."""

    settings: Settings
    folder: Path
    url: str
    heads: list[str]
    verifier: str

    def run(self, *arguments: object) -> Result:
        """A command over its data."""
        given = ["--data", str(self.settings.data)]
        if self.settings.database_url:
            given += ["--database-url", self.settings.database_url]
        name, *rest = [str(one) for one in arguments]
        return CliRunner().invoke(main, ["audit", name, *given, *rest])

    def write_heads(self, heads: Sequence[str]) -> Path:
        """The heads as a file."""
        path = self.folder / "heads.txt"
        path.write_text("\n".join(heads), encoding="utf-8")
        return path

    def export(self, *arguments: object) -> Path:
        """An export of the log."""
        path = self.folder / "log.jsonl"
        result = self.run("export", "-o", path, *arguments)
        assert result.exit_code == 0, result.output
        return path

    def tamper(self, statement: str, *values: object) -> None:
        """Writes into its database."""
        asyncio.run(Intruder(self.url, TENANT).run(statement, TENANT, *values))


async def make_scene(settings: Settings, folder: Path) -> Scene:
    """A log with three heads, and three events that are not sealed."""
    tenant_id = TenantId(TENANT)
    async with open_service(settings) as service:
        parts = service.parts
        world = World(parts.store, tenant_id)
        heads = []
        for size in SIZES:
            await catch_up(parts.sealer, tenant_id, parts.clock.now())
            head = await parts.store.last_head(tenant_id)
            before = 0 if head is None else head.size
            await tell(world, size - before, before)
            await catch_up(parts.sealer, tenant_id, parts.clock.now())
            head = await parts.store.last_head(tenant_id)
            assert head is not None
            assert head.size == size
            heads.append(write_head_note(parts.sealer.signer, tenant_id, head))
        await tell(world, 3, 5000)
        key = parts.sealer.signer.find(1)
        assert key is not None
        verifier = key.write_verifier(tenant_id)
        return Scene(settings, folder, settings.database, heads, verifier)


def verify_alone(export: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The verdict of the script, in a Python that knows nothing of us."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(export), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
