"""The schema: made, unmade, made by two at once, and never drifting from the tables."""

import subprocess
import sys

import pytest

from tests.storage.schemas import create_from_tables, tell_schema
from tests.support.tampering import mark_as_later
from timebound.storage.migrating import migrate
from timebound.storage.migrations import BASE, HEAD, UnknownRevisionError
from timebound.storage.scripting import list_revisions


def test_migrating_leads_to_the_schema_that_the_tables_describe(
    empty_url: str, described_url: str
) -> None:
    migrate(empty_url)
    create_from_tables(described_url)
    found = tell_schema(empty_url)
    assert len(found) > 40
    assert found == tell_schema(described_url)


def test_the_way_back_leaves_nothing_and_the_way_up_works_again(empty_url: str) -> None:
    migrate(empty_url)
    made = tell_schema(empty_url)
    migrate(empty_url, BASE)
    assert tell_schema(empty_url) == set()
    migrate(empty_url)
    assert tell_schema(empty_url) == made


def test_servers_that_start_at_once_migrate_once(empty_url: str) -> None:
    code = "import sys; from timebound.storage.migrating import migrate; migrate(sys.argv[1])"
    servers = [subprocess.Popen([sys.executable, "-c", code, empty_url]) for _ in range(3)]
    assert [server.wait(60) for server in servers] == [0, 0, 0]
    assert tell_schema(empty_url)


def test_the_newest_revision_is_known_without_alembic() -> None:
    assert list_revisions()[-1] == HEAD
    code = "import sys, timebound.storage.migrating; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_database_of_a_later_version_is_refused_and_left_as_it_is(empty_url: str) -> None:
    migrate(empty_url)
    made = tell_schema(empty_url)
    mark_as_later(empty_url, "9999")
    with pytest.raises(UnknownRevisionError, match="9999"):
        migrate(empty_url)
    assert tell_schema(empty_url) == made
