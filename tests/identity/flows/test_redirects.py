"""Where answers are sent: nowhere but where the application is registered."""

from datetime import UTC, datetime

import pytest

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Fact
from timebound.domain.ids import PrincipalId
from timebound.identity.flows.redirects import RedirectKind, find_redirect, write_source

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def an_object(kind: ObjectKind, **attributes: Fact) -> DirectoryObject:
    return DirectoryObject(PrincipalId("x"), kind, "X", NOON, attributes=attributes)


def registration(**attributes: Fact) -> DirectoryObject:
    return an_object(ObjectKind.APPLICATION, **attributes)


ACCOUNT = an_object(ObjectKind.SERVICE_PRINCIPAL, replyUrls=("https://app.example/cb",))
WEB = registration(
    web={"redirectUris": ("https://app.example/cb?x=1", "http://localhost/cb")},
    spa={"redirectUris": ("https://spa.example/",)},
    publicClient={"redirectUris": ("http://localhost", "http://127.0.0.1:9/a", "my.app:/back")},
)


@pytest.mark.documented("RFC 9700, 2.1: redirect URIs are compared letter by letter")
@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://app.example/cb", RedirectKind.WEB),
        ("https://app.example/cb?x=1", RedirectKind.WEB),
        ("https://spa.example/", RedirectKind.SPA),
        ("my.app:/back", RedirectKind.PUBLIC),
    ],
)
def test_what_is_registered_is_found_with_its_platform(uri: str, kind: RedirectKind) -> None:
    assert find_redirect(uri, ACCOUNT, WEB) is kind


@pytest.mark.documented("RFC 8252, 7.3: any port of a loopback address, nothing else of it")
@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("http://localhost:8400", RedirectKind.PUBLIC),
        ("http://localhost:8400/", RedirectKind.PUBLIC),
        ("http://localhost:1/cb", RedirectKind.WEB),
        ("http://127.0.0.1:5/a", RedirectKind.PUBLIC),
        ("http://127.0.0.1:5/b", None),
        ("http://127.0.0.1:5", None),
        ("http://[::1]:5/a", None),
        ("http://localhost:8400/?x=1", None),
        ("https://localhost:8400", None),
        ("http://localhost:99999", None),
        ("http://localhost:x", None),
    ],
)
def test_a_loopback_address_may_have_any_port(uri: str, kind: RedirectKind | None) -> None:
    assert find_redirect(uri, ACCOUNT, WEB) is kind


@pytest.mark.documented("RFC 9700, 4.1: patterns, prefixes and other hosts are not the URI")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb/",
        "https://app.example/cb#x",
        "https://app.example/CB",
        "https://app.example/cb/../evil",
        "https://app.example/cb?x=2",
        "https://app.example.evil/cb",
        "https://app.example@evil/cb",
        "https://app.example\\@evil/cb",
        "https://app.example/cb\r\nset-cookie: a=b",
        "http://localhost.evil:80/",
        "http://localhost@evil/",
        "http://me@localhost:80",
        "javascript:alert(1)",
        "//app.example/cb",
        "https://[app.example/cb",
        "",
    ],
)
def test_nothing_else_is(uri: str) -> None:
    assert find_redirect(uri, ACCOUNT, WEB) is None


@pytest.mark.inferred("a page that a registration names can still be code, not an address")
@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "https://a.example/ x"])
def test_what_is_no_address_is_refused_even_if_registered(uri: str) -> None:
    known = registration(web={"redirectUris": (uri,)})
    assert find_redirect(uri, ACCOUNT, known) is None


@pytest.mark.inferred("tenants know accounts whose application is registered elsewhere")
def test_an_account_alone_says_what_kind_it_is() -> None:
    public = an_object(
        ObjectKind.SERVICE_PRINCIPAL, replyUrls=("http://localhost",), isFallbackPublicClient=True
    )
    assert find_redirect("http://localhost:3", public, None) is RedirectKind.PUBLIC
    assert find_redirect("https://app.example/cb", ACCOUNT, None) is RedirectKind.WEB


@pytest.mark.documented("CSP 3, 2.3.1: a source is a scheme, or a scheme with host and port")
@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("http://localhost:8400", "http://localhost:8400"),
        ("my.app:/back", "my.app:"),
        ("https://a.example;script-src *", ""),
        ("https://[", ""),
    ],
)
def test_a_policy_names_the_origin_alone(uri: str, source: str) -> None:
    assert write_source(uri) == source
