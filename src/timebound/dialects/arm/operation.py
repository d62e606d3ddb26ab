"""What a row of the door's table is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from timebound.dialects.arm.call import Answer, Call

Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
LARGEST_BODY: Final = 256 * 1024
"""More bytes than a single request has; what is larger is not read to its end."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a method on a path does in some api-versions.

    The path is written as it is published, `/{scope}/providers/Microsoft.Authorization/...` or
    `/subscriptions/{subscriptionId}`. Names in braces stand for one segment, `{scope}` for any
    scope with the tenant's own, and `{parentResourcePath}` for any number of segments.
    """

    method: str
    path: str
    versions: frozenset[str]
    handle: Handler
    largest_body: int = LARGEST_BODY
    other_path: str | None = None
    """Where it is found as well, though it is not published there."""

    @property
    def name(self) -> str:
        """What metrics, logs and witnesses call it."""
        return f"{self.method} {self.path.removeprefix('/')}"
