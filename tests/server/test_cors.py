"""Browsers: pages of other origins call the APIs with tokens of their own, and nothing else."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from tests.identity.test_token_endpoint import APPLICATION
from tests.support.service import TENANT, Service, emulator, open_service

PAGE: Final = "https://app.example"
TOKEN: Final = f"/{TENANT}/oauth2/v2.0/token"
CONFIGURATION: Final = f"/{TENANT}/v2.0/.well-known/openid-configuration"
REQUESTS: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
ALLOWED: Final = "access-control-allow-origin"
NAMED: Final = (
    *("authorization", "content-type", "consistencylevel", "client-request-id", "sdkversion"),
    *("prefer", "if-match", "traceparent", "x-client-sku", "x-client-ver", "x-ms-command-name"),
)
EXPOSED: Final = (
    *("www-authenticate", "request-id", "client-request-id", "retry-after", "x-ms-request-id"),
    *("location", "etag", "preference-applied", "ratelimit-remaining"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with open_service(emulator(tmp_path_factory.mktemp("cors"))) as opened:
        yield opened


async def ask_first(
    service: Service, path: str, method: str = "POST", headers: str = "", page: str = PAGE
) -> httpx.Response:
    """The answer to a preflight, as a browser sends it."""
    asked = {"origin": page, "access-control-request-method": method}
    if headers:
        asked["access-control-request-headers"] = headers
    return await service.client.options(path, headers=asked)


def words(answer: httpx.Response, header: str) -> set[str]:
    return {word.strip().lower() for word in answer.headers[header].split(",")}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.documented("clients/contract.md, finding 12: CORS on discovery, tokens and the APIs")
@pytest.mark.parametrize(
    ("path", "method"), [(CONFIGURATION, "GET"), (TOKEN, "POST"), (REQUESTS, "PATCH")]
)
async def test_a_page_may_call_with_the_headers_of_the_sdks(
    service: Service, path: str, method: str
) -> None:
    answer = await ask_first(service, path, method, ",".join(NAMED))
    assert answer.status_code == httpx.codes.OK
    assert answer.headers[ALLOWED] == "*"
    assert method.lower() in words(answer, "access-control-allow-methods")
    assert set(NAMED) <= words(answer, "access-control-allow-headers")
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "request-id" in answer.headers


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.inferred("a page cannot make a proxy's headers up, nor methods that nothing has")
@pytest.mark.parametrize(
    ("method", "header"), [("GET", "x-forwarded-host"), ("GET", "cookie"), ("TRACE", "")]
)
async def test_what_no_sdk_sends_is_not_allowed(service: Service, method: str, header: str) -> None:
    answer = await ask_first(service, REQUESTS, method, header)
    assert answer.status_code == httpx.codes.BAD_REQUEST


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.documented("clients/contract.md, finding 12: what a page has to be able to read")
@pytest.mark.parametrize(
    ("path", "status"), [(CONFIGURATION, 200), (REQUESTS, 401), (f"/{TENANT}/nothing", 404)]
)
async def test_a_page_reads_answers_and_refusals(service: Service, path: str, status: int) -> None:
    answer = await service.client.get(path, headers={"origin": PAGE})
    assert answer.status_code == status
    assert answer.headers[ALLOWED] == "*"
    assert set(EXPOSED) <= words(answer, "access-control-expose-headers")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.documented(
    "clients/contract.md, 3.5: msal-browser asks for tokens from another origin"
)
async def test_a_page_reads_its_token_and_why_it_got_none(service: Service) -> None:
    for form, status in ((APPLICATION, 200), ({**APPLICATION, "client_secret": "x"}, 401)):
        answer = await service.client.post(TOKEN, data=dict(form), headers={"origin": PAGE})
        assert (answer.status_code, answer.headers[ALLOWED]) == (status, "*")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.documented("Fetch, CORS protocol and credentials: they are never allowed here")
async def test_credentials_of_the_browser_are_never_allowed(service: Service) -> None:
    headers = {"origin": PAGE, "cookie": "session=1"}
    answers = [
        await ask_first(service, TOKEN),
        await service.client.get(CONFIGURATION, headers=headers),
    ]
    assert not [one for one in answers if "access-control-allow-credentials" in one.headers]
    assert not [one for one in answers if "set-cookie" in one.headers]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.inferred("the clock, the metrics and health are no business of pages")
@pytest.mark.parametrize("path", ["/control/clock", "/control/reset", "/metrics", "/healthz"])
async def test_operators_paths_are_not_for_pages(service: Service, path: str) -> None:
    asked = await ask_first(service, path, "POST", "authorization")
    headers = {**service.control_headers, "origin": PAGE}
    answer = await service.client.get(path, headers=headers)
    assert ALLOWED not in asked.headers
    assert ALLOWED not in answer.headers


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.inferred("who is no page is told nothing of pages; what is kept differs for pages")
async def test_others_are_answered_as_ever(service: Service) -> None:
    answer = await service.client.get(CONFIGURATION)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["vary"] == "Origin"
    plain = await service.client.options(REQUESTS)
    assert plain.status_code != httpx.codes.OK


PAGES: Final[Mapping[str, tuple[tuple[str, ...], str | None]]] = {
    "listed": ((PAGE, "https://two.example"), PAGE),
    "another": (("https://two.example",), None),
    "none": ((), None),
}


@pytest.mark.inferred("pages that are not listed are refused, and cannot read what they get")
@pytest.mark.parametrize("name", PAGES)
async def test_only_listed_pages_may_call(tmp_path: Path, name: str) -> None:
    listed, allowed = PAGES[name]
    async with open_service(replace(emulator(tmp_path), cors_origins=listed)) as service:
        asked = await ask_first(service, TOKEN)
        answer = await service.client.get(CONFIGURATION, headers={"origin": PAGE})
    assert asked.is_success == (allowed is not None)
    assert asked.headers.get(ALLOWED) == answer.headers.get(ALLOWED) == allowed
    assert "origin" in words(answer, "vary")
