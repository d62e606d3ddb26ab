"""The operator's list of refused passwords: read at the start, and asked wherever one is chosen."""

from dataclasses import replace
from hashlib import sha1
from pathlib import Path

import pytest

from tests.support.service import emulator, open_service
from timebound.server.config import ConfigError

pytestmark = pytest.mark.documented("issue 3: breached passwords are refused from a local list")
BREACHED = "Larkfield-Moss-41"


@pytest.mark.parametrize("line", [BREACHED, f"{sha1(BREACHED.encode()).hexdigest()}:3"])  # noqa: S324 - as published
async def test_nobody_gets_a_password_that_is_listed(tmp_path: Path, line: str) -> None:
    file = tmp_path / "refused.txt"
    file.write_text(f"{line}\n", encoding="utf-8")
    async with open_service(replace(emulator(tmp_path), refused_passwords=file)) as service:
        hasher = service.parts.hasher
        assert await hasher.is_refused(BREACHED)
        assert await hasher.is_refused("Summer2026!")
        assert not await hasher.is_refused("Larkfield-Moss-42")


@pytest.mark.parametrize("content", [None, "", f"{'0' * 32}:1\n"])
async def test_a_list_that_cannot_be_read_stops_the_start(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "refused.txt"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    settings = replace(emulator(tmp_path), refused_passwords=file)
    with pytest.raises(ConfigError, match=f"--refused-passwords {file}: "):
        async with open_service(settings):
            pass
