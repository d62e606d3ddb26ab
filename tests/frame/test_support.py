"""The support that other tests lean on does what it promises."""

import socket

import asyncpg
import pytest

from tests.support.network import ClosedNetworkError, is_local


async def test_fresh_database_is_empty_and_durable(fresh_postgres_database: str) -> None:
    connection = await asyncpg.connect(fresh_postgres_database)
    try:
        assert await connection.fetchval("show fsync") == "on"
        tables = "select count(*) from pg_tables where schemaname = 'public'"
        assert await connection.fetchval(tables) == 0
        await connection.execute("create table leftover (id int)")
    finally:
        await connection.close()


async def test_each_test_has_its_own_database(fresh_postgres_database: str) -> None:
    connection = await asyncpg.connect(fresh_postgres_database)
    try:
        assert await connection.fetchval("select to_regclass('leftover')") is None
        await connection.execute("create table leftover (id int)")
    finally:
        await connection.close()


async def test_cluster_wants_its_password(postgres_url: str) -> None:
    before, _, after = postgres_url.rpartition("@")
    wrong = f"{before[:-1]}-@{after}"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_other_machines_cannot_be_reached(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(ClosedNetworkError):
        client.connect((host, 443))


def test_other_machines_cannot_be_looked_up() -> None:
    with pytest.raises(ClosedNetworkError):
        socket.getaddrinfo("example.invalid", 443)


def test_loopback_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()[:2], timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, True),
        ("localhost", True),
        (b"127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("portal.localhost", True),
        ("localhost.example", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_is_local(host: str | bytes | None, expected: object) -> None:
    assert is_local(host) is expected
