"""The certificates in a body: from what clients send to what an application keeps."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from timebound.application.certificates import (
    VERIFY,
    X509,
    Certificate,
    KeyWishes,
    describe_key,
    read_certificate,
    read_pem_certificate,
)
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.directory_writes.reading import read_guid, refuse
from timebound.dialects.odata.dates import parse_instant
from timebound.domain.directory_changes import ObjectChanges
from timebound.domain.events import Fact
from timebound.domain.program_keys import KEYS, read_keys

_PEM: Final = b"-----BEGIN"
_LONGEST_ID: Final = 40


def take_keys(call: Call, changes: ObjectChanges) -> ObjectChanges:
    """The changes with certificates that were read; refused where one is none."""
    if KEYS not in changes.attributes:
        return changes
    kept = tuple(_read_key(call, one) for one in read_keys(changes.attributes))
    return replace(changes, attributes={**changes.attributes, KEYS: kept})


def _read_key(call: Call, sent: Mapping[str, Fact]) -> dict[str, Fact]:
    named, content = sent.get("keyId"), sent.get("key")
    if content is None:
        return {"keyId": read_guid(_text(sent, "keyId"), f"{KEYS}/keyId"), "key": None}
    _require(sent, "type", X509)
    _require(sent, "usage", VERIFY)
    key_id = call.ports.ids.new_id() if named is None else read_guid(str(named), f"{KEYS}/keyId")
    custom_id = _text(sent, "customKeyIdentifier")
    if custom_id is not None and len(custom_id) > _LONGEST_ID:
        raise refuse(f"The property '{KEYS}/customKeyIdentifier' is longer than 40 characters.")
    wishes = KeyWishes(
        _text(sent, "displayName"),
        custom_id,
        _instant(sent, "startDateTime"),
        _instant(sent, "endDateTime"),
    )
    return describe_key(_read_content(str(content)), key_id, wishes)


def _read_content(text: str) -> Certificate:
    try:
        content = b64decode(text, validate=True)
    except ValueError:
        content = b""
    is_pem = content.startswith(_PEM)
    pem = content.decode("ascii", "replace")
    found = read_pem_certificate(pem) if is_pem else read_certificate(content)
    if found is None:
        raise refuse(
            f"The property '{KEYS}/key' holds no X.509 certificate in Base64 with an RSA key of "
            "2048 bits or more, or of the curve P-256."
        )
    return found


def _require(sent: Mapping[str, Fact], name: str, value: str) -> None:
    if sent.get(name, value) != value:
        raise refuse(f"The property '{KEYS}/{name}' can only be '{value}'.")


def _text(sent: Mapping[str, Fact], name: str) -> str | None:
    value = sent.get(name)
    return value if isinstance(value, str) else None


def _instant(sent: Mapping[str, Fact], name: str) -> datetime | None:
    text = _text(sent, name)
    return None if text is None else parse_instant(text, f"{KEYS}/{name}")
