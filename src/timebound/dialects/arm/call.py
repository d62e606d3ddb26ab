"""One call to the door: who calls, what they ask, and as of when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timebound.application.engine import Engine
from timebound.application.ports import Ports
from timebound.application.reading import Reader
from timebound.dialects.arm.domain_problems import say_problems
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.shared.exchange import Headers, Perform, find_header
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.times import Instant

ROOT = "/"
"""The scope that is the tenant itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose token is believed and whose path is known.

    `version` is the api-version, `origin` where the client addressed the service. `scope_path` is
    what stands in the place of `{scope}`: tidied, its letters as sent, `/` for the tenant; `keys`
    are the other parameters of the path in their order. Of an operation outside of
    Microsoft.Authorization the `scope_path` ends with the last parameter, and `keys` are all of
    them. `query` has the names of options in lower case with their `$`, and its values decoded;
    headers, path, raw query and body are as sent. `perform` is there for what holds calls of its
    own, and not inside of one; `origins` are all addresses of the service. `page_size` is how many
    rows a page has at the most, `address` where the client calls from.
    """

    ports: Ports
    page_key: bytes
    token: Token
    at: Instant
    version: str
    origin: str
    scope_path: str
    keys: tuple[str, ...]
    query: Mapping[str, str]
    raw_query: bytes = b""
    path: bytes = b""
    body: bytes = b""
    headers: Headers = ()
    perform: Perform[ArmError] | None = None
    origins: frozenset[str] = frozenset()
    page_size: int = 1_000
    address: str | None = None

    @property
    def place(self) -> str:
        """The address that is called, without its query."""
        return f"{self.origin}{self.path.decode('latin-1').rstrip('/')}"

    def read_header(self, name: bytes) -> str | None:
        """The first value of a header (its name in lower case), none if it was not sent."""
        return find_header(self.headers, name)

    @property
    def engine(self) -> Engine:
        """What use cases that change something work with."""
        return Engine(self.ports.store, self.ports.ids, self.address)

    def read_at(self, at: Instant) -> Reader:
        """The caller's questions, as of an instant."""
        return Reader(self.ports.store, self.token, at)

    async def name_client(self) -> str:
        """What errors call whoever asks: by the name they sign in with, or else by their id."""
        id_ = self.token.principal_id
        found = (await self.ports.store.find_objects(self.token.tenant_id, [id_])).get(id_)
        name = found and (found.user_principal_name or found.app_id or found.display_name)
        return name or id_

    async def refuse(self, refused: Refused) -> Refusal:
        """What the domain refused, in the words of the tenant."""
        settings = await self.ports.store.load_settings(self.token.tenant_id)
        client = await self.name_client()
        error = say_problems(refused.problems, client, self.token.principal_id, settings)
        reason = " ".join(dict.fromkeys(problem.code.value for problem in refused.problems))
        return Refusal(error, reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status, a body unless there is nothing to say, headers besides the usual.

    A body is a published type or plain objects, and members that are null are left out of it; or it
    is JSON that is written already.
    """

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
