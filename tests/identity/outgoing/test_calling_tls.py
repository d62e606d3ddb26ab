"""Outgoing calls over TLS: made to the address that was judged, believed by the name."""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.identity.outgoing.remote import Names, open_remote
from timebound.identity.outgoing.calling import Caller, Fetched
from timebound.outgoing.contracts import FetchFault, FetchProblem, OutgoingRules
from timebound.server.certificates import make_context
from timebound.server.config import TlsFiles
from timebound.server.tls import prepare_tls

pytestmark = pytest.mark.documented("RFC 9525; RFC 6066, 3")


def prepare(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of these names speaks with, and what trusts it."""
    local = prepare_tls(folder, names, datetime.now(UTC))  # noqa: TID251 - TLS goes by it
    speaks = make_context(TlsFiles(local.files.certificate, local.files.key))
    return speaks, ssl.create_default_context(cafile=local.authority)


def _caller(port: int, trust: ssl.SSLContext) -> Caller:
    rules = OutgoingRules(frozenset({f"https://idp.example:{port}"}), (ip_network("127.0.0.0/8"),))
    return Caller(rules, Names([("127.0.0.1",)]), trust)


async def test_the_name_is_who_the_certificate_is_of(tmp_path: Path) -> None:
    speaks, trust = prepare(tmp_path, "idp.example")
    async with open_remote(speaks) as remote:
        answer = await _caller(remote.port, trust).get(f"https://idp.example:{remote.port}/")
        assert isinstance(answer, Fetched)
        assert f"host: idp.example:{remote.port}\r\n" in remote.heard[0].lower()


async def test_whoever_cannot_show_the_name_is_not_heard(tmp_path: Path) -> None:
    # The certificate is good for the address that is connected to, which is not the name.
    speaks, trust = prepare(tmp_path, "other.example")
    async with open_remote(speaks) as remote:
        url = f"https://idp.example:{remote.port}/"
        for trusting in (trust, ssl.create_default_context()):
            answer = await _caller(remote.port, trusting).get(url)
            assert isinstance(answer, FetchFault)
            assert answer.problem is FetchProblem.UNREACHABLE
        assert not remote.heard
