"""The licence: who may use Privileged Identity Management, and what ends with it.

While a licence lasts nothing that is read depends on it: an activation is capped by its known end
when it is decided, and what is eligible gives nothing to anybody who may not activate. What ended
with a licence is written down when another state takes its place, so that it does not come back.
Assignments stay, with or without an end (Entra, licensing of Privileged Identity Management).
"""

from dataclasses import dataclass, replace

from timebound.domain.grants import GrantKind
from timebound.domain.problems import Code, Problem
from timebound.domain.settings import License, TenantSettings
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class KindsEnding:
    """All grants of the kinds in the tenant end at `at`, unless they end earlier."""

    kinds: tuple[GrantKind, ...]
    at: Instant


def check_license(settings: TenantSettings, at: Instant) -> tuple[Problem, ...]:
    """Refuses any operation of Privileged Identity Management without a licence (ASG-035)."""
    return () if settings.is_licensed(at) else (Problem(Code.LICENSE_REQUIRED),)


def settle_license_end(old: TenantSettings, new: TenantSettings, at: Instant) -> TenantSettings:
    """The new settings with an end of the licence that leaves the past as it was.

    A licence that is said to be over ends now, unless it was over already.
    """
    if new.license_ends_at is None or new.license_ends_at > at:
        return new
    ended_at = at if old.is_licensed(at) else old.license_ends_at or new.license_ends_at
    return replace(new, license_ends_at=ended_at)


def find_license_endings(
    old: TenantSettings, new: TenantSettings, at: Instant
) -> tuple[KindsEnding, ...]:
    """What ends when the new settings take the place of the old ones at `at`."""
    endings = []
    if old.is_licensed(at):
        if not new.is_licensed(at):
            endings.append(KindsEnding((GrantKind.ELIGIBLE, GrantKind.ACTIVATED), at))
    elif old.license is not License.NONE and _license_of(old) != _license_of(new):
        ended_at = old.license_ends_at if old.license.is_sufficient else None
        endings.append(KindsEnding((GrantKind.ELIGIBLE, GrantKind.ACTIVATED), ended_at or at))
    if new.is_licensed(at) and new.license_ends_at is not None:
        endings.append(KindsEnding((GrantKind.ACTIVATED,), new.license_ends_at))
    return tuple(endings)


def _license_of(settings: TenantSettings) -> tuple[License, Instant | None]:
    return settings.license, settings.license_ends_at
