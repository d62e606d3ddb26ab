"""What a refused call is answered: a status, a published code, and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error as it goes into the published envelope."""

    status: HTTPStatus
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - a refusal of input, not a fault of the program
    """A call that cannot be answered; raised where that is found, caught once by the door."""

    def __init__(self, error: GraphError, reason: str | None = None) -> None:
        """Keep what the client is told, and the reason that the log is told."""
        super().__init__(error.code)
        self.error = error
        self.reason = reason or error.code


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """The refusal of malformed input."""
    return Refusal(GraphError(HTTPStatus.BAD_REQUEST, code, message))
