"""What a tenant can set: every named switch with its default (strict, as Microsoft behaves).

The text below each setting is what the reference page says of it (`make docs`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from timebound.domain.times import ENDLESS, Instant


class RuleMessageStyle(Enum):
    """How a refusal lists the failed rules (behaviour book 2)."""

    BRACKETS = "brackets"
    SENTENCES = "sentences"


class ScopeErrorStyle(Enum):
    """Whether some refusals are told plainly or wrapped in UnknownError."""

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


class RequestHistory(Enum):
    """For how long a request that came to something can be read."""

    FOREVER = "forever"
    PURGED = "purged"


class Throttling(Enum):
    """Whether callers who ask too much are told to wait."""

    OFF = "off"
    ON = "on"


class AssertionReuse(Enum):
    """Whether a client assertion counts more than once."""

    ALLOW = "allow"
    REFUSE = "refuse"


class SecondFactor(Enum):
    """When people have to show a second factor."""

    WHEN_ASKED = "when_asked"
    ALWAYS = "always"


class PasswordStepUp(Enum):
    """Whether the password grant takes what a client asks for as shown."""

    REFUSE = "refuse"
    ALLOW = "allow"


class ProgramPermissions(Enum):
    """What Microsoft's own programs may do for people who have not consented to it."""

    NONE = "none"
    AZURE = "azure"
    PUBLISHED = "published"


class ActivationPolicy(Enum):
    """Which policies count where a role of Azure is activated below its eligibility."""

    STRICTER = "stricter"
    OWN = "own"


BLOCK: Final = "block"
"""What an authentication context is mapped to that nobody may have."""


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The settings of one tenant; ValueError for a value that makes no sense."""

    license: License = License.P2
    """The licence. Without a sufficient one every operation of Privileged Identity Management,
    reading included, is refused with `AadPremiumLicenseRequired`; with `none` or `ended` in place
    of one that was sufficient, eligible and activated assignments end at that instant."""

    license_ends_at: Instant | None = None
    """From when on the licence has ended, known beforehand: activations last until then at most,
    and what was eligible before does not come back with a new licence."""

    minimum_active_duration: timedelta = timedelta(minutes=5)
    """Nothing shorter can be held, and nothing younger removed or deactivated."""

    pending_status: PendingStatus = PendingStatus.PENDING_APPROVAL
    """What a request that waits for an approver reads."""

    rule_message_style: RuleMessageStyle = RuleMessageStyle.BRACKETS
    """How a refusal lists the rules that failed: their names, or a sentence for each."""

    scope_error_style: ScopeErrorStyle = ScopeErrorStyle.PLAIN
    """A missing permission and a claims challenge told as they are, or as JSON inside the message
    of an `UnknownError`."""

    extension_over_maximum: Enforcement = Enforcement.ENFORCE
    """Whether an extension by an administrator is held to the maximum of the policy."""

    application_justification: Enforcement = Enforcement.ENFORCE
    """Whether an application has to justify what it asks for others."""

    missing_expiration: MissingExpiration = MissingExpiration.REFUSE
    """What an activation without an expiration means: a refusal, or the longest allowed."""

    authentication_contexts: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"c1": "mfa"})
    )
    """Which factor satisfies an authentication context; one that is not named falls back to MFA.
    With `block` nothing does: whoever asks for it is refused with AADSTS53003."""

    context_needs_capability: bool = True
    """Whether `acrs` counts only in a token whose client declared the capability cp1."""

    request_history: RequestHistory = RequestHistory.FOREVER
    """With `purged`, a request is not told of any more 45 days after it came to something (30 if
    it was cancelled), as if it had been deleted. Nothing ever is."""

    propagation_delay: timedelta = timedelta()
    """How long a change takes to arrive: until then instances and role assignments are listed as
    they were, a new eligibility cannot be used, what is new can neither be deactivated nor
    removed, and what has ended is still in the way. What somebody may do is never delayed. Only
    an emulator can have one; `PT15S` is what was measured."""

    throttling: Throttling = Throttling.OFF
    """Whether an application that asks too much of the tenant is answered 429 with `Retry-After`.
    Answers then tell their cost in `x-ms-resource-unit`. Each server process counts for itself,
    by the clock of its machine."""

    throttled_units: int = 3500
    """How many resource units an application may use within 10 seconds."""

    throttled_writes: int = 3000
    """How many writes an application may make within two minutes and a half."""

    azure_throttling: Throttling = Throttling.OFF
    """The same for Azure Resource Manager, where each person and each application is counted, in
    every subscription and outside of them. Answers then tell what is really left, in
    `x-ms-ratelimit-remaining-subscription-reads` and its like."""

    azure_reads: int = 250
    """How many reads there are in Azure at once; a tenth of these comes back each second."""

    azure_writes: int = 200
    """How many writes there are in Azure at once; a twentieth of these comes back each second."""

    azure_deletes: int = 200
    """The same for what is deleted."""

    resource_group_read: Enforcement = Enforcement.ENFORCE
    """Whether who is eligible above a resource group of Azure has to be able to read that group to
    activate the role there, as Azure Resource Manager wants it. Of who is eligible at the group
    itself, and at other places, nothing of the kind is asked."""

    azure_activation_policy: ActivationPolicy = ActivationPolicy.STRICTER
    """Which policies of Azure count where somebody activates below the place at which they are
    eligible: that of either place, the stricter rule of both (`stricter`), so that nobody passes by
    what is asked above; or that of the place of the activation alone (`own`)."""

    azure_assignments_per_subscription: int = 4000
    """How many roles can be assigned in a subscription, its resource groups and resources. What
    is to begin later counts, what somebody is eligible for does not."""

    azure_assignments_per_management_group: int = 500
    """How many roles can be assigned at a management group."""

    assertion_reuse: AssertionReuse = AssertionReuse.ALLOW
    """Whether a client may prove itself again by an assertion that it has used. Microsoft's
    libraries for Python do so for nine minutes; with `refuse` each counts once, whichever server
    it is shown to. Assertions of federated workloads are theirs to use until they end."""

    second_factor: SecondFactor = SecondFactor.WHEN_ASKED
    """When people have to show a second factor to be signed in to an application: where a role's
    policy or the application asks for one, or `always`. Who has none yet sets one up then."""

    password_step_up: PasswordStepUp = PasswordStepUp.REFUSE
    """Whether the password grant, which an emulator alone has, gives whoever asks for an
    authentication context or a second factor (`claims`) what they ask for, though it has no page
    on which anybody could show one. With `refuse` it answers AADSTS50076, or AADSTS50079."""

    program_permissions: ProgramPermissions | None = None
    """What Azure CLI and the other programs that every tenant knows may do for people without their
    consent: nothing, so that they are asked as they are by any application (`none`); act with Azure
    Resource Manager (`azure`); or also what they have with Microsoft Graph in Microsoft's own
    service (`published`). Where nothing is said an emulator's tenant is made with `published`, and
    elsewhere it is `none`. A change counts at once."""

    session_idle: timedelta = timedelta(hours=4)
    """How long a session in a browser lasts without use: 5 minutes or longer, and not longer than
    `session_life`. A change counts for sessions that are there from their next use."""

    session_life: timedelta = timedelta(hours=12)
    """How long a session in a browser lasts at most: 7 days or less, fixed when one begins."""

    remembered_idle: timedelta = timedelta(days=7)
    """The same as `session_idle` for who asked to stay signed in; not longer than
    `remembered_life`."""

    remembered_life: timedelta = timedelta(days=30)
    """The same as `session_life` for who asked to stay signed in: 90 days or less."""

    audit_retention: timedelta | None = None
    """For how long events keep what they say, and the audit log its records: 30 days or longer
    (`P365D`), for ever without it. What is older loses who did what to whom; that it happened, and
    that nothing else was removed, can still be proved. Requests and grants are kept."""

    def __post_init__(self) -> None:
        """Refuses what no tenant can mean."""
        self._check_lives("session", LONGEST_SESSION)
        self._check_lives("remembered", LONGEST_REMEMBERED)
        kept = self.audit_retention
        if kept is not None and not SHORTEST_RETENTION <= kept <= LONGEST_RETENTION:
            raise ValueError("`audit_retention` lies between 30 days and 100 years")
        for name in ("minimum_active_duration", "propagation_delay"):
            if getattr(self, name) < timedelta():
                raise ValueError(f"`{name}` cannot be negative")
        if self.propagation_delay > LONGEST_DELAY:
            raise ValueError("`propagation_delay` cannot be longer than an hour")
        if self.license_ends_at is not None and self.license_ends_at.tzinfo is None:
            raise ValueError("`license_ends_at` has to say its offset, as in 2030-12-31T00:00:00Z")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` has to be at least 1")

    def blocks(self, context: str) -> bool:
        """Whether nobody may have an authentication context, however they sign in."""
        return self.authentication_contexts.get(context) == BLOCK

    def _check_lives(self, kind: str, longest: timedelta) -> None:
        idle, life = (getattr(self, f"{kind}_{name}") for name in ("idle", "life"))
        if not SHORTEST_SESSION <= life <= longest:
            limit = f"5 minutes and {longest.days} days"
            raise ValueError(f"`{kind}_life` lies between {limit}")
        if not SHORTEST_SESSION <= idle <= life:
            raise ValueError(f"`{kind}_idle` lies between 5 minutes and `{kind}_life`")

    @property
    def licensed_until(self) -> Instant:
        """The end of a licence that is sufficient, as far as it is known."""
        return self.license_ends_at or ENDLESS

    def is_licensed(self, at: Instant) -> bool:
        """Whether Privileged Identity Management can be used at `at`."""
        return self.license.is_sufficient and at < self.licensed_until


_COUNTS: Final = (
    "throttled_units",
    "throttled_writes",
    "azure_reads",
    "azure_writes",
    "azure_deletes",
    "azure_assignments_per_subscription",
    "azure_assignments_per_management_group",
)

LONGEST_DELAY: Final = timedelta(hours=1)
"""More than any delay that was ever measured."""

SHORTEST_SESSION: Final = timedelta(minutes=5)
LONGEST_SESSION: Final = timedelta(days=7)
LONGEST_REMEMBERED: Final = timedelta(days=90)
"""As long as what applications are given in one sign-in."""

SHORTEST_RETENTION: Final = timedelta(days=30)
LONGEST_RETENTION: Final = timedelta(days=36_525)
