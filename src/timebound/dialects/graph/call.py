"""One call to the door: who calls, what they ask, and as of when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timebound.application.engine import Engine
from timebound.application.ports import Ports
from timebound.application.reading import Reader
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.problems import say_problems
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.shared.exchange import Headers, Perform, find_header
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose token is believed and whose path is known.

    `keys` are the ids in the path, `arguments` those of its function, `origin` where the client
    addressed the service; headers, path, query and body are as sent. `perform` is there for what
    holds calls of its own, and not inside of one. `is_count` tells that only the number of a list
    is asked for; `media` is the form that the client wants, `address` where it calls from.
    """

    ports: Ports
    page_key: bytes
    token: Token
    at: Instant
    version: Version
    origin: str
    keys: tuple[str, ...]
    arguments: Mapping[str, str]
    query: bytes
    body: bytes
    headers: Headers = ()
    perform: Perform[GraphError] | None = None
    is_count: bool = False
    path: bytes = b""
    media: str = ""
    address: str | None = None

    @property
    def place(self) -> str:
        """The address that is called, without its query."""
        return f"{self.origin}{self.path.decode('latin-1').rstrip('/')}"

    @property
    def root(self) -> str:
        """The root of the version, for absolute URLs."""
        return f"{self.origin}/{self.version.value}"

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

    async def choose_words(self) -> Wording:
        """The words of the tenant."""
        settings = await self.ports.store.load_settings(self.token.tenant_id)
        return Wording(self.version, self.at, settings.pending_status)

    async def refuse(self, refused: Refused) -> Refusal:
        """What the domain refused, in the words of the tenant."""
        settings = await self.ports.store.load_settings(self.token.tenant_id)
        # How a tenant wants it said may hide the reason from its clients, never from the log.
        reason = " ".join(dict.fromkeys(problem.code.value for problem in refused.problems))
        return Refusal(say_problems(refused.problems, settings), reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status, a body unless there is nothing to say, headers besides the usual.

    A plain `text` stands for the body where the answer is no JSON.
    """

    status: int
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
