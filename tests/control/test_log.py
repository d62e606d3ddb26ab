"""The log's door: heads, keys and proofs that verify, for those who may read the audit log."""

from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.storage.world import World
from tests.support.sealing import read_logged
from tests.support.service import (
    DESK,
    PASSWORD,
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    open_service,
    production,
    write_seed_file,
)
from tests.support.tampering import run_sql
from timebound.application.sealing import catch_up
from timebound.domain.checkpoints import read_notes
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Tree, verify_consistency, verify_inclusion

LOG = "/control/log"
READ = "AuditLog.Read.All"
PATHS = ("head", "heads", "key", "inclusion", "consistency")
pytestmark = pytest.mark.documented("issue: proofs over the control API")


def permitting_seed() -> dict[str, Any]:
    """The small tenant, whose applications may read the audit log."""
    robot, desk, empty = SEED["applications"]
    robot = {**robot, "permissions": {"application": [READ, "User.ReadWrite.All"]}}
    desk = {**desk, "permissions": {"delegated": ["User.Read", READ]}}
    users = [*SEED["users"]]
    users[2] = {**users[2], "password": PASSWORD}
    return {**SEED, "users": users, "applications": [robot, desk, empty]}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator whose applications may read the audit log."""
    seed = write_seed_file(tmp_path / "seeds", permitting_seed())
    async with open_service(replace(emulator(tmp_path), seed=seed)) as opened:
        yield opened


async def robot(service: Service) -> Mapping[str, str]:
    """What the application shows."""
    form = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": SECRET}
    return await _ask(service, {**form, "scope": "https://graph.microsoft.com/.default"})


async def person(service: Service, name: str, permission: str = READ) -> Mapping[str, str]:
    """What a person shows who is signed in to the desk."""
    form = {"grant_type": "password", "client_id": DESK, "username": name, "password": PASSWORD}
    return await _ask(service, {**form, "scope": f"https://graph.microsoft.com/{permission}"})


async def _ask(service: Service, form: Mapping[str, str]) -> Mapping[str, str]:
    answer = await service.ask_token(form)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def seal(service: Service) -> int:
    parts = service.parts
    return await catch_up(parts.sealer, TenantId(TENANT), parts.clock.now())


async def change(service: Service, count: int) -> None:
    """Commits some events."""
    headers = await robot(service)
    ada = SEED["users"][0]["userPrincipalName"]
    for number in range(count):
        body = {"displayName": f"Ada {number}"}
        answer = await service.client.patch(f"/v1.0/users/{ada}", json=body, headers=headers)
        assert answer.is_success, answer.text


async def get(service: Service, path: str, **query: object) -> httpx.Response:
    headers = await robot(service)
    return await service.client.get(f"{LOG}/{path}", params=query, headers=headers)  # type: ignore[arg-type]  # texts and numbers


async def told(service: Service, path: str, **query: object) -> dict[str, Any]:
    answer = await get(service, path, **query)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.headers["cache-control"] == "no-store"
    content: dict[str, Any] = answer.json()
    return content


async def test_a_head_is_told_as_a_signed_note(service: Service) -> None:
    sealed = await seal(service)
    await change(service, 2)
    head, key = await told(service, "head"), await told(service, "key")
    assert (head["size"], head["unsealed"]) == (sealed, 2)
    [note] = read_notes(head["note"])
    assert note.checkpoint.tree == Tree(sealed, b64decode(head["rootHash"]))
    assert note.checkpoint.origin == key["name"] == f"localhost/log/{TENANT}"
    assert key["verifiers"] == [key["verifier"]]
    name, short_id, encoded = key["verifier"].split("+", 2)
    assert (name, b64decode(encoded)) == (key["name"], b"\x01" + b64decode(key["publicKey"]))
    [signature] = note.signatures
    assert signature.short_id.hex() == short_id
    public = Ed25519PublicKey.from_public_bytes(b64decode(key["publicKey"]))
    public.verify(signature.signature, note.text.encode())


async def test_every_event_is_proved_to_be_in_every_head(service: Service) -> None:
    sizes = []
    for count in (0, 3, 2):
        await change(service, count)
        await seal(service)
        sizes.append((await told(service, "head"))["size"])
    events = await read_logged(World(service.parts.store, TenantId(TENANT)))
    for logged in events:
        for size in (size for size in sizes if size > logged.position):
            asked = {"eventId": logged.event.id, "size": size}
            proof = await told(service, "inclusion", **asked)
            assert proof == await told(service, "inclusion", position=logged.position, size=size)
            leaf = sha256(b"\x00" + bytes.fromhex(logged.digest)).digest()
            path = [b64decode(one) for one in proof["hashes"]]
            root = b64decode(proof["rootHash"])
            assert verify_inclusion(logged.position, size, leaf, path, root)
            assert b64decode(proof["leafHash"]) == leaf
    last = await told(service, "inclusion", position=0)
    assert (last["size"], last["rootHash"]) == (
        sizes[-1],
        (await told(service, "head"))["rootHash"],
    )


async def test_every_head_is_proved_to_go_on_from_those_before(service: Service) -> None:
    for count in (0, 3, 2):
        await change(service, count)
        await seal(service)
    heads = (await told(service, "heads"))["heads"]
    assert len(heads) == 3
    for number, second in enumerate(heads):
        for first in heads[: number + 1]:
            asked = {"from": first["size"], "to": second["size"]}
            proof = await told(service, "consistency", **asked)
            trees = [Tree(one["size"], b64decode(one["rootHash"])) for one in (first, second)]
            path = [b64decode(one) for one in proof["hashes"]]
            assert verify_consistency(trees[0], trees[1], path)
            assert proof["fromRootHash"] == first["rootHash"]
            assert proof["toRootHash"] == second["rootHash"]


async def test_heads_are_told_in_portions(service: Service) -> None:
    sizes = []
    for _ in range(3):
        await change(service, 1)
        await seal(service)
        sizes.append((await told(service, "head"))["size"])
    first = await told(service, "heads", limit=2)
    assert [head["size"] for head in first["heads"]] == sizes[:2]
    rest = await told(service, "heads", limit=2, after=first["next"])
    assert ([head["size"] for head in rest["heads"]], rest["next"]) == (sizes[2:], None)


@pytest.mark.parametrize(
    ("path", "query", "code", "named"),
    [
        ("inclusion", {}, "MissingParameter", "position"),
        ("inclusion", {"position": 0, "eventId": "x"}, "MissingParameter", "eventId"),
        ("inclusion", {"position": "x"}, "InvalidParameter", "position"),
        ("inclusion", {"position": "-1"}, "InvalidParameter", "position"),
        ("inclusion", {"position": "1" * 19}, "InvalidParameter", "position"),
        ("inclusion", {"position": "\u0664"}, "InvalidParameter", "position"),
        ("inclusion", {"position": 10**6}, "InvalidSize", "size"),
        ("inclusion", {"position": 3, "size": 3}, "InvalidSize", "size"),
        ("inclusion", {"position": 0, "size": 0}, "InvalidSize", "size"),
        ("inclusion", {"position": 0, "size": 10**6}, "InvalidSize", "size"),
        ("inclusion", {"place": 0}, "UnknownParameter", "place"),
        ("inclusion", {"position": [0, 1]}, "RepeatedParameter", "position"),
        ("inclusion", {"eventId": "nothing"}, "EventNotFound", "eventId"),
        ("inclusion", {"eventId": "a\0"}, "EventNotFound", "eventId"),
        ("consistency", {}, "MissingParameter", "from"),
        ("consistency", {"from": 0}, "InvalidSize", "from"),
        ("consistency", {"from": 3, "to": 2}, "InvalidSize", "from"),
        ("consistency", {"from": 1, "to": 10**6}, "InvalidSize", "to"),
        ("heads", {"after": "x"}, "InvalidParameter", "after"),
        ("head", {"size": 1}, "UnknownParameter", "size"),
    ],
)
async def test_what_cannot_be_answered_names_the_parameter(
    service: Service, path: str, query: dict[str, object], code: str, named: str
) -> None:
    await seal(service)
    answer = await get(service, path, **query)
    expected = 404 if code == "EventNotFound" else 400
    assert (answer.status_code, answer.json()["error"]["code"]) == (expected, code)
    assert f"`{named}`" in answer.json()["error"]["message"]


async def test_an_event_that_is_not_sealed_has_no_proof(service: Service) -> None:
    for path in ("head", "inclusion", "consistency"):
        answer = await get(service, path, **({"position": 0} if path == "inclusion" else {}))
        assert answer.status_code == httpx.codes.NOT_FOUND
        assert answer.json()["error"]["code"] == "NothingSealed"
    assert await told(service, "heads") == {"heads": [], "next": None}


async def test_a_damaged_log_is_told_of(service: Service) -> None:
    await seal(service)
    url = service.parts.settings.database
    for damage in (
        "UPDATE events SET digest = 'none' WHERE position = 1",
        "UPDATE events SET position = NULL WHERE position = 1",
    ):
        run_sql(url, damage)
        answer = await get(service, "inclusion", position=0)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert answer.json()["error"]["code"] == "LogDamaged"
    run_sql(url, "UPDATE tree_heads SET at = 'never'")
    assert (await get(service, "head")).json()["error"]["code"] == "LogDamaged"


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_is_answered_who_does_not_show_a_token(service: Service, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}, service.control_headers):
        answer = await service.client.get(f"{LOG}/{path}", headers=headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
async def test_people_need_a_role_and_the_permission(service: Service, path: str) -> None:
    await seal(service)
    query = {"inclusion": {"position": 0}, "consistency": {"from": 1}}.get(path)
    for name, permission, is_admitted in (
        ("ada@small.example", READ, True),
        ("ada@small.example", "User.Read", False),
        ("eva@small.test", READ, False),
    ):
        headers = await person(service, name, permission)
        answer = await service.client.get(f"{LOG}/{path}", params=query, headers=headers)
        expected = httpx.codes.OK if is_admitted else httpx.codes.FORBIDDEN
        assert answer.status_code == expected, (name, permission, answer.text)


async def test_nothing_is_written_there(service: Service) -> None:
    answer = await service.client.post(f"{LOG}/head", headers=await robot(service))
    assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED


@pytest.mark.inferred("what is evidence is for production above all")
@pytest.mark.parametrize("path", PATHS)
async def test_the_log_has_its_door_in_production(tmp_path: Path, path: str) -> None:
    async with open_service(production(tmp_path)) as service:
        answer = await service.client.get(f"{LOG}/{path}")
        assert answer.status_code == httpx.codes.UNAUTHORIZED
