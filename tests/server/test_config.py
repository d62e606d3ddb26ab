"""The configuration: which source goes before which, and what is refused by name."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from timebound.domain.settings import License, PendingStatus, TenantSettings
from timebound.server import options
from timebound.server.config import ConfigError, Profile, Settings, choose_origins, parse_origin
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
    assert read(*config).port == 1001
    environment = {"TIMEBOUND_PORT": "1002", "TIMEBOUND_HOST": "from-environment"}
    settings = read(*config, "--port", "1003", environment=environment)
    assert (settings.port, settings.host) == (1003, "from-environment")
    assert settings.log_format.value == "text"


@pytest.mark.inferred("the file can be named by the environment as well")
def test_a_file_named_by_the_environment_is_read(tmp_path: Path) -> None:
    path = tmp_path / "timebound.toml"
    path.write_text('profile = "emulator"\n\n[set]\nlicense = "none"\n')
    settings = read(environment={"TIMEBOUND_CONFIG": str(path)})
    assert settings.profile is Profile.EMULATOR
    assert settings.tenant_settings == {"license": License.NONE}


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
    "an origin with a path": (("--origin", "https://pim.example/x"), "--origin"),
    "an origin without a scheme": (("--origin", "pim.example"), "--origin"),
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
    *("profile", "data", "database-url", "host", "port", "origin", "seed", "connection", "set"),
    *("trusted-proxy", "tls-certificate", "tls-key", "master-key-file", "metrics-reader"),
    *("log-format", "accept-clock-step", "config"),
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
    assert parse_origin(text) == ORIGINS[text]


@pytest.mark.inferred("an origin carries nothing but scheme, host and port")
@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://x", "https://u@x", "https://x?y", "https://x:y", "https://[", "x:1"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--origin"):
        parse_origin(text)


@pytest.mark.documented("DESIGN, Origins: configured ones, by default this machine's own names")
@pytest.mark.parametrize(
    ("settings", "origins"),
    [
        (Settings(), ("https://localhost:9", "https://127.0.0.1:9", "https://[::1]:9")),
        (
            Settings(host="0.0.0.0"),
            ("https://localhost:9", "https://127.0.0.1:9", "https://[::1]:9"),
        ),
        (
            Settings(host="pim.example"),
            (
                "https://pim.example:9",
                "https://localhost:9",
                "https://127.0.0.1:9",
                "https://[::1]:9",
            ),
        ),
        (Settings(origins=("https://pim.example",)), ("https://pim.example",)),
    ],
)
def test_the_first_origin_is_the_one_to_tell(settings: Settings, origins: tuple[str, ...]) -> None:
    assert choose_origins(settings, 9) == origins
