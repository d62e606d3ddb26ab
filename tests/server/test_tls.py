"""The local authority: good for this installation's names only, and renewed in time."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from timebound.server import tls
from timebound.server.certificates import load_certificate, make_context
from timebound.server.config import ConfigError, TlsFiles

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def is_vouched_for(made: tls.LocalTls, leaf: x509.Certificate, name: str) -> bool:
    """Whether a client that trusts the local authority believes this server."""
    try:
        subject: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    assert isinstance(subject, x509.DNSName | x509.IPAddress)
    policy = PolicyBuilder().store(Store([read(made.authority)])).time(NOON)
    try:
        policy.build_server_verifier(subject).verify(leaf, [])
    except VerificationError:
        return False
    return True


@pytest.mark.documented("RFC 5280; DESIGN, Origins: the local authority is name-constrained")
def test_clients_believe_the_names_of_this_installation(tmp_path: Path) -> None:
    made = tls.prepare_tls(tmp_path, ["pim.example"], NOON)
    leaf = read(made.files.certificate)
    for name in ("localhost", "127.0.0.1", "::1", "pim.example"):
        assert is_vouched_for(made, leaf, name)
    assert not is_vouched_for(made, leaf, "graph.microsoft.com")


@pytest.mark.documented("RFC 5280, 4.2.1.10: name constraints bind whatever the authority signs")
@pytest.mark.parametrize("name", ["graph.microsoft.com", "example.com", "10.0.0.1"])
def test_whoever_steals_the_authority_cannot_vouch_for_others(tmp_path: Path, name: str) -> None:
    made = tls.prepare_tls(tmp_path, [], NOON)
    stolen = serialization.load_pem_private_key((tmp_path / "tls/ca.key").read_bytes(), None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    pair = tls.Pair(read(made.authority), stolen)
    forged = tls.make_server(pair, [name], NOON)
    own = tls.make_server(pair, ["localhost"], NOON)
    assert not is_vouched_for(made, forged.certificate, name)
    assert is_vouched_for(made, own.certificate, "localhost")


@pytest.mark.inferred("keys are for their owner alone")
def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    tls.prepare_tls(tmp_path, [], NOON)
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / "tls" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


@pytest.mark.inferred("what was made is kept, so that clients need not trust anew")
def test_certificates_are_kept_while_they_are_good(tmp_path: Path) -> None:
    first = tls.prepare_tls(tmp_path, [], NOON)
    before = (read(first.authority), read(first.files.certificate))
    again = tls.prepare_tls(tmp_path, [], NOON + 366 * DAY)
    assert (read(again.authority), read(again.files.certificate)) == before


@pytest.mark.documented("CA/Browser Forum and Apple: server certificates live 398 days at most")
def test_a_servers_certificate_is_renewed_under_the_same_authority(tmp_path: Path) -> None:
    first = tls.prepare_tls(tmp_path, [], NOON)
    authority, leaf = read(first.authority), read(first.files.certificate)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= 398 * DAY
    later = NOON + 368 * DAY
    again = tls.prepare_tls(tmp_path, [], later)
    assert read(again.authority) == authority
    assert read(again.files.certificate).not_valid_after_utc > later + 300 * DAY


@pytest.mark.inferred("the constraints are in the authority, so other names need another one")
def test_another_name_makes_another_authority(tmp_path: Path) -> None:
    first = read(tls.prepare_tls(tmp_path, ["one.example"], NOON).authority)
    made = tls.prepare_tls(tmp_path, ["two.example"], NOON)
    assert read(made.authority) != first
    assert is_vouched_for(made, read(made.files.certificate), "two.example")


@pytest.mark.inferred("files that are damaged or do not belong together are made anew")
@pytest.mark.parametrize("name", ["ca.key", "ca.pem", "server.key", "server.pem"])
def test_damaged_files_are_made_anew(tmp_path: Path, name: str) -> None:
    tls.prepare_tls(tmp_path, [], NOON)
    (tmp_path / "tls" / name).write_text("damaged")
    made = tls.prepare_tls(tmp_path, [], NOON)
    assert is_vouched_for(made, read(made.files.certificate), "localhost")
    make_context(made.files)


@pytest.mark.inferred("a newer certificate is for the connections to come")
def test_a_certificate_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    made = tls.prepare_tls(tmp_path, [], NOON)
    context = make_context(made.files)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    load_certificate(context, made.files)
    wrong = TlsFiles(made.files.certificate, tmp_path / "absent.key")
    with pytest.raises(ConfigError, match=r"--tls-key .*absent\.key"):
        load_certificate(context, wrong)
