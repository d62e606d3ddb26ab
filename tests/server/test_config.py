"""The configuration: which source goes before which, and what is refused by name."""

import shlex
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.support.planting import ROOT
from timebound.domain.settings import License, PendingStatus, TenantSettings
from timebound.server import options
from timebound.server.config import ConfigError, Listener, Origin, Profile, Role, Settings
from timebound.server.origins import choose_origins, find_companion, parse_origin
from timebound.server.tenant_settings import SettingError, apply_settings, parse_settings


def invoke(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[Result, Any]:
    """What the options come to, without anything being served."""
    read: list[Settings] = []

    @click.command()
    @options.apply_options(options.SERVE)
    def command(**given: Any) -> None:  # noqa: ANN401 - click hands the options over by name
        read.append(options.read_settings(given))

    result = CliRunner().invoke(command, arguments, env=dict(environment or {}))
    return result, read[0] if read else None


def read(*arguments: str, environment: Mapping[str, str] | None = None) -> Settings:
    result, settings = invoke(*arguments, environment=environment)
    assert isinstance(settings, Settings), result.output
    return settings


@pytest.mark.documented("issue: options, also as environment variables and a TOML file")
def test_command_line_before_environment_before_file(tmp_path: Path) -> None:
    path = tmp_path / "timebound.toml"
    path.write_text('port = 1001\nhost = "from-file"\nlog-format = "text"\n')
    config = ("--config", str(path))
    assert read(*config).listeners == (Listener("from-file", 1001),)
    environment = {"TIMEBOUND_PORT": "1002", "TIMEBOUND_HOST": "from-environment"}
    settings = read(*config, "--port", "1003", environment=environment)
    assert settings.listeners == (Listener("from-environment", 1003),)
    assert settings.log_format.value == "text"


@pytest.mark.inferred("the file can be named by the environment as well")
def test_a_file_named_by_the_environment_is_read(tmp_path: Path) -> None:
    path = tmp_path / "timebound.toml"
    path.write_text('profile = "emulator"\n\n[set]\nlicense = "none"\n')
    settings = read(environment={"TIMEBOUND_CONFIG": str(path)})
    assert settings.profile is Profile.EMULATOR
    assert settings.tenant_settings == {"license": License.NONE}


PROXIED = {
    "TIMEBOUND_PLAIN_HTTP": "true",
    "TIMEBOUND_TRUSTED_PROXY": "10.0.0.7",
    "TIMEBOUND_ORIGIN": "https://pim.example.com",
}


@pytest.mark.documented("issue: options, also as environment variables and a TOML file")
def test_plain_http_can_be_said_in_the_environment_and_in_a_file(tmp_path: Path) -> None:
    assert read(environment=PROXIED).is_plain_http
    assert not read(environment={**PROXIED, "TIMEBOUND_PLAIN_HTTP": "false"}).is_plain_http
    path = tmp_path / "timebound.toml"
    path.write_text(
        'plain-http = true\ntrusted-proxy = ["10.0.0.7"]\norigin = ["https://pim.example.com"]\n'
    )
    assert read("--config", str(path)).is_plain_http


@pytest.mark.inferred("a switch that is neither on nor off is refused, never taken for off")
@pytest.mark.parametrize("name", ["PLAIN_HTTP", "ACCEPT_CLOCK_STEP"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(name: str) -> None:
    result, _ = invoke(environment={f"TIMEBOUND_{name}": "maybe"})
    assert result.exit_code == 2
    assert f"TIMEBOUND_{name}" in result.output


@pytest.mark.documented("issue: production is the default")
def test_nothing_said_means_production() -> None:
    settings = read()
    assert settings == Settings()
    assert (settings.profile, settings.connection) == (Profile.PRODUCTION, None)


FAULTS: dict[str, tuple[tuple[str, ...], str]] = {
    "no such setting": (("--set", "nope=1"), "minimum_active_duration"),
    "no value": (("--set", "license"), "NAME=VALUE"),
    "a wrong value": (("--set", "license=gold"), "license"),
    "a port that is none": (("--port", "70000"), "--port"),
    "a proxy that is none": (("--trusted-proxy", "proxy.example"), "--trusted-proxy"),
    "readers that are none": (("--metrics-reader", "everybody"), "--metrics-reader"),
    "a port that is below none": (("--port", "-1"), "--port"),
    "a place without a port": (("--listen", "localhost"), "--listen"),
    "a place with a word for a port": (("--listen", "localhost:https"), "--listen"),
    "a place beyond the last port": (("--listen", "localhost:65536"), "--listen"),
    "an address of IPv6 without brackets": (("--listen", "::1:443"), "--listen"),
    "two ways to say where": (("--listen", "localhost:1", "--port", "2"), "--listen"),
    "an origin with a path": (("--origin", "https://pim.example/x"), "--origin"),
    "an origin without a scheme": (("--origin", "pim.example"), "--origin"),
    "an origin with an unknown role": (("--origin", "https://pim.example=king"), "--origin"),
    "an origin with no role": (("--origin", "https://pim.example="), "--origin"),
    "an origin given twice": (
        ("--origin", "https://a.example=authority", "--origin", "https://A.example:443=graph"),
        "--origin: `a.example` is given twice",
    ),
    "origins of two schemes at one host": (
        ("--origin", "https://a.example", "--origin", "http://a.example"),
        "--origin",
    ),
    "no origin that issues tokens": (("--origin", "https://pim.example=graph,arm"), "authority"),
    "a name of Microsoft's as an origin": (
        ("--profile", "emulator", "--origin", "https://graph.microsoft.com"),
        "--public-names",
    ),
    "a name of Microsoft's to listen on": (
        ("--profile", "emulator", "--listen", "login.microsoftonline.com:443"),
        "--public-names",
    ),
    "public names in production": (("--public-names",), "--public-names is for --profile emulator"),
    "public names over plain HTTP": (
        (
            *("--profile", "emulator", "--public-names", "--plain-http"),
            *("--trusted-proxy", "10.0.0.1", "--origin", "https://pim.example"),
        ),
        "--public-names and --plain-http",
    ),
    "a page's origin that is none": (("--cors-origin", "app.example"), "--cors-origin"),
    "every page and one of them": (
        ("--cors-origin", "*", "--cors-origin", "https://app.example"),
        "--cors-origin",
    ),
    "half a certificate": (("--tls-certificate", "cert.pem"), "--tls-key"),
    "plain HTTP in the open": (("--plain-http",), "--trusted-proxy"),
    "plain HTTP at no address": (("--plain-http", "--trusted-proxy", "10.0.0.1"), "--origin"),
    "an unknown profile": (("--profile", "test"), "production"),
}


@pytest.mark.inferred("what cannot be followed is told with the option's name")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_the_option(name: str) -> None:
    arguments, named = FAULTS[name]
    result, settings = invoke(*arguments)
    assert settings is None
    assert named in f"{result.output}{result.exception}"


@pytest.mark.inferred("a file is read whole or refused")
@pytest.mark.parametrize(
    ("content", "named"), [("prot = 1\n", "port"), ("port = \n", "timebound.toml")]
)
def test_a_file_that_says_something_else_is_refused(
    tmp_path: Path, content: str, named: str
) -> None:
    path = tmp_path / "timebound.toml"
    path.write_text(content)
    result, _ = invoke("--config", str(path))
    assert result.exit_code == 2
    assert named in result.output


NAMES = (
    *("profile", "data", "database-url", "host", "port", "listen", "origin", "cors-origin"),
    *("public-names", "seed", "connection", "set", "plain-http"),
    *("trusted-proxy", "tls-certificate", "tls-key", "master-key-file", "metrics-reader"),
    *("log-format", "log-heads", "accept-clock-step", "config", "refused-passwords"),
)


@pytest.mark.documented("issue: --help is complete")
def test_help_names_every_option_with_its_variable() -> None:
    result, _ = invoke("--help")
    for name in NAMES:
        assert f"--{name}" in result.output
        assert f"TIMEBOUND_{name.upper().replace('-', '_')}" in result.output.replace("\n", " ")
    assert "minimum_active_duration" in result.output


@pytest.mark.documented("issue: --set NAME=VALUE, among them minimum_active_duration=PT0S")
def test_settings_are_read_by_their_types() -> None:
    changes = parse_settings(
        [
            "minimum_active_duration=PT0S",
            "pending_status=PendingApprovalProvisioning",
            "context_needs_capability=false",
            'authentication_contexts={"c7": "mfa"}',
            "license=none",
            "license=p2",
        ]
    )
    settings = apply_settings(TenantSettings(), changes)
    assert settings == TenantSettings(
        license=License.P2,
        minimum_active_duration=timedelta(),
        pending_status=PendingStatus.PENDING_APPROVAL_PROVISIONING,
        authentication_contexts={"c7": "mfa"},
        context_needs_capability=False,
    )


@pytest.mark.inferred("a value of another type is refused")
@pytest.mark.parametrize(
    "text",
    [
        "minimum_active_duration=5 minutes",
        "context_needs_capability=perhaps",
        "authentication_contexts=c1",
        'authentication_contexts={"c1": 1}',
        "=",
    ],
)
def test_a_setting_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        parse_settings([text])


ORIGINS = {
    "https://pim.example.com": "https://pim.example.com",
    "https://PIM.example.com:443/": "https://pim.example.com",
    "https://pim.example.com:8443": "https://pim.example.com:8443",
    "http://pim.example.com:80": "http://pim.example.com",
    "https://[::1]:8443": "https://[::1]:8443",
}


@pytest.mark.documented("RFC 6454: an origin is scheme, host and port, the default port left out")
@pytest.mark.parametrize("text", ORIGINS)
def test_an_origin_is_written_as_browsers_write_it(text: str) -> None:
    assert parse_origin(text) == Origin(ORIGINS[text])


@pytest.mark.inferred("an origin carries nothing but scheme, host and port")
@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://x", "https://u@x", "https://x?y", "https://x:y", "https://[", "x:1"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--origin"):
        parse_origin(text)


LOCAL = ("localhost", "127.0.0.1", "[::1]")
EXAMPLE = Origin("https://pim.example")
DEFAULTS: dict[str, tuple[Settings, list[int], list[str]]] = {
    "nothing said": (Settings(), [9], [f"https://{host}:9" for host in LOCAL]),
    "every address": (
        Settings(listeners=(Listener("0.0.0.0"),)),
        [9],
        [f"https://{host}:9" for host in LOCAL],
    ),
    "a name": (
        Settings(listeners=(Listener("pim.example"),)),
        [9],
        [f"https://{host}:9" for host in ("pim.example", *LOCAL)],
    ),
    "two ports": (
        Settings(listeners=(Listener("localhost"), Listener("::1"))),
        [8443, 443],
        [*(f"https://{host}:8443" for host in LOCAL), *(f"https://{host}" for host in LOCAL)],
    ),
    "origins that are configured": (Settings(origins=(EXAMPLE,)), [9], ["https://pim.example"]),
}


@pytest.mark.documented("DESIGN, Origins: configured ones, by default one origin has all roles")
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_first_origin_is_the_one_to_tell(name: str) -> None:
    settings, ports, urls = DEFAULTS[name]
    assert choose_origins(settings, ports) == tuple(Origin(url) for url in urls)


@pytest.mark.documented("issue: several listeners, --listen HOST:PORT, repeatable")
@pytest.mark.parametrize("source", ["options", "environment", "file", "a word in a file"])
def test_several_places_to_listen_on(tmp_path: Path, source: str) -> None:
    places = ["127.0.0.1:8443", "[::1]:443", ":80"]
    expected = [Listener("127.0.0.1", 8443), Listener("::1", 443), Listener("", 80)]
    path = tmp_path / "timebound.toml"
    path.write_text(f"listen = {places}\n" if source == "file" else f'listen = "{places[0]}"\n')
    config = ("--config", str(path))
    match source:
        case "options":
            settings = read(*(word for place in places for word in ("--listen", place)))
        case "environment":
            settings = read(environment={"TIMEBOUND_LISTEN": " ".join(places)})
        case "file":
            settings = read(*config)
        case _:
            settings, expected = read(*config), expected[:1]
    assert list(settings.listeners) == expected


ROLES = (
    Origin("https://login.example", frozenset({Role.AUTHORITY})),
    Origin("https://api.example", frozenset({Role.GRAPH, Role.ARM})),
)


@pytest.mark.documented("DESIGN, Origins: each with its roles")
@pytest.mark.parametrize("source", ["options", "environment", "file", "table"])
def test_origins_with_roles(tmp_path: Path, source: str) -> None:
    given = ["https://login.example=authority", "https://api.example=Graph, arm".replace(" ", "")]
    path = tmp_path / "timebound.toml"
    table = '"https://login.example" = "authority"\n"https://api.example" = ["graph", "arm"]'
    path.write_text(f"origin = {given}" if source == "file" else f"[origin]\n{table}\n")
    match source:
        case "options":
            settings = read("--origin", given[0], "--origin", given[1])
        case "environment":
            settings = read(environment={"TIMEBOUND_ORIGIN": " ".join(given)})
        case _:
            settings = read("--config", str(path))
    assert settings.origins == ROLES


@pytest.mark.inferred("an origin sends its clients to itself, else to the first with the role")
def test_each_role_is_found_from_every_origin() -> None:
    settings = Settings(Profile.EMULATOR, origins=ROLES, has_public_names=True)
    origins = {origin.url: origin for origin in choose_origins(settings, [443])}

    def find(url: str, role: Role) -> str | None:
        return find_companion(origins.values(), origins[url], role)

    assert find("https://api.example", Role.AUTHORITY) == "https://login.example"
    assert find("https://login.example", Role.GRAPH) == "https://api.example"
    assert find("https://login.example", Role.AUTHORITY) == "https://login.example"
    assert find("https://login.example", Role.PORTAL) is None
    public = "https://graph.microsoft.com", "https://login.microsoftonline.com"
    assert find(public[0], Role.AUTHORITY) == public[1]
    assert find("https://login.windows.net", Role.GRAPH) == public[0]
    assert find(public[1], Role.ARM) == "https://management.azure.com"


@pytest.mark.inferred("no cookies are honoured, so every page may call, unless somebody minds")
def test_whose_pages_may_call() -> None:
    assert read().cors_origins == ("*",)
    assert read("--cors-origin", "none").cors_origins == ()
    two = read(
        "--cors-origin", "https://App.example:443/", "--cors-origin", "http://localhost:3000"
    )
    assert two.cors_origins == ("https://app.example", "http://localhost:3000")


def read_guide() -> str:
    return (ROOT / "docs" / "how-to" / "origins.md").read_text(encoding="utf-8")


@pytest.mark.documented("docs/how-to/origins.md: its file is read as it says")
def test_the_file_of_the_guide_is_read(tmp_path: Path) -> None:
    path = tmp_path / "timebound.toml"
    path.write_text(read_guide().partition("```toml\n")[2].partition("```")[0])
    settings = read("--config", str(path))
    assert settings.listeners == (Listener("10.0.0.5", 443), Listener("fd00::5", 443))
    assert settings.origins == (
        Origin("https://login.example.com", frozenset({Role.AUTHORITY})),
        Origin("https://api.example.com", frozenset({Role.GRAPH, Role.ARM})),
        Origin("https://pim.example.com", frozenset({Role.PORTAL})),
    )


@pytest.mark.documented("docs/how-to/origins.md: its commands are understood")
def test_the_commands_of_the_guide_are_understood() -> None:
    lines = [line.strip() for line in read_guide().splitlines()]
    serving = [
        shlex.split(line.rstrip("&")) for line in lines if line.startswith("timebound serve")
    ]
    assert len(serving) == 5
    for command in serving:
        assert read(*command[2:]).listeners
