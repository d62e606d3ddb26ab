"""The file that says who is told of what: what it comes to, and what is refused by name."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.planting import ROOT
from tests.support.running import refused
from timebound.channels.notices import Notice
from timebound.server.config import ConfigError, parse_syslog
from timebound.server.webhook_file import NamedWebhook, read_webhooks

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
ONE = {"name": "siem", "url": "https://siem.example/hook", "secret": SECRET}

pytestmark = pytest.mark.inferred("docs/how-to/webhooks.md")


def write(folder: Path, *webhooks: dict[str, Any]) -> Path:
    path = folder / "webhooks.yaml"
    path.write_bytes(msgspec.json.encode({"webhooks": webhooks}))
    return path


def read_one(folder: Path, **changes: object) -> NamedWebhook:
    (found,) = read_webhooks(write(folder, {**ONE, **changes}), ["http://localhost:80"])
    return found


def test_without_a_file_nobody_is_told() -> None:
    assert read_webhooks(None) == ()


def test_a_receiver_is_told_of_everything_unless_said_otherwise(tmp_path: Path) -> None:
    found = read_one(tmp_path)
    assert (found.webhook.name, found.webhook.url) == ("siem", ONE["url"])
    assert found.webhook.keys == (bytes(32),)
    assert found.webhook.notices == frozenset(Notice)
    assert found.tenant is None
    some = read_one(tmp_path, events=["timebound.policy.changed"], tenant="small.example")
    assert some.webhook.notices == frozenset({Notice.POLICY_CHANGED})
    assert some.tenant == "small.example"
    assert not some.has_heads
    heads = read_one(tmp_path, events=[], heads=True)
    assert (heads.webhook.notices, heads.has_heads) == (frozenset(), True)


def test_secrets_are_in_files_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").write_text(f"{SECRET}\n")
    monkeypatch.setenv("OLD_HOOK", base64.b64encode(bytes(24)).decode())
    found = read_one(tmp_path, secret={"file": "new"}, previousSecret={"env": "OLD_HOOK"})
    assert found.webhook.keys == (bytes(32), bytes(24))


def test_plain_http_is_for_listed_hosts(tmp_path: Path) -> None:
    url = "http://localhost/hook"
    assert read_one(tmp_path, url=url).webhook.url == url
    with pytest.raises(ConfigError, match=r"webhooks\[0\].url"):
        read_webhooks(write(tmp_path, {**ONE, "url": url}))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "SIEM"}, "`webhooks[0].name`"),
        ({"url": "ftp://siem.example"}, "`webhooks[0].url`"),
        ({"url": "https://user@siem.example"}, "`webhooks[0].url`"),
        ({"url": "https://siem.example/#a"}, "`webhooks[0].url`"),
        ({"url": "https://siem.example:none"}, "`webhooks[0].url`"),
        ({"events": []}, "`webhooks[0].events`"),
        ({"events": ["timebound.role.forgotten"]}, "timebound.role.forgotten"),
        ({"secret": "whsec_abc"}, "`webhooks[0].secret`"),
        ({"secret": {"env": "NOWHERE_TO_BE_FOUND"}}, "`webhooks[0].secret`"),
        ({"secret": {"file": "nowhere"}}, "`webhooks[0].secret`"),
        ({"secret": {}}, "either `file` or `env`"),
        ({"previousSecret": "short"}, "`webhooks[0].previousSecret`"),
        ({"sekret": "a"}, "sekret"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_one(tmp_path, **changes)
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)


def test_each_has_a_name_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`siem` is given twice"):
        read_webhooks(write(tmp_path, ONE, ONE))


def test_what_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_text("webhooks: [")
    with pytest.raises(ConfigError, match="--webhooks"):
        read_webhooks(path)
    with pytest.raises(ConfigError, match="--webhooks"):
        read_webhooks(tmp_path / "none.yaml")


def test_a_tenant_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    path = write(tmp_path, {**ONE, "tenant": "nowhere.example"})
    told = refused(tmp_path / "data", "emulator", "--webhooks", str(path))
    assert "there is no tenant `nowhere.example`" in told


def read_guide() -> str:
    return (ROOT / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")


def test_the_guide_names_every_type() -> None:
    guide = read_guide()
    for notice in Notice:
        family, _, last = notice.value.rpartition(".")
        assert f"`{notice.value}`" in guide or (f"`{family}." in guide and f"`.{last}`" in guide)


def test_the_example_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEM_WEBHOOK_SECRET", SECRET)
    example = (ROOT / "docs" / "examples" / "webhooks.yaml").read_text(encoding="utf-8")
    path = tmp_path / "webhooks.yaml"
    path.write_text(example)
    for name in ("chat-webhook.secret", "chat-webhook.old-secret", "notary.secret"):
        (tmp_path / name).write_text(SECRET)
    assert [one.webhook.name for one in read_webhooks(path)] == [
        "siem",
        "chat",
        "notary",
    ]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tls://siem.example", ("siem.example", 6514)),
        ("tls://siem.example:10514", ("siem.example", 10514)),
        ("tls://[::1]:6514", ("::1", 6514)),
    ],
)
def test_syslog_is_named_by_host_and_port(text: str, endpoint: tuple[str, int]) -> None:
    assert parse_syslog(text) == endpoint


@pytest.mark.parametrize(
    "text", ["", "siem.example", "udp://siem.example", "tls://", "tls://a/b", "tls://a:b"]
)
def test_another_syslog_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--syslog"):
        parse_syslog(text)
