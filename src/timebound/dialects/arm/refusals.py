"""What a refused call is answered: a status, a published code, and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

GATEWAY: Final[Mapping[str, str]] = {"x-ms-failure-cause": "gateway"}
"""What tells that the resource manager itself has refused, and no provider behind it."""


@dataclass(frozen=True, slots=True)
class ArmError:
    """An error as it goes into the published envelope.

    `target` names what is at fault and `details` say more of it, where that is published. `bare`
    is said instead of an envelope where the service was seen to do without one.
    """

    status: HTTPStatus
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    details: "tuple[ArmError, ...]" = ()
    bare: object = None


class Refusal(Exception):  # noqa: N818 - a refusal of input, not a fault of the program
    """A call that cannot be answered; raised where that is found, caught once by the door."""

    def __init__(self, error: ArmError, reason: str | None = None) -> None:
        """Keep what the client is told, and the reason that the log is told."""
        super().__init__(error.code)
        self.error = error
        self.reason = reason or error.code


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """The refusal of malformed input."""
    return Refusal(ArmError(HTTPStatus.BAD_REQUEST, code, message))


def bad_content(message: str, reason: str | None = None) -> Refusal:
    """The refusal of a body; the message names the property at fault."""
    told = f"The request content was invalid and could not be deserialized: '{message}'."
    return Refusal(ArmError(HTTPStatus.BAD_REQUEST, "InvalidRequestContent", told), reason)
