"""A service as an operator starts, stops and starts it again: real processes, real TLS."""

import json
import signal
import socket
import stat
import subprocess
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.support.running import (
    RunningService,
    clean_environment,
    refused,
    running,
    serve_command,
)


def token_of(service: RunningService) -> str:
    connection = service.connection
    application = next(a for a in connection["applications"] if a["clientSecret"])
    form = {
        "grant_type": "client_credentials",
        "client_id": application["clientId"],
        "client_secret": application["clientSecret"],
        "scope": "https://graph.microsoft.com/.default",
    }
    url = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/token"
    answer = service.call("POST", url, data=form)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return str(answer.json()["access_token"])


def names_of_roles(service: RunningService) -> list[str]:
    url = f"{service.connection['graphUrl']}/v1.0/roleManagement/directory/roleDefinitions"
    headers = {"authorization": f"Bearer {token_of(service)}"}
    return [r["displayName"] for r in service.call("GET", url, headers=headers).json()["value"]]


@pytest.mark.documented("issue: --connection FILE (mode 0600) is written once the service is ready")
def test_the_connection_file_is_for_its_owner_and_goes_with_the_service(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert stat.S_IMODE(service.file.stat().st_mode) == 0o600
        assert "Global Reader" in names_of_roles(service)
        secrets = [a["clientSecret"] for a in service.connection["applications"]]
        secrets += [service.connection["controlToken"], service.connection["users"][0]["password"]]
    assert not service.file.exists()
    assert service.process.returncode == 0
    assert not [s for s in secrets if s and any(s in line for line in service.log)]


@pytest.mark.documented("issue: graceful stop on SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as service:
        service.process.send_signal(number)
        assert service.process.wait() == 0
    assert '"event":"stopped"' in service.log[-1]


@pytest.mark.inferred("a second start goes on with the data, the clock and the keys of the first")
def test_a_second_start_goes_on_where_the_first_was(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        headers = {"authorization": f"Bearer {first.connection['controlToken']}"}
        clock = f"{first.connection['controlUrl']}/clock"
        first.call("POST", clock, json={"freeze": True}, headers=headers)
        told = first.call("POST", clock, json={"advance": "P10D"}, headers=headers).json()["now"]
        roles = names_of_roles(first)
    with running(tmp_path) as second:
        headers = {"authorization": f"Bearer {second.connection['controlToken']}"}
        clock = f"{second.connection['controlUrl']}/clock"
        assert second.call("GET", clock, headers=headers).json()["now"] == told
        assert names_of_roles(second) == roles
        assert second.connection["tenantId"] == first.connection["tenantId"]


@pytest.mark.documented("DESIGN: a mismatch of the profile refuses to start")
def test_an_emulators_database_is_not_served_in_production(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    assert "emulator" in refused(tmp_path, "production")


@pytest.mark.documented("issue: production refuses clock control and the password grant")
def test_production_has_none_of_the_emulators_routes(tmp_path: Path) -> None:
    with running(tmp_path, "production") as service:
        base = service.connection["graphUrl"]
        for path in ("/control/clock", "/control/reset"):
            assert service.call("POST", base + path, json={}).status_code == HTTPStatus.NOT_FOUND
        assert service.call("GET", f"{base}/healthz").status_code == HTTPStatus.OK
        assert service.connection.get("controlToken") is None


@pytest.mark.documented("issue: production refuses seeded secrets")
def test_production_refuses_a_seed_with_secrets_in_clear(tmp_path: Path, demo: Path) -> None:
    said = refused(tmp_path, "production", "--seed", str(demo))
    assert "secret" in said or "password" in said


@pytest.fixture
def demo() -> Path:
    return Path(__file__).parents[2] / "src" / "timebound" / "server" / "seeds" / "demo.yaml"


@pytest.mark.documented("DESIGN: the emulator is one process")
def test_a_folder_is_served_once_at_a_time(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert "another service" in refused(tmp_path, "emulator")
        assert service.file.exists()
        assert "Global Reader" in names_of_roles(service)


FAULTS = {
    "an unknown setting": (("--set", "nope=1"), "minimum_active_duration"),
    "a setting of a wrong type": (("--set", "license=gold"), "license"),
    "a seed that is not there": (("--seed", "/nowhere.yaml"), "--seed"),
    "plain HTTP in the open": (("--plain-http",), "--trusted-proxy"),
}


@pytest.mark.inferred("a configuration that cannot be followed is told with the option's name")
@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_option_is_named(tmp_path: Path, name: str) -> None:
    options, named = FAULTS[name]
    done = subprocess.run(
        serve_command(tmp_path, "emulator", *options),
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(),
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert named in done.stderr


@pytest.mark.documented("DESIGN, Origins: an unknown Host is answered 421")
def test_an_unknown_host_is_misdirected(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        url = f"{service.connection['graphUrl']}/v1.0/me"
        answer = service.call("GET", url, headers={"host": "evil.example"})
    assert answer.status_code == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.documented("issue: several listeners (--listen HOST:PORT, repeatable)")
def test_a_service_listens_on_several_places(tmp_path: Path) -> None:
    places = ("--listen", "127.0.0.1:0", "--listen", "[::1]:0")
    with running(tmp_path, "emulator", *places) as service:
        ready = json.loads(service.log[-1])
        assert len(set(ready["ports"])) == 2
        for host, port in zip(("127.0.0.1", "[::1]"), ready["ports"], strict=True):
            answer = service.call("GET", f"https://{host}:{port}/v1.0/me")
            assert answer.status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.inferred("a service that cannot listen everywhere does not start at all")
def test_a_place_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        said = refused(tmp_path, "emulator", "--listen", "127.0.0.1:0", "--listen", place)
    assert f"--listen {place}" in said
    assert "in use" in said
    assert not (tmp_path / "data").exists()
