"""Reading what clients send to the token endpoint."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from timebound.identity.problems import Fault, Refusal

_MOST_FIELDS: Final = 100
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


def read_basic(authorization: str | None) -> tuple[str, str] | None:
    """The client's id and secret from a Basic Authorization header, if there is a readable one."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    pair = (unquote_plus(name), unquote_plus(secret))
    return pair if colon and NUL not in "".join(pair) else None


def require(form: Mapping[str, str], name: str) -> str | Refusal:
    """A field that has to be there and to say something."""
    value = form.get(name, "").strip()
    return value or Refusal(Fault.PARAMETER_MISSING, name)
