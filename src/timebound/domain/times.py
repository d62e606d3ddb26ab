"""Instants, windows and what a client may ask of a schedule."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias

Instant: TypeAlias = datetime
"""A point in time, always aware and in UTC, with microseconds."""

ENDLESS: Final[Instant] = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
"""The end of what has no end: a value, so that comparing with it needs no special case."""


class ExpirationType(Enum):
    """How a schedule says when it ends (Graph `expirationPatternType`, ARM `Type`)."""

    NOT_SPECIFIED = "notSpecified"
    NO_EXPIRATION = "noExpiration"
    AFTER_DATE_TIME = "afterDateTime"
    AFTER_DURATION = "afterDuration"


@dataclass(frozen=True, slots=True)
class Expiration:
    """When an asked schedule ends; exactly what the type names is set."""

    type: ExpirationType
    end: Instant | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AskedSchedule:
    """The schedule as the client sent it, kept to be echoed; `start` none means now."""

    start: Instant | None = None
    expiration: Expiration | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time: `start <= t < end`."""

    start: Instant
    end: Instant

    @property
    def length(self) -> timedelta:
        """How long the window lasts."""
        return self.end - self.start

    @property
    def is_endless(self) -> bool:
        """Whether nothing ends the window."""
        return self.end == ENDLESS

    def contains(self, at: Instant) -> bool:
        """Whether `at` lies in the window; the end itself does not."""
        return self.start <= at < self.end

    def touches(self, other: "Window") -> bool:
        """Whether two windows collide when judged in whole minutes with both bounds included.

        Source: behaviour book 1.4 (measured: gaps inside one minute are refused).
        """
        return whole_minute(self.start) <= whole_minute(other.end) and whole_minute(
            other.start
        ) <= whole_minute(self.end)


def whole_minute(at: Instant) -> Instant:
    """The start of the minute that `at` lies in."""
    return at.replace(second=0, microsecond=0)


def add_span(start: Instant, span: timedelta) -> Instant:
    """`start + span`, or ENDLESS where that lies beyond what can be written."""
    return start + span if span < ENDLESS - start else ENDLESS
