"""What holds for every test: closed network, provenance, and a PostgreSQL when there is one."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import hypothesis
import pytest

from tests.support import browser, namespaces
from tests.support.network import close_network
from tests.support.postgres import HOW_TO_GET_IT, Cluster, find_binaries, run_cluster

PROVENANCE = ("documented", "observed", "inferred")
_NEEDS = {
    "postgres": HOW_TO_GET_IT,
    "namespace": namespaces.HOW_TO_GET_IT,
    "browser": browser.HOW_TO_GET_IT,
}
IS_CI = os.environ.get("CI", "").lower() == "true"

hypothesis.settings.register_profile("timebound", deadline=None, print_blob=True)
# In CI a run is judged by what changed, so the examples are the same each time.
hypothesis.settings.register_profile(
    "timebound-ci", deadline=None, print_blob=True, derandomize=True, database=None
)


def pytest_configure() -> None:
    """Close the network and refuse to pass CI without PostgreSQL."""
    hypothesis.settings.load_profile("timebound-ci" if IS_CI else "timebound")
    close_network()
    if IS_CI and find_binaries() is None:
        raise pytest.UsageError(f"CI runs every test. {HOW_TO_GET_IT}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses PostgreSQL, skip it where there is none, and want a source from each claim."""
    is_installed = find_binaries() is not None
    _judge([item for item in items if item.get_closest_marker("namespace")], _NAMESPACE)
    _judge([item for item in items if item.get_closest_marker("browser")], _BROWSER)
    for item in items:
        if "postgres_cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
        if item.get_closest_marker("postgres") and not is_installed:
            item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_IT))
        for name in PROVENANCE:
            for mark in item.iter_markers(name):
                if len(mark.args) != 1 or not str(mark.args[0]).strip():
                    raise pytest.UsageError(f"{item.nodeid}: {name} names its source")


@dataclass(frozen=True, slots=True)
class _Need:
    """What a machine has or has not, and how to get it."""

    is_there: Callable[[], bool]
    how_to_get_it: str


_NAMESPACE = _Need(namespaces.is_permitted, namespaces.HOW_TO_GET_IT)
_BROWSER = _Need(lambda: browser.find_chromium() is not None, browser.HOW_TO_GET_IT)


def _judge(items: list[pytest.Item], need: _Need) -> None:
    """Skips what needs something that is not there; in CI nothing is skipped."""
    if not items or need.is_there():
        return
    if IS_CI:
        raise pytest.UsageError(f"CI runs every test. {need.how_to_get_it}")
    for item in items:
        item.add_marker(pytest.mark.skip(reason=need.how_to_get_it))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests stand on which kind of source, and how to get what was skipped."""
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if outcome == "skipped":
                skipped.update(_NEEDS.keys() & getattr(report, "keywords", {}).keys())
            if outcome in ("passed", "failed") and getattr(report, "when", "") == "call":
                counts[next((name for name in PROVENANCE if name in report.keywords), "plain")] += 1
    shown = ", ".join(f"{name} {counts[name]}" for name in (*PROVENANCE, "plain"))
    terminalreporter.write_line(f"provenance: {shown}")
    for need, count in skipped.items():
        terminalreporter.write_line(f"{count} tests skipped. {_NEEDS[need]}", yellow=True)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A throw-away cluster, one for each test process; fsync is on."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(HOW_TO_GET_IT)
    with run_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: Cluster) -> str:
    """The address of the cluster's first database, for what does not mind company."""
    return postgres_cluster.url_of("postgres")


@pytest.fixture
def fresh_postgres_database(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of an empty database that is dropped after the test."""
    url = postgres_cluster.make_database()
    yield url
    postgres_cluster.drop_database(url)
