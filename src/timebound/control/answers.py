"""How the control door answers."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response


class Answer(Response):
    """A JSON answer that nobody keeps."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        super().__init__(content, int(status), {"cache-control": "no-store"}, "application/json")


def tell(content: Mapping[str, object], status: int = 200) -> Answer:
    """What was asked for."""
    return Answer(msgspec.json.encode(content), status)


def refuse(status: int, code: str, message: str) -> Answer:
    """Why it is not answered."""
    return Answer(msgspec.json.encode({"error": {"code": code, "message": message}}), status)
