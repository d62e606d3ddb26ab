"""A throw-away PostgreSQL cluster made from the binaries that are installed."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_IT = "PostgreSQL is not installed: `apt-get install postgresql` (15 or later) gets it"
USER = "timebound"
START_TRIES = 5
READY_POLLS = 300
POLL_SECONDS = 0.1
STOP_SECONDS = 20


class ClusterError(Exception):
    """The cluster could not be made or started; the text holds what PostgreSQL said."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as; all None means the account that runs the tests."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; its socket lies in `folder`."""

    binaries: Path
    folder: Path
    port: int
    password: str

    def url_of(self, database: str) -> str:
        """Answer the address of one database over loopback."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run_sql(self, statement: str) -> None:
        """Run one statement as the superuser, outside a transaction."""
        psql = [str(self.binaries / "psql"), "-qX", "-v", "ON_ERROR_STOP=1"]
        environment = {**os.environ, "PGPASSWORD": self.password}
        target = ["-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", "postgres"]
        _run([*psql, *target, "-c", statement], environment)

    def make_database(self, like: str = "") -> str:
        """Make an empty database, or a copy of one that nobody uses, and answer its address."""
        name, template = f"t{secrets.token_hex(8)}", like.rpartition("/")[2]
        self.run_sql(f"create database {name} template {template or 'template1'}")
        return self.url_of(name)

    def drop_database(self, url: str) -> None:
        """Drop a database that was made, whoever is connected to it."""
        self.run_sql(f"drop database {url.rpartition('/')[2]} with (force)")


def find_binaries() -> Path | None:
    """Answer the folder with the newest server that is installed, or None.

    `TIMEBOUND_TEST_POSTGRES_BIN` names the only folder to look into.
    """
    chosen = os.environ.get("TIMEBOUND_TEST_POSTGRES_BIN")
    folders = [Path(chosen)] if chosen else _list_installed()
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _list_installed() -> list[Path]:
    packaged = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    newest_first = sorted(packaged, key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*newest_first, Path(on_path).resolve().parent] if on_path else newest_first


@contextlib.contextmanager
def run_cluster(binaries: Path) -> Iterator[Cluster]:
    """Make a cluster in a temporary folder, run it, and leave nothing behind."""
    account = _choose_account()
    folder = Path(tempfile.mkdtemp(prefix="timebound-pg-"))
    try:
        password = secrets.token_hex(16)
        _make_data(binaries, folder, account, password)
        server, port = _start_server(binaries, folder, account)
        try:
            yield Cluster(binaries, folder, port, password)
        finally:
            _stop_server(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _choose_account() -> Account:
    """PostgreSQL refuses to run as root, so there it runs as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account()
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = entries.get("postgres", entries["nobody"])
    return Account(entry.pw_uid, entry.pw_gid, ())


def _make_data(binaries: Path, folder: Path, account: Account, password: str) -> None:
    """Fill the data folder; only the running server has to be safe, so nothing is synced here."""
    secret = folder / "password"
    secret.write_text(password, encoding="utf-8")
    if account.user is not None and account.group is not None:
        os.chown(folder, account.user, account.group)
        os.chown(secret, account.user, account.group)
    options = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"]
    login = [f"--username={USER}", f"--pwfile={secret}"]
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), *options, *login]
    _run(command, dict(os.environ), account, folder)


def _start_server(
    binaries: Path, folder: Path, account: Account
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port; another process may take the port first, so try again."""
    for _ in range(START_TRIES):
        port = _find_free_port()
        server = _spawn_server(binaries, folder, account, port)
        if _is_up(server, binaries, folder, port):
            return server, port
        _stop_server(server)
    raise ClusterError((folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:])


def _spawn_server(
    binaries: Path, folder: Path, account: Account, port: int
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "fsync": "on",
        "max_connections": "120",
        "shared_buffers": "64MB",
    }
    chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # With setpriv the server also ends when the tests are killed.
    setpriv = shutil.which("setpriv")
    guard = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*guard, str(binaries / "postgres"), "-D", str(folder / "data"), *chosen],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )


def _is_up(server: subprocess.Popen[bytes], binaries: Path, folder: Path, port: int) -> bool:
    """Answer whether the server came to accept connections; the wait ends early if it dies."""
    ask = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-p", str(port)]
    for _ in range(READY_POLLS):
        if subprocess.run(ask, check=False).returncode == 0:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(POLL_SECONDS)
            return False
    return False


def _stop_server(server: subprocess.Popen[bytes]) -> None:
    """Ask for a fast shutdown, which drops the connections; kill what does not answer."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(
    command: list[str],
    environment: dict[str, str],
    account: Account | None = None,
    folder: Path | None = None,
) -> None:
    account = account or Account()
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )
    if done.returncode:
        raise ClusterError(f"{command[0]}: {done.stdout}{done.stderr}")
