"""What the words of an answer depend on besides the facts."""

from dataclasses import dataclass
from enum import Enum

from timebound.domain.settings import PendingStatus
from timebound.domain.times import Instant


class Version(Enum):
    """The published versions, as they stand in paths."""

    V1 = "v1.0"
    BETA = "beta"


@dataclass(frozen=True, slots=True)
class Wording:
    """The version that was asked, the instant that is told of, and the tenant's choice of words."""

    version: Version
    at: Instant
    pending_status: PendingStatus = PendingStatus.PENDING_APPROVAL

    @property
    def is_beta(self) -> bool:
        """Whether beta was asked."""
        return self.version is Version.BETA
