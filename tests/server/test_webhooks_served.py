"""The whole way: an activation over Graph, its end by the clock, and what a receiver is told."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.planting import ROOT
from tests.support.receiving import Heard, open_receiver
from tests.support.running import running

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
EXAMPLES = ROOT / "docs" / "examples"


def activate(example: str, connection: dict[str, Any], file: Path) -> None:
    """Activates what an example is about, and moves the clock on until that is over."""
    subprocess.run(
        [sys.executable, EXAMPLES / example, file],
        check=True,
        capture_output=True,
        env={**os.environ, "SSL_CERT_FILE": connection["caBundle"]},
    )


@pytest.mark.documented("issue 5: requested, activated and expired leave by signed webhooks")
@pytest.mark.parametrize(
    ("example", "kind"), [("first_activation.py", "directory"), ("activate_membership.py", "group")]
)
async def test_a_receiver_hears_of_an_activation_and_of_its_end(
    tmp_path: Path, example: str, kind: str
) -> None:
    async with open_receiver() as receiver:
        origin = f"http://127.0.0.1:{receiver.port}"
        webhook = {"name": "desk", "url": f"{origin}/200", "secret": SECRET}
        path = tmp_path / "webhooks.yaml"
        path.write_bytes(msgspec.json.encode({"webhooks": [webhook]}))
        options = ("--webhooks", str(path), "--outgoing-host", origin)
        networks = ("--outgoing-network", "127.0.0.0/8")
        with running(tmp_path, "emulator", *options, *networks) as service:
            await asyncio.to_thread(activate, example, service.connection, service.file)
            heard = [await receiver.hear()]
            while heard[-1].document["type"] != "timebound.role.expired":
                heard.append(await receiver.hear())
            metrics = await asyncio.to_thread(
                service.call, "GET", f"{service.connection['graphUrl']}/metrics"
            )
        told = "\n".join(service.log)
    assert [kind_of(one) for one in heard] == ["requested", "activated", "expired"]
    documents = [one.document for one in heard]
    assert len({one["data"]["correlationId"] for one in documents}) == 1
    assert {one["data"]["scopeKind"] for one in documents} == {kind}
    assert len({one["id"] for one in documents}) == 3
    authority, tenant = service.connection["authority"], service.connection["tenantId"]
    assert {one["source"] for one in documents} == {f"{authority}/{tenant}/v2.0"}
    assert all(one.is_signed_by(SECRET) for one in heard)
    assert "timebound_dead_letters 0.0" in metrics.text
    assert SECRET not in told


def kind_of(heard: Heard) -> str:
    kind: str = heard.document["type"]
    return kind.removeprefix("timebound.role.")
