"""One request and its answer, as the checks read them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and what came back; header names are lower case."""

    method: str
    path: str
    """With the version in front, the query still on it."""
    status: int
    headers: Mapping[str, str]
    body: object
    """Parsed JSON, or None where there is no body."""

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    @property
    def query(self) -> str:
        """The query without its question mark."""
        return self.path.partition("?")[2]

    @property
    def is_refused(self) -> bool:
        """Whether the answer is an error."""
        return self.status >= 400

    @property
    def is_bare(self) -> bool:
        """Whether the client had the metadata left out."""
        return "odata.metadata=none" in self.headers.get("content-type", "").lower()
