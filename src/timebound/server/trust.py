"""What `timebound trust` says: where the local authority is, and how each system trusts it."""

from pathlib import Path
from typing import Final

from timebound.server.tls import authority_path

_TEXT: Final = """\
The local certificate authority is at
  {path}{absent}
It can vouch for the names of this service only, whoever holds its key.

Only for one program (nothing is installed):
  curl:                     --cacert {path}
  Python requests, az:      REQUESTS_CA_BUNDLE={path}
  Python httpx, Go:         SSL_CERT_FILE={path}
  Node.js:                  NODE_EXTRA_CA_CERTS={path}

For the whole machine (as an administrator):
  Debian, Ubuntu:  cp {path} /usr/local/share/ca-certificates/timebound.crt
                   update-ca-certificates
  Fedora, RHEL:    cp {path} /etc/pki/ca-trust/source/anchors/timebound.pem
                   update-ca-trust
  macOS:           security add-trusted-cert -d -r trustRoot \\
                     -k /Library/Keychains/System.keychain {path}
  Windows:         certutil -addstore -f Root {path}
  Firefox:         Settings, Privacy & Security, View Certificates, Authorities, Import

Nothing has been changed."""


def explain_trust(data: Path) -> str:
    """The text for the authority of a data folder, whether it has been made or not."""
    path = authority_path(data).resolve()
    absent = "" if path.exists() else "\n  (it is made when the service starts for the first time)"
    return _TEXT.format(path=path, absent=absent)
