"""What is counted: requests, decisions, commits and conflicts, in the form Prometheus reads."""

from collections.abc import Iterable
from functools import cache
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from timebound.application.backlog import Backlog
from timebound.domain.events import Event

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Meter:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "timebound_requests",
            "Requests answered",
            ("door", "operation", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "timebound_request_duration_seconds",
            "How long requests took",
            ("door",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._decisions = Counter(
            "timebound_decisions",
            "What was decided or happened, by kind of event",
            ("outcome",),
            registry=self._registry,
        )
        self._commits = Counter("timebound_commits", "Change sets applied", registry=self._registry)
        self._conflicts = Counter(
            "timebound_conflicts",
            "Change sets turned down because a fact had moved on",
            registry=self._registry,
        )
        self._add_backlog()
        # Finding the counter of some labels costs more than counting; there are few of them.
        self._request_counter = cache(self._requests.labels)
        self._duration_histogram = cache(self._durations.labels)
        self._decision_counter = cache(self._decisions.labels)

    def count_request(self, door: str, operation: str, status: int, seconds: float) -> None:
        """One request that was answered (status 0: the client went away)."""
        self._request_counter(door, operation, status).inc()
        self._duration_histogram(door).observe(seconds)

    def count_change(self, events: Iterable[Event], *, is_applied: bool) -> None:
        """One change set with what it tells, applied or turned down."""
        if not is_applied:
            self._conflicts.inc()
            return
        self._commits.inc()
        for event in events:
            self._decision_counter(event.kind.value).inc()

    def count_events(self, events: Iterable[Event]) -> None:
        """Events of the log that this process was handed."""
        for event in events:
            self._events.labels(event.kind.value).inc()

    def show_backlog(self, backlog: Backlog | None) -> None:
        """What is behind now; none where nobody knows."""
        self._outbox_lag.clear()
        if backlog is None:
            self._sealing_lag.set(nan)
            self._dead_letters.set(nan)
            self._due_lag.set(nan)
            self._due_given_up.set(nan)
            return
        self._sealing_lag.set(backlog.sealing_lag.total_seconds())
        self._dead_letters.set(backlog.dead_letters)
        self._due_lag.set(backlog.due_lag.total_seconds())
        self._due_given_up.set(backlog.due_given_up)
        for name, lag in backlog.lags.items():
            self._outbox_lag.labels(name).set(lag)

    def _add_backlog(self) -> None:
        registry = self._registry
        self._events = Counter(
            "timebound_events", "Events of the log, by kind", ("kind",), registry=registry
        )
        self._sealing_lag = Gauge(
            "timebound_sealing_lag_seconds",
            "How long the oldest event that is not sealed waits",
            registry=registry,
        )
        self._outbox_lag = Gauge(
            "timebound_outbox_lag_events",
            "Sealed events that a consumer has not taken",
            ("consumer",),
            registry=registry,
        )
        self._dead_letters = Gauge(
            "timebound_dead_letters", "Events that a consumer never took", registry=registry
        )
        self._due_lag = Gauge(
            "timebound_due_lag_seconds",
            "How long the oldest thing due that is not done has been due",
            registry=registry,
        )
        self._due_given_up = Gauge(
            "timebound_due_given_up",
            "Things due that were given up until they are resent",
            registry=registry,
        )

    def render(self) -> bytes:
        """All counters as text."""
        return generate_latest(self._registry)
