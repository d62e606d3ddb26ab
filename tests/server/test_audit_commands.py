"""`timebound audit`: an operator verifies and exports, and somebody else verifies the export."""

import asyncio
import csv
import hashlib
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.storage.world import World
from tests.support.audit_scene import Scene, make_scene, verify_alone
from tests.support.log_tampering import Intruder
from tests.support.sealing import tell
from tests.support.service import TENANT, emulator, open_service
from tests.support.stores import KINDS
from timebound.application.sealing import catch_up
from timebound.domain.exports import ExportError, ExportTree
from timebound.domain.ids import TenantId
from timebound.server.audit_checks import Verdict, VerifyOrder, run_verify
from timebound.server.main import main

pytestmark = pytest.mark.documented(
    "issue: timebound audit verify, and a verifier without any of our code"
)


@pytest.fixture(params=KINDS)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    """A log with three heads, and three events that are not sealed, on either database."""
    settings = emulator(tmp_path)
    if request.param != "sqlite":
        url = request.getfixturevalue("fresh_postgres_database")
        settings = replace(settings, database_url=url)
    return asyncio.run(make_scene(settings, tmp_path))


@pytest.fixture
def one_scene(tmp_path: Path) -> Scene:
    """The same on one of them."""
    return asyncio.run(make_scene(emulator(tmp_path), tmp_path))


def test_a_log_is_verified_against_heads_held_elsewhere(scene: Scene) -> None:
    alone = scene.run("verify")
    assert alone.exit_code == 0, alone.output
    assert f"tenant {TENANT}: 700 events sealed under " in alone.output
    assert "held against no tree head from elsewhere" in alone.output
    assert "not sealed yet, and under no tree head: 3 events" in alone.output
    path = scene.write_heads(scene.heads)
    held = scene.run("verify", "--head", path, "--tenant", "small.example")
    assert (held.exit_code, "held against 3 tree heads" in held.output) == (0, True)


def test_what_was_done_to_a_log_is_told(scene: Scene) -> None:
    scene.tamper("UPDATE events SET subject_id = 'x' WHERE tenant_id = $1 AND position = 5")
    scene.tamper("DELETE FROM events WHERE tenant_id = $1 AND position = 333")
    result = scene.run("verify", "--head", scene.write_heads(scene.heads))
    assert result.exit_code == 1
    assert "WRONG event 5:" in result.output
    assert "WRONG event 333: missing" in result.output
    assert "WRONG tree head 700 held elsewhere:" in result.output
    assert "tree head 300" not in result.output
    assert "NOT SOUND" in result.output


_RENAME = "UPDATE tenants SET id = 'nobody' WHERE id = $1"
_RENAME_ALL_THE_SAME = """
    WITH eased AS (SELECT set_config('session_replication_role', 'replica', true) AS role)
    UPDATE tenants SET id = 'nobody' FROM eased WHERE id = $1 AND role = 'replica'
"""


def test_a_log_whose_tenant_is_gone_is_told(scene: Scene) -> None:
    is_on_postgres = scene.settings.database_url is not None
    scene.tamper(_RENAME_ALL_THE_SAME if is_on_postgres else _RENAME)
    result = scene.run("verify")
    lost = f"WRONG '{TENANT}' has events or tree heads, and is no tenant here"
    assert (result.exit_code, lost in result.output) == (1, True), result.output


def test_events_that_belong_to_nobody_are_told(scene: Scene) -> None:
    scene.tamper(
        "UPDATE events SET tenant_id = 'no\x1bbody' WHERE tenant_id = $1 AND position IS NULL"
    )
    result = scene.run("verify")
    lost = r"WRONG 'no\x1bbody' has events or tree heads, and is no tenant here"
    assert (result.exit_code, lost in result.output) == (1, True), result.output
    assert scene.run("verify", "--tenant", TENANT).exit_code == 0


def test_a_head_of_another_log_is_told(one_scene: Scene) -> None:
    path = one_scene.write_heads([one_scene.heads[0].replace("localhost/", "other/")])
    result = one_scene.run("verify", "--head", path)
    assert (result.exit_code, "is of no log that was looked at" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("verify", "--head", "/nowhere/heads"), "--head"),
        (("verify", "--tenant", "nobody.example"), "--tenant"),
        (("verify", "--tenant", "a\0"), "--tenant"),
        (("export", "--from", "yesterday"), "--from"),
        (("export", "--to", "2030-01-01T00:00:00"), "--to"),
        (("export", "-o", "/nowhere/log"), "--output"),
        (("verify", "--export", "/nowhere/log", "--head", "/nowhere/heads"), "--head"),
        (("verify", "--master-key-file", "/nowhere/key"), "master key"),
    ],
)
def test_what_cannot_be_followed_is_named(
    one_scene: Scene, arguments: tuple[str, ...], named: str
) -> None:
    result = one_scene.run(*arguments)
    assert (result.exit_code, named in result.output) == (1, True), result.output


def test_a_line_of_an_export_is_what_the_digest_was_made_over(scene: Scene) -> None:
    lines = scene.export().read_bytes().split(b"\n")
    assert lines.pop() == b""
    rows = asyncio.run(
        Intruder(scene.url, TENANT).run(
            "SELECT digest FROM events WHERE tenant_id = $1 AND position >= 0 ORDER BY position",
            TENANT,
        )
    )
    digests = [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in rows]
    assert [hashlib.sha256(line).hexdigest() for line in lines] == digests
    assert json.loads(lines[-1])["correlationId"].startswith("request ")


def test_an_export_is_verified_by_whoever_has_a_head(scene: Scene) -> None:
    export = scene.export()
    heads = scene.write_heads(scene.heads)
    for arguments in ((), ("--head", heads), ("--head", heads, "--key", scene.verifier)):
        result = verify_alone(export, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.endswith("sound\n")
        assert "700 events, 0 by digest alone, 0 left out" in result.stdout
    ours = scene.run("verify", "--export", export, "--head", heads)
    assert (ours.exit_code, ours.output.count("the same tree")) == (0, 3)
    assert scene.run("verify", "--export", export).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"request 400", b"request 401"),
        (b"\n", b"\n\n"),
        (b'"number":500', b'"number": 500'),
        (b'{"actorApplication"', b'{"digest":"' + b"0" * 64 + b'"}\n{"actorApplication"'),
    ],
)
def test_an_edited_export_is_found(one_scene: Scene, old: bytes, new: bytes) -> None:
    export = one_scene.export()
    content = export.read_bytes()
    assert old in content
    export.write_bytes(content.replace(old, new, 1))
    for arguments in ((), ("--head", one_scene.write_heads(one_scene.heads))):
        assert verify_alone(export, *arguments).returncode == 1
        assert one_scene.run("verify", "--export", export, *arguments).exit_code == 1


def test_an_export_without_its_end_is_found(one_scene: Scene) -> None:
    export = one_scene.export()
    lines = export.read_bytes().split(b"\n")
    export.write_bytes(b"\n".join(lines[:500]) + b"\n")
    result = verify_alone(export)
    assert (result.returncode, "ends at event 500" in result.stdout) == (1, True)
    ours = one_scene.run("verify", "--export", export)
    assert (ours.exit_code, "which ends at event 500" in ours.output) == (1, True)


def test_a_head_by_somebody_else_is_found(one_scene: Scene) -> None:
    export = one_scene.export()
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    name = one_scene.verifier.split("+")[0]
    content = b"\x01" + other
    short = hashlib.sha256(name.encode() + b"\n" + content).digest()[:4].hex()
    verifier = f"{name}+{short}+{b64encode(content).decode()}"
    result = verify_alone(export, "--key", verifier)
    assert (result.returncode, "not signed by the key" in result.stdout) == (1, True)
    assert verify_alone(export, "--key", "nonsense").returncode == 2
    forged = one_scene.heads[-1].replace("time 20", "time 21")
    path = one_scene.write_heads([forged])
    assert verify_alone(export, "--head", path, "--key", one_scene.verifier).returncode == 1
    ours = one_scene.run("verify", "--export", export, "--head", path)
    assert (ours.exit_code, "not signed by this installation" in ours.output) == (1, True)


def test_a_span_of_time_is_exported_and_verified(scene: Scene) -> None:
    since, until = "2030-03-01T12:05:00Z", "2030-03-01T12:08:20+00:00"
    export = scene.export("--from", since, "--to", until)
    told = [json.loads(line) for line in export.read_bytes().split(b"\n")[:-1]]
    events = [line for line in told if "id" in line]
    assert events
    assert all(since[:19] <= line["recordedAt"] < until[:19] for line in events)
    left_out = sum(2 ** line["level"] for line in told if "level" in line)
    assert len(events) + left_out == 700
    assert len(told) - len(events) < 40
    result = verify_alone(export, "--key", scene.verifier)
    assert result.returncode == 0, result.stdout
    assert f"{len(events)} events, 0 by digest alone, {left_out} left out" in result.stdout


def test_a_table_has_a_row_for_each_event(one_scene: Scene) -> None:
    path = one_scene.folder / "log.csv"
    result = one_scene.run("export", "--format", "csv", "-o", path)
    assert result.exit_code == 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["position"]) for row in rows] == list(range(700))
    last = rows[-1]
    assert (last["kind"], last["actorUser"]) == ("grantMade", "somebody")
    assert json.loads(last["data"])["reason"] == "Größe \u2028"
    assert not list(one_scene.folder.glob("*.part"))


def test_an_export_goes_to_the_standard_output(one_scene: Scene) -> None:
    result = one_scene.run("export")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 700
    assert one_scene.heads[-1] in result.stderr
    assert "not sealed yet, and not exported: 3 events" in result.stderr


def test_an_event_that_was_edited_is_exported_by_its_digest(one_scene: Scene) -> None:
    one_scene.tamper("UPDATE events SET subject_id = 'x' WHERE tenant_id = $1 AND position = 350")
    export = one_scene.folder / "log.jsonl"
    result = one_scene.run("export", "-o", export)
    assert (result.exit_code, "the first at 350" in result.output) == (1, True)
    assert json.loads(export.read_bytes().split(b"\n")[350]).keys() == {"digest"}
    assert verify_alone(export).returncode == 0


_EDITS = (
    "UPDATE events SET kind = 'nothing' WHERE tenant_id = $1 AND position = 350",
    "UPDATE events SET recorded_at = '2099-01-01' WHERE tenant_id = $1 AND position = 350",
)


@pytest.mark.parametrize("edit", _EDITS)
def test_an_event_that_was_edited_does_not_pass_for_left_out(one_scene: Scene, edit: str) -> None:
    one_scene.tamper(edit)
    export = one_scene.folder / "span.jsonl"
    span = ("--from", "2030-03-01T12:05:00Z", "--to", "2030-03-01T12:08:20Z")
    result = one_scene.run("export", *span, "-o", export)
    assert (result.exit_code, "the first at 350" in result.output) == (1, True), result.output


def test_a_database_without_a_log_has_nothing_to_verify(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["audit", "verify", "--data", str(tmp_path)])
    assert (result.exit_code, "there is no database" in result.output) == (1, True)


def test_a_subtree_stands_where_one_can_stand() -> None:
    tree = ExportTree()
    tree.add(b"an event")
    with pytest.raises(ExportError, match="cannot begin at event 1"):
        tree.add(b'{"level":1,"subtree":"' + b"0" * 64 + b'"}')


def size_of(verdict: Verdict) -> int:
    """How many events were verified."""
    return int(verdict.lines[0].split()[2])


@pytest.mark.parametrize("kind", KINDS)
async def test_the_service_may_be_running(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = emulator(tmp_path)
    if kind != "sqlite":
        url = request.getfixturevalue("fresh_postgres_database")
        settings = replace(settings, database_url=url)
    async with open_service(settings) as service:
        parts, is_verified = service.parts, False
        world = World(parts.store, TenantId(TENANT))
        await catch_up(parts.sealer, world.tenant, parts.clock.now())

        async def write() -> None:
            number = 0
            while not is_verified:
                await tell(world, 7, number)
                await catch_up(parts.sealer, world.tenant, parts.clock.now())
                number += 7

        def verify() -> list[Verdict]:
            found: list[Verdict] = []
            # A busy machine may write nothing for a while.
            while len(found) < 5 or (len(found) < 500 and size_of(found[0]) == size_of(found[-1])):
                found.append(run_verify(settings, VerifyOrder(), lambda _d, _t: None))
            return found

        writing = asyncio.create_task(write())
        verdicts = await asyncio.to_thread(verify)
        is_verified = True
        await writing
    assert [one.lines for one in verdicts if not one.is_sound] == []
    sizes = [size_of(one) for one in verdicts]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
