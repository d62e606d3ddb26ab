"""A provider that answers whatever a test wants: what a real one would never say as well."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tests.identity.outgoing.issuers import EC, RSA, Documents, publish, sign
from timebound.domain.times import Instant
from timebound.outgoing.contracts import FetchFault, FetchProblem

ISSUER: Final = "https://idp.example/realm"
CLIENT: Final = "timebound-here"


@dataclass(slots=True)
class Rogue(Documents):
    """The provider: what its id token says is the good thing, with `changes`."""

    changes: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] | FetchFault | None = None
    nonce: str = ""
    forms: list[Mapping[str, str]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    at: Instant | None = None

    def describe(self, **more: object) -> None:
        """Its metadata, with more."""
        self.put_issuer(
            publish(RSA, "rsa"),
            publish(EC, "ec"),
            issuer=ISSUER,
            authorization_endpoint=f"{ISSUER}/authorize",
            token_endpoint=f"{ISSUER}/token",
            **more,
        )

    def visit(self, url: str) -> dict[str, str]:
        """What a browser that is sent to it brings."""
        assert url.startswith(f"{ISSUER}/authorize?")
        asked = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        self.nonce = asked["nonce"]
        return asked

    def make_id_token(self) -> str:
        """The id token that it gives for any code."""
        assert self.at is not None
        now = int(self.at.timestamp())
        good = {
            "iss": ISSUER,
            "sub": "s1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "email": "bob@small.example",
            "email_verified": True,
            "name": "Bob There",
        }
        said = {
            name: value for name, value in {**good, **self.changes}.items() if value is not None
        }
        header = dict(self.header)
        return sign(said, header.pop("key", RSA), **header)

    async def post_form(
        self, url: str, form: Mapping[str, str], authorization: str | None = None
    ) -> Mapping[str, Any] | FetchFault:
        """The answer of its token endpoint."""
        assert url == f"{ISSUER}/token"
        self.forms.append(form)
        self.authorizations.append(authorization)
        if self.answer is not None:
            return self.answer
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.make_id_token()}

    def refuse(self) -> None:
        """From now on its token endpoint refuses."""
        self.answer = FetchFault(FetchProblem.BAD_STATUS, ISSUER, 400)
