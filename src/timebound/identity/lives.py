"""How long tokens live, sessions in browsers, and what rests on one sign-in."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant

SHORTEST_LIFE: Final = timedelta(minutes=60)
LONGEST_LIFE: Final = timedelta(minutes=90)
SIGN_IN_LIFE: Final = timedelta(days=90)
"""How long anything rests on one sign-in; no tenant can set a longer life of a session."""


def choose_life() -> timedelta:
    """How long a token lives: a little different each time, so that not all are renewed at once."""
    spread = int((LONGEST_LIFE - SHORTEST_LIFE).total_seconds())
    return SHORTEST_LIFE + timedelta(seconds=secrets.randbelow(spread))


def shorten_life(life: timedelta, at: Instant, role_end: Instant) -> timedelta:
    """The life of a token that tells others of roles: it ends no later than the first of them.

    Whoever is told cannot ask again, as our own doors do at every request.
    """
    return min(life, role_end - at)


def end_sign_in(signed_in_at: Instant) -> Instant:
    """When the last of what a sign-in gave ends: sessions, and refresh tokens of applications."""
    return signed_in_at + SIGN_IN_LIFE


@dataclass(frozen=True, slots=True)
class SessionLives:
    """How long sessions last: unused, and at most."""

    idle: timedelta
    absolute: timedelta


def choose_session_lives(settings: TenantSettings, *, is_remembered: bool) -> SessionLives:
    """What a tenant has set: for who asked to be remembered, or for who did not."""
    if is_remembered:
        return SessionLives(settings.remembered_idle, settings.remembered_life)
    return SessionLives(settings.session_idle, settings.session_life)
