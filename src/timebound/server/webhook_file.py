"""The file in which the operator says which receivers are told of what: read whole, or refused."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from timebound.channels.notices import Notice
from timebound.channels.signing import read_key
from timebound.channels.webhooks import Webhook
from timebound.outgoing.contracts import write_origin
from timebound.server.config import ConfigError
from timebound.server.kept_secrets import SecretPlace, read_secret
from timebound.server.seed_yaml import YamlError, read_yaml

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A section of the file."""


class _Webhook(_Shape, frozen=True):
    """One receiver."""

    name: str
    url: str
    secret: str | SecretPlace
    previous_secret: str | SecretPlace | None = None
    events: tuple[Notice, ...] = tuple(Notice)
    heads: bool = False
    tenant: str | None = None


class _File(_Shape, frozen=True):
    """The whole file."""

    webhooks: tuple[_Webhook, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedWebhook:
    """A receiver, by which name the operator calls its tenant, if it is of one, and what else.

    One with heads holds the tree heads of the log.
    """

    webhook: Webhook
    tenant: str | None = None
    has_heads: bool = False


def read_webhooks(path: Path | None, plain: Iterable[str] = ()) -> Sequence[NamedWebhook]:
    """What the file says; nothing without one. ConfigError names what cannot be.

    `plain` are the origins that the operator lists: one of plain HTTP is called only if it is
    among them.
    """
    if path is None:
        return ()
    try:
        content = read_yaml(path.read_text(encoding="utf-8")).data
        read = msgspec.convert(content or {}, _File)
        _refuse_twice(one.name for one in read.webhooks)
        listed = frozenset(plain)
        return [_make(path.parent, f"webhooks[{i}]", one, listed) for i, one in _number(read)]
    except YamlError as error:
        raise _fault(path, error.problem) from error
    except (OSError, ValueError) as error:
        raise _fault(path, str(error)) from error


def _number(read: _File) -> Iterable[tuple[int, _Webhook]]:
    return enumerate(read.webhooks)


def _fault(path: Path, what: str) -> ConfigError:
    return ConfigError(f"--webhooks {path}: {what}")


def _refuse_twice(names: Iterable[str]) -> None:
    for name, number in Counter(names).items():
        if number > 1:
            raise ValueError(f"`name`: `{name}` is given twice")


def _make(folder: Path, place: str, read: _Webhook, plain: frozenset[str]) -> NamedWebhook:
    if not _NAME.fullmatch(read.name):
        raise ValueError(f"`{place}.name`: letters a-z, digits and hyphens, 40 at most")
    parts, origin = urlsplit(read.url), write_origin(read.url)
    is_plain = parts.scheme == "http" and origin in plain
    if origin is None or parts.fragment or (parts.scheme != "https" and not is_plain):
        raise ValueError(f"`{place}.url`: https://HOST/PATH; http if listed by --outgoing-host")
    if not read.events and not read.heads:
        raise ValueError(f"`{place}.events`: it is empty; without it everything is told")
    given = [("secret", read.secret), ("previousSecret", read.previous_secret)]
    keys = [_read_key(folder, f"`{place}.{name}`", one) for name, one in given if one is not None]
    webhook = Webhook(read.name, read.url, tuple(keys), frozenset(read.events))
    return NamedWebhook(webhook, read.tenant, read.heads)


def _read_key(folder: Path, what: str, given: str | SecretPlace) -> bytes:
    text = given if isinstance(given, str) else read_secret(folder, what, given)
    try:
        return read_key(text)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error
