"""A certificate authority of this installation's own, good for its own names only.

The public names have another one, which is never kept: see `public_names.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from timebound.domain.times import Instant
from timebound.server.config import TlsFiles
from timebound.server.files import OWNER_ONLY, READABLE, write_file

AUTHORITY_LIFE: Final = timedelta(days=3650)
SERVER_LIFE: Final = timedelta(days=397)
"""The longest life that today's clients accept for a server's certificate."""
RENEWED_BEFORE: Final = timedelta(days=30)
_BACKDATED: Final = timedelta(hours=1)
"""Certificates begin a little earlier, for clients whose clock is behind."""
LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")

_Key: TypeAlias = ec.EllipticCurvePrivateKey
_ALL_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class LocalTls:
    """What the server speaks TLS with, and the authority that clients have to trust."""

    files: TlsFiles
    authority: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: _Key


def authority_path(data: Path) -> Path:
    """Where the certificate of the local authority is."""
    return data / "tls" / "ca.pem"


def prepare_tls(data: Path, names: Iterable[str], at: Instant) -> LocalTls:
    """Certificates for the local names and `names`; made when missing, too old, or for others.

    The authority is constrained to these names, so a new name makes a new authority.
    """
    wanted = tuple(dict.fromkeys((*LOCAL_NAMES, *names)))
    folder = data / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _load(folder, "ca")
    if authority is None or not _is_good(authority, at) or not _permits(authority, wanted):
        authority = make_authority("Timebound local authority", wanted, at)
        _save(folder, "ca", authority)
    server = _load(folder, "server")
    if server is None or not _is_good(server, at) or not _is_issued(server, authority, wanted):
        server = make_server(authority, wanted, at)
        _save(folder, "server", server)
    return LocalTls(TlsFiles(folder / "server.pem", folder / "server.key"), authority_path(data))


def _load(folder: Path, name: str) -> Pair | None:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError):
        return None
    is_pair = isinstance(key, ec.EllipticCurvePrivateKey) and (
        key.public_key() == certificate.public_key()
    )
    return Pair(certificate, key) if is_pair and isinstance(key, _Key) else None


def _save(folder: Path, name: str, pair: Pair) -> None:
    key = pair.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificate = pair.certificate.public_bytes(serialization.Encoding.PEM)
    write_file(folder / f"{name}.key", key, OWNER_ONLY)
    write_file(folder / f"{name}.pem", certificate, READABLE)


def _is_good(pair: Pair, at: Instant) -> bool:
    certificate = pair.certificate
    return certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc - RENEWED_BEFORE


def _permits(authority: Pair, names: Sequence[str]) -> bool:
    try:
        constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return False
    return set(constraints.value.permitted_subtrees or ()) == set(_subtrees(names))


def _is_issued(server: Pair, authority: Pair, names: Sequence[str]) -> bool:
    extensions = server.certificate.extensions
    named = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    expected = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    return issuer.key_identifier == expected.digest and set(named) == set(_names(names))


def _names(names: Sequence[str]) -> list[x509.GeneralName]:
    return [
        x509.DNSName(name) if _is_host(name) else x509.IPAddress(ip_address(name)) for name in names
    ]


def _subtrees(names: Sequence[str]) -> list[x509.GeneralName]:
    return [
        x509.DNSName(name) if _is_host(name) else x509.IPAddress(ip_network(name)) for name in names
    ]


def _is_host(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return True
    return False


def make_authority(title: str, names: Sequence[str], at: Instant) -> Pair:
    """An authority that can vouch for these names alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(title)
    builder = (
        _begin(subject, subject, key.public_key(), at, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints(_subtrees(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def make_server(authority: Pair, names: Sequence[str], at: Instant) -> Pair:
    """A server's certificate by the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    subject = _subject("Timebound")
    builder = (
        _begin(subject, authority.certificate.subject, key.public_key(), at, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer, critical=False)
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    at: Instant,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at - _BACKDATED + life)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*uses: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in uses for use in _ALL_USES})
