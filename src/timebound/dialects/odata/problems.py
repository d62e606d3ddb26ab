"""What can be wrong with query options, paths, dates and durations, as one exception."""

from enum import Enum


class Flaw(Enum):
    """The kind of mistake, from which a dialect chooses its error code."""

    MALFORMED = "malformed"
    UNKNOWN_OPTION = "unknownOption"
    REPEATED = "repeated"
    UNKNOWN_PROPERTY = "unknownProperty"
    WRONG_TYPE = "wrongType"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "tooLarge"
    PAGE_INVALID = "pageInvalid"
    PAGE_EXPIRED = "pageExpired"


class ODataProblem(Exception):  # noqa: N818 - a refusal of input, not a fault of the program
    """Input that cannot be taken; `target` names the option or property, `position` counts from 0.

    It is raised where the text is read and caught once, by the dialect that answers.
    """

    def __init__(
        self, flaw: Flaw, target: str, message: str, *, position: int | None = None
    ) -> None:
        """Keep what a dialect needs to tell the caller."""
        super().__init__(message if position is None else f"{message} (at position {position})")
        self.flaw = flaw
        self.target = target
        self.position = position

    @property
    def message(self) -> str:
        """The sentence for the caller, with the position where there is one."""
        return str(self.args[0])
