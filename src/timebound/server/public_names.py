"""Certificates for Microsoft's public names: for clients that have them built in, on an emulator.

Whoever trusts such an authority believes that this machine is Microsoft's, so no key of it is ever
kept: the authority's is forgotten once it has signed, the server's is in this process alone. Each
start makes them anew.
"""

import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from cryptography.hazmat.primitives import serialization

from timebound.domain.times import Instant
from timebound.server.certificates import begin_context
from timebound.server.files import READABLE, write_file
from timebound.server.origins import PUBLIC_NAMES
from timebound.server.tls import Pair, make_authority, make_server

_TITLE: Final = "Timebound emulator, public names, never for a machine"
_log = structlog.get_logger()


def public_authority_path(data: Path) -> Path:
    """Where the certificate of the authority for the public names is while the service runs."""
    return data / "tls" / "public-names-ca.pem"


@contextmanager
def speak_public_names(context: ssl.SSLContext, data: Path, at: Instant) -> Iterator[None]:
    """Lets a server answer to the public names as well, with their own certificate.

    The authority's certificate is a file until the context is left; nothing offers it for trust.
    """
    names = tuple(PUBLIC_NAMES)
    path = public_authority_path(data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = make_authority(_TITLE, names, at)
    public = begin_context()
    _load(public, make_server(authority, names, at), path.parent)

    def choose(spoken: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name is not None and name.lower() in PUBLIC_NAMES:
            spoken.context = public

    context.sni_callback = choose
    certificate = authority.certificate.public_bytes(serialization.Encoding.PEM)
    write_file(path, certificate, READABLE)
    _log.warning(
        "public names",
        answers_as=names,
        authority=str(path.resolve()),
        advice="for a namespace or container only; never let a whole machine trust this authority",
    )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _load(context: ssl.SSLContext, pair: Pair, folder: Path) -> None:
    """Puts a certificate into use; only files can be loaded, so one is there for this moment.

    Its key is encrypted under a password that nobody learns, should the file be left behind.
    """
    password = secrets.token_bytes(32).hex().encode()
    key = pair.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    certificate = pair.certificate.public_bytes(serialization.Encoding.PEM)
    with TemporaryDirectory(prefix=".public-names.", dir=folder) as kept:
        file = Path(kept) / "server.pem"
        file.write_bytes(certificate + key)
        context.load_cert_chain(file, password=password)
