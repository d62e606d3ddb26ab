"""Runs Canaille, an authorization server that others have written, on a free port of this machine.

    python canaille_server.py '{"factors": ["password"], "people": ["bob"], "clients": [...]}'

It prints who it is once it listens, and forgets everything when it ends.
"""

import json
import socket
import sys
from datetime import UTC, datetime
from typing import Any, Final

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

PASSWORD: Final = "Kestrel-Harbour-41"
APP_SECRET: Final = "kestrel-harbour-app"
"""What the apps of all people make their codes of."""


def configure(netloc: str, factors: list[str]) -> dict[str, Any]:
    """What the server is told about itself."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "theirs"})
    return {
        "SECRET_KEY": "not a secret of anybody's",
        "SERVER_NAME": netloc,
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory", "AUTHENTICATION_FACTORS": factors, "JAVASCRIPT": False},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
    }


def plant(people: list[str], clients: list[dict[str, str]]) -> None:
    """Makes the people and the clients."""
    for name in people:
        user = models.User(
            user_name=name,
            formatted_name=f"{name.title()} There",
            family_name="There",
            emails=[f"{name}@small.example"],
            secret_token=APP_SECRET,
            last_otp_login=datetime(2026, 1, 1, tzinfo=UTC),
        )
        user.password = PASSWORD
        Backend.instance.save(user)
    for one in clients:
        client = models.Client(
            client_id=one["id"],
            client_secret=one["secret"],
            client_name=one["id"],
            redirect_uris=[one["redirect_uri"]],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "email"],
            token_endpoint_auth_method="client_secret_basic",
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)


def main(told: dict[str, Any]) -> None:
    """Serves until it is ended."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        host, port = listening.getsockname()
        app = create_app(configure(f"{host}:{port}", told["factors"]))
        with app.app_context():
            plant(told["people"], told["clients"])
        server = make_server(host, port, app, threaded=True, fd=listening.fileno())
        sys.stdout.write(f"http://{host}:{port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
