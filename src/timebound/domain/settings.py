"""What a tenant can set: every named switch with its default (strict, as Microsoft behaves)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from types import MappingProxyType


class RuleMessageStyle(Enum):
    """How a refusal lists the failed rules (behaviour book 2)."""

    BRACKETS = "brackets"
    SENTENCES = "sentences"


class ScopeErrorStyle(Enum):
    """Whether a missing permission is told plainly or wrapped in UnknownError."""

    PLAIN = "plain"
    WRAPPED = "wrapped"


class PendingStatus(Enum):
    """What a request that waits for approval reads."""

    PENDING_APPROVAL = "PendingApproval"
    PENDING_APPROVAL_PROVISIONING = "PendingApprovalProvisioning"


class Enforcement(Enum):
    """Whether a rule is enforced in a case where the sources disagree."""

    ENFORCE = "enforce"
    SKIP = "skip"


class MissingExpiration(Enum):
    """What an activation without an expiration means."""

    REFUSE = "refuse"
    MAXIMUM = "maximum"


class License(Enum):
    """The licence state of the tenant."""

    NONE = "none"
    P2 = "p2"
    GOVERNANCE = "governance"
    ENDED = "ended"

    @property
    def is_sufficient(self) -> bool:
        """Whether the licence covers Privileged Identity Management."""
        return self in (License.P2, License.GOVERNANCE)


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The settings of one tenant."""

    license: License = License.P2
    minimum_active_duration: timedelta = timedelta(minutes=5)
    pending_status: PendingStatus = PendingStatus.PENDING_APPROVAL
    rule_message_style: RuleMessageStyle = RuleMessageStyle.BRACKETS
    scope_error_style: ScopeErrorStyle = ScopeErrorStyle.PLAIN
    extension_over_maximum: Enforcement = Enforcement.ENFORCE
    application_justification: Enforcement = Enforcement.ENFORCE
    missing_expiration: MissingExpiration = MissingExpiration.REFUSE
    authentication_contexts: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"c1": "mfa"})
    )
    """Which factor satisfies an authentication context; one that is not named falls back to MFA."""
    context_needs_capability: bool = True
    """Whether `acrs` counts only in a token whose client declared the capability cp1."""
