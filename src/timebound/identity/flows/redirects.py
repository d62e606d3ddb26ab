"""Where answers may be sent: exactly where the application is registered."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from timebound.domain.directory import DirectoryObject
from timebound.domain.first_party import find_program_of
from timebound.identity.scopes import split_url

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# Nothing that could end a header or a policy, or be read as another host by some browsers.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-\[\]_a-z~%]+")
_SOURCE: Final = re.compile(r"[a-z][a-z0-9+.-]*(://[a-z0-9.:\[\]-]+)?")
_HARMFUL: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})


class RedirectKind(Enum):
    """What kind of client is behind a redirect URI."""

    WEB = "web"
    SPA = "spa"
    PUBLIC = "publicClient"


def find_redirect(
    uri: str, account: DirectoryObject, registration: DirectoryObject | None
) -> RedirectKind | None:
    """The kind of client that is registered at the URI; none where it is not registered.

    Compared letter by letter, except for the port of a loopback address (RFC 8252, 7.3).
    """
    if not _is_plain(uri):
        return None
    for known, kind in _list_redirects(account, registration):
        if uri == known or _is_same_loopback(uri, known):
            return kind
    return None


def write_source(uri: str) -> str:
    """The origin of a redirect URI as a content security policy names it."""
    parts = split_url(uri)
    if parts is None:
        return ""
    source = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    bare = source.lower().rstrip(":") if not parts.netloc else source.lower()
    return source if _SOURCE.fullmatch(bare) else ""


def _is_plain(uri: str) -> bool:
    parts = split_url(uri)
    return (
        parts is not None
        and _PLAIN.fullmatch(uri) is not None
        and parts.scheme not in _HARMFUL
        and parts.username is None
        and "\\" not in uri
    )


def _list_redirects(
    account: DirectoryObject, registration: DirectoryObject | None
) -> Iterator[tuple[str, RedirectKind]]:
    program = find_program_of(account)
    if program is not None:
        # Codes of a program that needs no consent shall go nowhere else, whoever manages it here.
        yield from ((uri, RedirectKind.PUBLIC) for uri in program.redirect_uris)
        return
    is_public = account.attributes.get("isFallbackPublicClient") is True
    if registration is not None:
        for kind in (RedirectKind.SPA, RedirectKind.PUBLIC, RedirectKind.WEB):
            platform = registration.attributes.get(kind.value)
            if isinstance(platform, Mapping):
                yield from ((uri, kind) for uri in _texts(platform.get("redirectUris")))
    plain = RedirectKind.PUBLIC if is_public else RedirectKind.WEB
    yield from ((uri, plain) for uri in _texts(account.attributes.get("replyUrls")))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, tuple) else []


def _is_same_loopback(uri: str, known: str) -> bool:
    one, other = split_url(uri), split_url(known)
    if one is None or other is None or one.scheme != "http" or other.scheme != "http":
        return False
    try:
        _ = one.port, other.port
    except ValueError:
        return False
    return (
        one.hostname in _LOOPBACK
        and one.hostname == other.hostname
        and (one.path or "/") == (other.path or "/")
        and one.query == other.query
    )
