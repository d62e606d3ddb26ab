"""The file that says who vouches for people: what it comes to, and what is refused by name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.server.test_config import invoke, read
from tests.support.planting import ROOT
from tests.support.running import refused
from tests.support.service import ORIGIN, emulator, open_service
from timebound.application.ports import TenantRecord
from timebound.domain.ids import TenantId
from timebound.identity.federation_rules import Federation
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import ConfigError, Settings
from timebound.server.federation_file import list_issuer_origins, read_federation
from timebound.server.outgoing import open_fetcher

TENANT = TenantRecord(TenantId("t-1"), "Small", ("small.example", "small.test"))
PEOPLE = {"match": "email", "domains": ["small.example"]}
PROVIDER = {
    "tenant": "small.example",
    "name": "works",
    "issuer": "https://idp.example/realm",
    "clientId": "timebound",
}
ISSUER = {
    "tenant": "T-1",
    "issuer": "https://idp.example/realm",
    "audience": "api://timebound",
    "application": "4E8B1A70-6c2d-4f93-b5e1-0a9d8c7b6f52",
}


GUID = "7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11"
MANY = {"issuer": "https://idp.example/{tenantid}/v2.0", "tenants": [GUID]}
ONE = f"https://idp.example/{GUID}/v2.0"


def given(
    tmp_path: Path, provider: dict[str, Any] | None = None, issuer: dict[str, Any] | None = None
) -> Federation:
    """What a file comes to that has one of each, with changes."""
    content = {
        "providers": [{**PROVIDER, **(provider or {})}],
        "tokenIssuers": [{**ISSUER, **(issuer or {})}],
    }
    path = tmp_path / "federation.yaml"
    path.write_bytes(msgspec.json.encode(content))
    return read_federation(path, ["http://localhost:80"])


def test_without_a_file_nobody_vouches_for_anybody() -> None:
    assert read_federation(None) == Federation()


def test_a_provider_is_known_to_its_tenant_alone(tmp_path: Path) -> None:
    federation = given(tmp_path, {"people": PEOPLE})
    other = TenantRecord(TenantId("t-2"), "Other", ("other.example",))
    found = federation.find_provider(TENANT, "works")
    assert found is not None
    assert found.issuer == "https://idp.example/realm"
    assert federation.find_provider(other, "works") is None
    assert federation.find_provider(TENANT, "other") is None
    assert federation.list_providers(other) == []


def test_an_issuer_for_many_is_believed_about_those_that_are_listed(tmp_path: Path) -> None:
    [provider] = given(tmp_path, {**MANY, "sharedTenant": "organizations"}).providers
    assert provider.issuers == {ONE}
    assert provider.described_at == "https://idp.example/organizations/v2.0"
    [usual] = given(tmp_path).providers
    assert usual.issuers == {usual.issuer} == {usual.described_at}


def test_who_vouches_may_be_asked(tmp_path: Path) -> None:
    assert list_issuer_origins(given(tmp_path)) == {"https://idp.example:443"}


def test_a_secret_is_never_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    monkeypatch.setenv("IDP_SECRET", "from-environment")
    for source, wanted in (({"file": "secret"}, "from-file"), ({"env": "IDP_SECRET"}, None)):
        federation = given(tmp_path, {"clientSecret": source})
        secret = wanted or "from-environment"
        assert federation.providers[0].client_secret == secret
        assert secret not in repr(federation)


def test_what_is_said_about_people_and_factors_arrives(tmp_path: Path) -> None:
    people = {**PEOPLE, "verifiedBy": "issuer", "create": True, "links": {"s1": "a@small.example"}}
    factors = {"amr": ["otp"], "acr": ["loa2"]}
    federation = given(tmp_path, None, {"people": people, "secondFactor": factors})
    issuer = federation.issuers[0]
    assert issuer.application_id == "4e8b1a70-6c2d-4f93-b5e1-0a9d8c7b6f52"
    assert issuer.people.verified_by is None
    assert issuer.people.is_creating
    assert not issuer.people.is_authoritative
    assert issuer.people.links == {"s1": "a@small.example"}
    assert issuer.factors.are_met_by(frozenset({"pwd", "otp"}), None)
    assert issuer.factors.are_met_by(frozenset(), "loa2")
    assert not issuer.factors.are_met_by(frozenset({"pwd"}), "loa1")
    assert not federation.providers[0].factors.are_met_by(frozenset({"mfa"}), "loa2")


@pytest.mark.parametrize(
    ("provider", "issuer", "named"),
    [
        ({"issuer": "http://idp.example"}, {}, "providers[0].issuer"),
        ({"issuer": "https://idp.example?a=b"}, {}, "providers[0].issuer"),
        ({"issuer": "https://user@idp.example"}, {}, "providers[0].issuer"),
        ({"issuer": "idp.example"}, {}, "providers[0].issuer"),
        ({"issuer": 5}, {}, "providers[0].issuer"),
        ({}, {"issuer": "http://idp.example"}, "tokenIssuers[0].issuer"),
        ({}, {"algorithms": ["HS256"]}, "tokenIssuers[0].algorithms"),
        ({}, {"algorithms": ["none"]}, "tokenIssuers[0].algorithms"),
        ({"algorithms": []}, {}, "providers[0].algorithms"),
        ({"name": "a/b"}, {}, "providers[0].name"),
        ({"name": ""}, {}, "providers[0].name"),
        ({"scopes": ["email"]}, {}, "providers[0].scopes"),
        ({"people": {"match": "email"}}, {}, "providers[0].people.domains"),
        ({"people": {"domains": ["*.example"]}}, {}, "providers[0].people.domains"),
        ({"people": {"domains": ["example"]}}, {}, "providers[0].people.domains"),
        ({"people": {"create": True}}, {}, "providers[0].people.match"),
        ({"people": {"autoritative": True}}, {}, "autoritative"),
        ({"clientSecret": "in the file"}, {}, "clientSecret"),
        ({"clientSecret": {}}, {}, "clientSecret"),
        ({"clientSecret": {"file": "a", "env": "b"}}, {}, "clientSecret"),
        ({"clientSecret": {"file": "missing"}}, {}, "clientSecret"),
        ({"clientSecret": {"env": "TIMEBOUND_MISSING"}}, {}, "clientSecret"),
        ({}, {"audience": "timebound"}, "tokenIssuers[0].audience"),
        ({}, {"issuer": MANY["issuer"]}, "tokenIssuers[0].issuer"),
        ({**MANY, "tenants": []}, {}, "providers[0].tenants"),
        ({"tenants": [GUID]}, {}, "providers[0].tenants"),
        ({**MANY, "tenants": ["common"]}, {}, "providers[0].tenants"),
        ({**MANY, "tenants": [GUID.upper()]}, {}, "providers[0].tenants"),
        ({**MANY, "sharedTenant": "consumers"}, {}, "providers[0].sharedTenant"),
        ({**MANY, "people": {**PEOPLE, "links": {"s1": "a"}}}, {}, "providers[0].people.links"),
        ({**MANY, "issuer": "https://{tenantid}.idp.example/v2.0"}, {}, "providers[0].issuer"),
        ({**MANY, "issuer": "https://idp.example/x-{tenantid}/v2"}, {}, "providers[0].issuer"),
        ({**MANY, "issuer": "https://idp.example/{tenant}/v2"}, {}, "providers[0].issuer"),
        (MANY, {"issuer": ONE, "audience": "timebound"}, "tokenIssuers[0].audience"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    tmp_path: Path, provider: dict[str, Any], issuer: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        given(tmp_path, provider, issuer)
    assert named in str(caught.value)
    assert str(caught.value).startswith(f"--federation {tmp_path}")


async def test_a_tenant_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "federation.yaml"
    path.write_bytes(msgspec.json.encode({"providers": [{**PROVIDER, "tenant": "nowhere"}]}))
    with pytest.raises(ConfigError, match="there is no tenant `nowhere`"):
        async with open_service(replace(emulator(tmp_path), federation_file=path)):
            pytest.fail("it started")


async def test_we_do_not_vouch_to_ourselves(tmp_path: Path) -> None:
    path = tmp_path / "federation.yaml"
    own = {**ISSUER, "issuer": f"{ORIGIN}/tenant/v2.0", "tenant": "small.example"}
    path.write_bytes(msgspec.json.encode({"tokenIssuers": [own]}))
    with pytest.raises(ConfigError, match="is this service itself"):
        async with open_service(replace(emulator(tmp_path), federation_file=path)):
            pytest.fail("it started")


def test_what_is_wrong_is_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "federation.yaml"
    path.write_text("providers: [{}]")
    assert "tenant" in refused(tmp_path, "emulator", "--federation", str(path))


@pytest.mark.documented("docs/how-to/federation.md: its example is read as it says")
def test_the_example_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOUR_CLIENT_SECRET", "secret")
    federation = read_federation(ROOT / "docs" / "examples" / "federation.yaml")
    harbour = TenantRecord(TenantId("t-1"), "Harbour Works", ("harbourworks.example",))
    works, partner = federation.list_providers(harbour)
    assert works.people.is_authoritative
    assert works.factors.are_met_by(frozenset({"otp"}), None)
    assert not partner.people.is_authoritative
    assert not partner.people.is_creating
    assert [one.clients for one in federation.issuers] == [frozenset({"gateway"})]


def test_plain_http_is_for_who_lists_it(tmp_path: Path) -> None:
    federation = given(tmp_path, {"issuer": "http://localhost/realm"})
    assert federation.providers[0].issuer == "http://localhost/realm"


@pytest.mark.parametrize("section", ["providers", "tokenIssuers"])
def test_nothing_is_said_twice(tmp_path: Path, section: str) -> None:
    one = PROVIDER if section == "providers" else ISSUER
    path = tmp_path / "federation.yaml"
    path.write_bytes(msgspec.json.encode({section: [one, one]}))
    with pytest.raises(ConfigError, match="given twice"):
        read_federation(path)


@pytest.mark.parametrize("text", ["- a", "providers: [", "a: 1", "providers: 5", "\0"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "federation.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="--federation"):
        read_federation(path)


def test_the_operator_lists_whom_may_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "federation.yaml"
    settings = read(
        *("--federation", str(path)),
        *("--outgoing-host", "https://keys.example", "--outgoing-host", "http://127.0.0.1:81"),
        *("--outgoing-network", "10.0.0.0/8"),
        *("--outgoing-proxy", "http://proxy.example:3128"),
    )
    assert settings.federation_file == path
    assert settings.outgoing_hosts == ("https://keys.example", "http://127.0.0.1:81")
    assert [str(one) for one in settings.outgoing_networks] == ["10.0.0.0/8"]
    assert settings.outgoing_proxy == "http://proxy.example:3128"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--outgoing-host", "keys.example"),
        ("--outgoing-host", "https://keys.example/path"),
        ("--outgoing-proxy", "proxy.example:3128"),
        ("--outgoing-proxy", "socks5://proxy.example"),
        ("--outgoing-proxy", "http://name:word@proxy.example"),
        ("--outgoing-network", "10.0.0.1/8"),
    ],
)
def test_a_host_or_network_that_is_none_is_refused(arguments: tuple[str, ...]) -> None:
    result, settings = invoke(*arguments)
    assert settings is None
    assert isinstance(result.exception, ConfigError)
    assert arguments[0] in str(result.exception)


def test_authorities_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    clock = start_system_clock(machine_sources(), None, accepts_step=False)
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    for trust in (path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match="--outgoing-trust"):
            open_fetcher(Settings(outgoing_trust=trust), Federation(), clock)
