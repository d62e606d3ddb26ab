"""Certificates as the identity libraries use them, unmodified, against a service of its own."""

from collections.abc import Iterator
from typing import Any

import msal  # type: ignore[import-untyped]  # it comes without types
import pytest
from azure.identity import CertificateCredential, ClientAssertionCredential

from tests.identity.test_assertions import OWN, with_keys
from tests.support.proving import Assertion, read_claims
from tests.support.running import RunningService, running
from tests.support.service import ROBOT, TENANT, write_seed_file

pytestmark = [pytest.mark.client, pytest.mark.observed("clients/contract.md, findings 13 and 15")]

SCOPES = ("https://graph.microsoft.com/.default", "https://management.azure.com/.default")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service whose Robot has certificates, and which the libraries trust."""
    folder = tmp_path_factory.mktemp("library")
    seed = write_seed_file(folder, with_keys())
    with (
        pytest.MonkeyPatch.context() as patch,
        running(folder, "emulator", "--seed", str(seed)) as one,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", one.connection["caBundle"])
        yield one


@pytest.mark.parametrize("has_chain", [False, True])
def test_azure_identity_proves_itself_by_a_certificate(
    served: RunningService, *, has_chain: bool
) -> None:
    credential = CertificateCredential(
        TENANT,
        ROBOT,
        certificate_data=(OWN.private_pem + OWN.pem).encode(),
        send_certificate_chain=has_chain,
        authority=served.connection["authority"],
        disable_instance_discovery=True,
    )
    # One assertion serves for both: the library keeps it for nine minutes.
    for scope in SCOPES:
        claims = read_claims(credential.get_token(scope).token)
        assert (claims["azp"], claims["azpacr"], claims["idtyp"]) == (ROBOT, "2", "app")


def test_azure_identity_hands_on_an_assertion(served: RunningService) -> None:
    authority = served.connection["authority"]

    def assert_client() -> str:
        url = f"{authority}/{TENANT}/v2.0"
        at = OWN.certificate.not_valid_before_utc
        begin = msal.oauth2cli.assertion.time.time()
        return Assertion(ROBOT, url, at, {"nbf": begin, "exp": begin + 300}).sign(OWN)

    credential = ClientAssertionCredential(
        TENANT, ROBOT, assert_client, authority=authority, disable_instance_discovery=True
    )
    assert read_claims(credential.get_token(SCOPES[0]).token)["azp"] == ROBOT


WAYS: dict[str, dict[str, str]] = {
    "sha1": {"private_key": OWN.private_pem, "thumbprint": OWN.sha1.hex()},
    "sha256": {"private_key": OWN.private_pem, "public_certificate": OWN.pem},
    "sha1 and chain": {
        "private_key": OWN.private_pem,
        "thumbprint": OWN.sha1.hex(),
        "public_certificate": OWN.pem,
    },
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_msal_proves_itself_by_a_certificate(served: RunningService, way: dict[str, str]) -> None:
    application = msal.ConfidentialClientApplication(
        ROBOT,
        client_credential=way,
        authority=f"{served.connection['authority']}/{TENANT}",
        instance_discovery=False,
    )
    for scope in SCOPES:
        answer: dict[str, Any] = application.acquire_token_for_client([scope])
        assert "access_token" in answer, answer
