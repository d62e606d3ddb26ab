"""Microsoft's names on an emulator: a certificate of their own that nobody is asked to trust."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest
import structlog
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tests.support.running import RunningService, refused, running
from timebound.server import tls
from timebound.server.certificates import make_context
from timebound.server.main import main
from timebound.server.origins import PUBLIC_NAMES
from timebound.server.public_names import public_authority_path, speak_public_names

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRAPH: Final = "graph.microsoft.com"


@contextlib.contextmanager
def speaking(folder: Path, at: datetime = NOON) -> Iterator[ssl.SSLContext]:
    """What an emulator speaks TLS with."""
    context = make_context(tls.prepare_tls(folder, [], at).files)
    with speak_public_names(context, folder, at):
        yield context


def read_authority(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(public_authority_path(folder).read_bytes())


def shake_hands(context: ssl.SSLContext, name: str) -> x509.Certificate:
    """The certificate that is shown to whoever asks for a name."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    client = anybody.wrap_bio(to_client, to_server, server_hostname=name)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def is_believed(authority: x509.Certificate, leaf: x509.Certificate, name: str) -> bool:
    policy = PolicyBuilder().store(Store([authority])).time(NOON)
    try:
        policy.build_server_verifier(x509.DNSName(name)).verify(leaf, [])
    except VerificationError:
        return False
    return True


@pytest.mark.documented("DESIGN, Origins: public names have a certificate authority of their own")
def test_each_authority_vouches_for_its_own_names_alone(tmp_path: Path) -> None:
    with speaking(tmp_path) as context:
        public = read_authority(tmp_path)
        local = x509.load_pem_x509_certificate(tls.authority_path(tmp_path).read_bytes())
        for name in PUBLIC_NAMES:
            shown = shake_hands(context, name)
            assert is_believed(public, shown, name)
            assert not is_believed(local, shown, name)
        shown = shake_hands(context, "localhost")
        assert is_believed(local, shown, "localhost")
        assert not is_believed(public, shown, "localhost")


@pytest.mark.documented("RFC 5280, 4.2.1.10: name constraints bind whatever the authority signs")
def test_the_authority_can_vouch_for_no_other_name() -> None:
    authority = tls.make_authority("public", tuple(PUBLIC_NAMES), NOON)
    forged = tls.make_server(authority, ["www.microsoft.com", GRAPH], NOON).certificate
    own = tls.make_server(authority, [GRAPH], NOON).certificate
    assert is_believed(authority.certificate, own, GRAPH)
    assert not is_believed(authority.certificate, forged, "www.microsoft.com")


@pytest.mark.inferred("a key that does not exist cannot be stolen: each start makes another one")
def test_no_key_of_the_public_names_is_kept(tmp_path: Path) -> None:
    with speaking(tmp_path):
        first = read_authority(tmp_path)
        names = {path.name for path in (tmp_path / "tls").iterdir()}
        assert names == {"ca.key", "ca.pem", "server.key", "server.pem", "public-names-ca.pem"}
        for path in (tmp_path / "tls").glob("*.key"):
            key = serialization.load_pem_private_key(path.read_bytes(), None)
            assert key.public_key() != first.public_key()
    assert not public_authority_path(tmp_path).exists()
    with speaking(tmp_path):
        assert read_authority(tmp_path).public_key() != first.public_key()


@pytest.mark.inferred("whoever starts it is told what it is, and where it belongs")
def test_it_is_told_plainly(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs, speaking(tmp_path):
        pass
    (told,) = [line for line in logs if line["event"] == "public names"]
    assert told["log_level"] == "warning"
    assert GRAPH in told["answers_as"]
    assert told["authority"] == str(public_authority_path(tmp_path))
    assert "never" in told["advice"]


@pytest.mark.documented(
    "DESIGN, Origins: an authority of their own that is never offered for trust"
)
def test_trust_never_offers_it(tmp_path: Path) -> None:
    with speaking(tmp_path):
        said = CliRunner().invoke(main, ["trust", "--data", str(tmp_path)]).output
    assert str(tls.authority_path(tmp_path)) in said
    assert "public" not in said.lower().replace(str(tmp_path).lower(), "")


async def ask(service: RunningService, name: str, path: str) -> bytes:
    """What the service answers to whoever takes this machine for the host of a name."""
    trusted = ssl.create_default_context(cafile=service.connection["publicCaBundle"])
    port = int(service.connection["graphUrl"].rpartition(":")[2])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=trusted, server_hostname=name
    )
    head = f"GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.documented("issue: Microsoft's public names as an emulator option")
def test_an_emulator_answers_to_public_names(tmp_path: Path) -> None:
    with running(tmp_path, "emulator", "--public-names") as service:
        path = f"/{service.connection['tenantId']}/v2.0/.well-known/openid-configuration"
        found = asyncio.run(ask(service, "login.microsoftonline.com", path))
        assert b'"issuer":"https://login.microsoftonline.com/' in found
        assert b'"msgraph_host":"graph.microsoft.com"' in found
        refused_token = asyncio.run(ask(service, GRAPH, "/v1.0/me"))
        assert refused_token.startswith(b"HTTP/1.1 401 ")
        url = f"{service.connection['graphUrl']}/v1.0/me"
        assert service.call("GET", url).status_code == HTTPStatus.UNAUTHORIZED
        kept = service.connection["publicCaBundle"]
        assert any('"event":"public names"' in line for line in service.log)
    assert not Path(kept).exists()


@pytest.mark.documented("issue: --public-names is for the emulator only")
def test_production_refuses_public_names(tmp_path: Path) -> None:
    assert "--public-names" in refused(tmp_path, "production", "--public-names")
    assert not (tmp_path / "data").exists()


@pytest.mark.inferred("without the option nothing answers to them, and nothing is said of them")
def test_an_emulator_does_not_answer_to_them_unasked(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert service.connection["publicCaBundle"] is None
        url = f"{service.connection['graphUrl']}/v1.0/me"
        answer = service.call("GET", url, headers={"host": GRAPH})
        assert answer.status_code == HTTPStatus.MISDIRECTED_REQUEST
