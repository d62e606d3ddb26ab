"""The commands beside `serve`: what they print, and how they say that something is wrong."""

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.running import TIMEBOUND, clean_environment, running
from tests.support.tampering import mark_as_later
from timebound.server.main import main
from timebound.server.tls import authority_path


def timebound(*arguments: str | Path) -> str:
    """What a command prints, on either output; its status comes first."""
    done = subprocess.run(
        [TIMEBOUND, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(),
    )
    assert "Traceback" not in done.stderr
    return f"{done.returncode} {done.stdout}{done.stderr}".strip()


@pytest.mark.documented("issue: timebound clock; it goes back only by reset")
def test_the_clock_is_moved_from_the_command_line(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        at = ("--connection", service.file)
        frozen = timebound("clock", "freeze", *at)
        assert frozen.endswith("(frozen)")
        then = datetime.fromisoformat(frozen.split()[1])
        advanced = timebound("clock", "advance", "PT8H", *at)
        assert datetime.fromisoformat(advanced.split()[1]) == then + timedelta(hours=8)
        assert timebound("clock", "show", *at) == advanced
        back = timebound("clock", "set", then.isoformat(), *at)
        assert back.startswith("1 Error: ")
        assert "reset" in back
        assert not timebound("clock", "freeze", "--thaw", *at).endswith("(frozen)")
        assert timebound("clock", "reset", *at).startswith("0 ")
        assert "is ready" in timebound("status", *at)


@pytest.mark.inferred("a service that does not run is told, not traced")
def test_without_a_service_there_is_a_message(tmp_path: Path) -> None:
    absent = timebound("status", "--connection", tmp_path / "connection.json")
    assert absent.startswith("1 Error: ")
    assert "--connection" in absent
    (tmp_path / "connection.json").write_text('{"graphUrl": "https://localhost:1"}')
    silent = timebound("status", "--connection", tmp_path / "connection.json")
    assert silent.startswith("1 Error: https://localhost:1")
    (tmp_path / "connection.json").write_text("[]")
    assert timebound("clock", "show", "--connection", tmp_path / "connection.json").startswith("1 ")


@pytest.mark.documented("issue: timebound trust prints where it is and how to trust it")
def test_trust_tells_and_changes_nothing(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["trust", "--data", str(tmp_path / "data")]).output
    assert str(authority_path(tmp_path / "data")) in said
    for name in ("Debian", "macOS", "Windows", "Firefox", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert name in said
    assert not (tmp_path / "data").exists()


@pytest.mark.documented("issue: timebound migrate for operators")
def test_migrate_makes_a_current_database(tmp_path: Path) -> None:
    for _ in range(2):
        assert timebound("migrate", "--data", tmp_path / "data").startswith("0 ")
    assert (tmp_path / "data" / "timebound.db").stat().st_mode & 0o077 == 0
    with running(tmp_path):
        pass
    wrong = timebound("migrate", "--database-url", "sqlite:////nowhere/at/all.db")
    assert wrong.startswith("1 Error: --database-url")


ADDRESSES = {
    "an address cut short": ("postgresql://[", "USER:PASSWORD"),
    "a word for a port": ("postgresql://clerk:hush/hush@db:5432/timebound", "USER:PASSWORD"),
    "a port that is none": ("postgresql://clerk:hush@127.0.0.1:70000/timebound", "USER:PASSWORD"),
    "a mode that is none": ("postgresql://clerk:hush@db/timebound?sslmode=nope", "sslmode"),
}


@pytest.mark.inferred("what is wrong is told plainly, and no piece of the password with it")
@pytest.mark.parametrize(("url", "named"), ADDRESSES.values(), ids=list(ADDRESSES))
def test_an_address_that_cannot_be_read_is_told_plainly(url: str, named: str) -> None:
    said = CliRunner().invoke(main, ["migrate", "--database-url", url])
    assert said.exit_code == 1
    assert said.output.startswith("Error: --database-url: ")
    assert named in said.output
    assert "hush" not in said.output
    assert len(said.output.splitlines()) == 1


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The options that name an empty database, and its address."""
    if request.param == "sqlite":
        return f"--data={tmp_path / 'data'}", f"sqlite:///{tmp_path / 'data' / 'timebound.db'}"
    url: str = request.getfixturevalue("fresh_postgres_database")
    return f"--database-url={url}", url


@pytest.mark.inferred("an older program does not touch what it cannot know, and says what to do")
def test_a_database_of_a_later_version_is_told_plainly(
    tmp_path: Path, database: tuple[str, str]
) -> None:
    option, url = database
    assert timebound("migrate", option).startswith("0 ")
    mark_as_later(url, "9999")
    served = ("serve", "--port", "0", "--data", str(tmp_path / "data"), option)
    for command in (("migrate", option), served):
        said = timebound(*command)
        name = option.partition("=")[0]
        assert said.startswith(f"1 Error: {name}")
        assert "later version" in said
        assert "9999" in said
        assert "name another database" in said
        assert len(said.splitlines()) == 1
        assert url not in said or name == "--data"


@pytest.mark.inferred("a file of another kind is no database, and is told as one that is wrong")
def test_a_file_that_is_no_database_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "timebound.db").write_text("something else entirely, and long enough " * 20)
    said = timebound("migrate", "--data", tmp_path)
    assert said.startswith(f"1 Error: --data {tmp_path}")


@pytest.mark.documented("issue: --help is complete")
def test_every_command_is_explained() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    for name in ("serve", "migrate", "secret", "trust", "version", "clock", "status"):
        assert f"\n  {name} " in said


@pytest.mark.inferred("what needs no service loads none of it")
def test_light_commands_load_little() -> None:
    script = "import sys, timebound.server.main; print(*sys.modules)"
    python = TIMEBOUND.with_name("python")
    environment = {**os.environ, "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(
        [python, "-c", script], check=True, capture_output=True, text=True, env=environment
    )
    heavy = {"sqlalchemy", "alembic", "starlette", "uvicorn", "cryptography", "httpx", "asyncpg"}
    assert heavy.isdisjoint(done.stdout.split())
