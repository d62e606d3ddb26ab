"""Reading what clients send to the token endpoint."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from timebound.identity.problems import Fault, Refusal

_MOST_FIELDS: Final = 100
_PROOFS: Final = frozenset({"client_secret", "client_assertion"})
NUL: Final = "\0"
"""A character that no name, secret or domain has, and that not every database keeps."""


def read_form(content: bytes) -> Mapping[str, str] | Refusal:
    """The fields of a form; none may be given twice."""
    try:
        pairs = parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return Refusal(Fault.BODY_UNREADABLE)
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            return Refusal(Fault.PARAMETER_REPEATED, name)
        if NUL in name or NUL in value:
            return Refusal(Fault.BODY_UNREADABLE)
        fields[name] = value
    return fields


def join_basic(form: Mapping[str, str], authorization: str | None) -> Mapping[str, str] | Refusal:
    """The form with the client's id and secret from a Basic header, if there is one.

    A client proves itself in one way only: a secret in the body as well, or another id there, is
    refused (RFC 6749, 2.3), and so is a header that cannot be read.
    """
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return form
    pair = _read_basic(encoded.strip())
    if pair is None:
        return Refusal(Fault.CREDENTIALS_UNREADABLE)
    client_id, secret = pair
    is_same = form.get("client_id", client_id).strip().lower() == client_id.lower()
    if not is_same or not _PROOFS.isdisjoint(form):
        return Refusal(Fault.CREDENTIALS_TWICE)
    return {**form, "client_id": client_id, "client_secret": secret}


def _read_basic(encoded: str) -> tuple[str, str] | None:
    try:
        name, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    pair = (unquote_plus(name), unquote_plus(secret))
    return pair if colon and NUL not in "".join(pair) else None


def require(form: Mapping[str, str], name: str) -> str | Refusal:
    """A field that has to be there and to say something."""
    value = form.get(name, "").strip()
    return value or Refusal(Fault.PARAMETER_MISSING, name)
