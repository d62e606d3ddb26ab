"""What reads JSON from others."""

from collections.abc import Mapping
from typing import Any, Protocol

from timebound.outgoing.contracts import FetchFault


class JsonSource(Protocol):
    """Reads documents."""

    async def fetch_json(self, url: str) -> Mapping[str, Any] | FetchFault:
        """The JSON object at a URL, which may have been read a while ago."""
        ...


class JsonCaller(JsonSource, Protocol):
    """Reads documents, and asks by a form."""

    async def post_form(
        self, url: str, form: Mapping[str, str], authorization: str | None = None
    ) -> Mapping[str, Any] | FetchFault:
        """The JSON object that answers a form; nothing of it is kept."""
        ...
