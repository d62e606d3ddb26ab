"""The certificates in a body: from what clients send to what an application keeps."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from msgspec import UnsetType

from timebound.application.certificates import (
    VERIFY,
    X509,
    Certificate,
    KeyWishes,
    describe_key,
    read_certificate,
    read_pem_certificate,
)
from timebound.application.directory.key_rolling import KeyRoll, roll_key
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take, work_of
from timebound.dialects.graph.directory_writes.bodies import AddKey, PasswordCredential, RemoveKey
from timebound.dialects.graph.directory_writes.reading import read_guid, read_members, refuse
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.dates import parse_instant
from timebound.domain.directory import ObjectKind
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


def add_key(kind: ObjectKind) -> Handler:
    """The handler that adds a certificate."""

    async def handle(call: Call) -> Answer:
        body = read_body(call.body, AddKey)
        if isinstance(body.key_credential, UnsetType) or isinstance(body.proof, UnsetType):
            raise refuse("A value is required for the properties 'keyCredential' and 'proof'.")
        if isinstance(body.password_credential, PasswordCredential):
            raise refuse("The property 'passwordCredential' can only be null: no key has one.")
        sent = read_members(body.key_credential)
        if sent.get("key") is None:
            raise refuse(f"A value is required for property '{KEYS}/key'.")
        key = _read_key(call, sent)
        roll = KeyRoll(body.proof, str(key["keyId"]), key)
        await _roll(call, kind, roll)
        context = f"{call.root}/$metadata#microsoft.graph.keyCredential"
        return Answer(HTTPStatus.OK, {"@odata.context": context, **key, "key": None})

    return handle


def remove_key(kind: ObjectKind) -> Handler:
    """The handler that takes a certificate away."""

    async def handle(call: Call) -> Answer:
        body = read_body(call.body, RemoveKey)
        if isinstance(body.proof, UnsetType):
            raise refuse("A value is required for property 'proof'.")
        await _roll(call, kind, KeyRoll(body.proof, read_guid(body.key_id, "keyId")))
        return DONE

    return handle


async def _roll(call: Call, kind: ObjectKind, roll: KeyRoll) -> None:
    possession, object_id = call.ports.possession, read_key(call)
    await take(call, await roll_key(work_of(call), possession, kind, object_id, roll))


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
