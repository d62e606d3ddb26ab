"""Outgoing calls reach nobody but whom the operator lists, at addresses that may be reached."""

import pytest

from tests.identity.outgoing.remote import call_by, open_remote
from timebound.identity.outgoing.calling import LARGEST_ANSWER, Fetched
from timebound.outgoing.contracts import FetchFault, FetchProblem, write_origin


def _problem(answer: object) -> FetchProblem:
    assert isinstance(answer, FetchFault)
    return answer.problem


async def test_a_listed_host_is_asked_by_its_name_at_its_address() -> None:
    async with open_remote() as remote:
        remote.say(b'{"a": 1}', "cache-control: public, max-age=600")
        answer = await call_by(remote).get(remote.url("/x?y=1"))
        assert isinstance(answer, Fetched)
        assert answer.content == {"a": 1}
        assert answer.holds_for is not None
        assert answer.holds_for.total_seconds() == 600
        (head,) = remote.heard
        assert head.startswith("GET /x?y=1 HTTP/1.1\r\n")
        assert f"host: idp.example:{remote.port}\r\n" in head.lower()


@pytest.mark.inferred("only listed origins are asked: host, port and scheme")
@pytest.mark.parametrize(
    "url",
    [
        "http://other.example:{port}/",
        "http://idp.example:1/",
        "https://idp.example:{port}/",
        "http://idp.example.:{port}/",
        "http://idp.example:{port}@127.0.0.1/",
        "http://user@idp.example:{port}/",
        "http://127.0.0.1:{port}/",
        "ftp://idp.example:{port}/",
        "file:///etc/passwd",
        "//idp.example:{port}/",
        "http://[::1/",
        "http://idp.example:port/",
        "",
    ],
)
async def test_what_is_not_listed_is_not_asked(url: str) -> None:
    async with open_remote() as remote:
        answer = await call_by(remote).get(url.format(port=remote.port))
        assert _problem(answer) is FetchProblem.NOT_LISTED
        assert not remote.heard


async def test_a_host_with_a_private_address_is_not_asked() -> None:
    async with open_remote() as remote:
        answer = await call_by(remote, networks=()).get(remote.url())
        assert _problem(answer) is FetchProblem.ADDRESS_REFUSED
        assert not remote.heard


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async with open_remote() as remote:
        answer = await call_by(remote, ("8.8.8.8", "127.0.0.1"), networks=()).get(remote.url())
        assert _problem(answer) is FetchProblem.ADDRESS_REFUSED


async def test_a_name_that_changes_its_address_changes_nothing() -> None:
    async with open_remote() as remote:
        # Whoever asked twice would connect to the second address, which is not the remote's.
        caller = call_by(remote, ("127.0.0.1",), ("127.0.0.9",))
        answer = await caller.get(remote.url())
        assert isinstance(answer, Fetched)
        assert getattr(caller.resolver, "asked", 0) == 1
        assert len(remote.heard) == 1


async def test_the_next_address_is_taken_where_the_first_does_not_answer() -> None:
    async with open_remote() as remote:
        answer = await call_by(remote, ("127.0.0.9", "127.0.0.1")).get(remote.url())
        assert isinstance(answer, Fetched)


async def test_a_redirect_is_not_followed() -> None:
    async with open_remote() as aim, open_remote() as remote:
        remote.say(b"{}", f"location: {aim.url(host='127.0.0.1')}", status="302 Found")
        answer = await call_by(remote).get(remote.url())
        assert _problem(answer) is FetchProblem.REDIRECTED
        assert not aim.heard


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"[]", "json"), (b"{", "json"), (b"{}", "xml"), (b'"a"', "json"), (b"[" * 100_000, "json")],
)
async def test_only_an_object_in_json_is_an_answer(body: bytes, kind: str) -> None:
    async with open_remote() as remote:
        remote.say(body, kind=kind)
        assert _problem(await call_by(remote).get(remote.url())) is FetchProblem.NOT_JSON


async def test_what_is_packed_is_not_unpacked() -> None:
    async with open_remote() as remote:
        remote.say(b"{}", "content-encoding: gzip")
        assert _problem(await call_by(remote).get(remote.url())) is FetchProblem.NOT_JSON
        assert "accept-encoding: identity\r\n" in remote.heard[0].lower()


async def test_a_large_answer_is_not_read_to_its_end() -> None:
    async with open_remote() as remote:
        remote.say(b'{"a": "' + b"a" * LARGEST_ANSWER + b'"}')
        assert _problem(await call_by(remote).get(remote.url())) is FetchProblem.TOO_LARGE


async def test_nobody_is_waited_for_long() -> None:
    async with open_remote() as remote:
        remote.is_silent = True
        answer = await call_by(remote, time_limit=0.05).get(remote.url())
        assert _problem(answer) is FetchProblem.TOO_SLOW


async def test_nobody_is_waited_for_long_who_always_says_a_little() -> None:
    async with open_remote() as remote:
        remote.is_slow = True
        remote.say(b" " * LARGEST_ANSWER)
        answer = await call_by(remote, time_limit=0.2).get(remote.url())
        assert _problem(answer) is FetchProblem.TOO_SLOW


async def test_a_refusal_is_no_answer() -> None:
    async with open_remote() as remote:
        remote.say(b'{"error": "invalid_grant"}', status="400 Bad Request")
        answer = await call_by(remote).get(remote.url())
        assert isinstance(answer, FetchFault)
        assert (answer.problem, answer.status) == (FetchProblem.BAD_STATUS, 400)


async def test_a_host_without_an_address_or_a_listener_is_told_apart() -> None:
    async with open_remote() as remote:
        unknown = await call_by(remote, ()).get(remote.url())
        away = await call_by(remote, ("127.0.0.9",)).get(remote.url())
        assert _problem(unknown) is FetchProblem.UNRESOLVED
        assert _problem(away) is FetchProblem.UNREACHABLE


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://IDP.example", "https://idp.example:443"),
        ("https://idp.example:443/a", "https://idp.example:443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://a@b.example", None),
        ("gopher://a", None),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str | None) -> None:
    assert write_origin(url) == origin
