"""The way to a real provider and back, as a browser goes it at our door."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.identity.federation.neighbour import CLIENT, THEIRS, Neighbour
from tests.support.service import ORIGIN, TENANT, Service, open_service
from timebound.domain.ids import TenantId
from timebound.identity.flows.interaction import Interaction, Interactions

pytestmark = pytest.mark.documented("OpenID Connect Core, 3.1.2; RFC 6749, 10.12; RFC 9700, 4.11")
START = f"/{TENANT}/federation/works/start"
CALLBACK = f"/{TENANT}/federation/works/callback"


@pytest.fixture
async def house(neighbour: Neighbour, tmp_path: Path) -> AsyncIterator[Service]:
    """A service whose people sign in with the neighbour."""
    provider = {
        "tenant": TENANT,
        "name": "works",
        "issuer": neighbour.issuer,
        "clientId": CLIENT,
    }
    async with open_service(neighbour.settings(tmp_path, {"providers": [provider]})) as service:
        yield service


def seal(house: Service) -> str:
    interactions = Interactions(house.parts.master, house.parts.system)
    return interactions.seal(Interaction(f"/{TENANT}/oauth2/v2.0/authorize", TenantId(TENANT)))


async def test_a_browser_is_sent_to_the_provider(house: Service, neighbour: Neighbour) -> None:
    answer = await house.client.get(START, params={"ctx": seal(house)})
    assert answer.status_code == 303, answer.text
    aim = urlsplit(answer.headers["location"])
    assert f"{aim.scheme}://{aim.netloc}" == neighbour.origin
    assert aim.path == f"/{THEIRS}/oauth2/v2.0/authorize"
    asked = parse_qs(aim.query)
    assert asked["redirect_uri"] == [f"{ORIGIN}{CALLBACK}"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-timebound-away-")
    for part in ("Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=900"):
        assert part in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "number"),
    [
        (f"{START}?ctx=x", 165000),
        (START, 165000),
        (f"/{TENANT}/federation/other/start", 50107),
        (f"/{TENANT}/federation/WORKS/start", 50107),
        (f"/{TENANT}/federation/%3Cb%3E/start", 50107),
        ("/nowhere.example/federation/works/start", 90002),
        (CALLBACK, 165000),
        (f"{CALLBACK}?state=x&code=y", 165000),
        (f"{CALLBACK}?state=x&state=y", 90013),
        (f"{CALLBACK}?state=%00", 90013),
        (f"{CALLBACK}?error=%3Cscript%3E&error_description=%3Cscript%3E", 165000),
    ],
)
async def test_trouble_is_told_on_a_page_and_nothing_else_happens(
    house: Service, path: str, number: int
) -> None:
    answer = await house.client.get(path)
    assert answer.status_code == 400
    assert f"AADSTS{number}" in answer.text
    assert "<script" not in answer.text
    assert "<b>" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_nothing_is_posted_there(house: Service) -> None:
    for path in (START, CALLBACK):
        assert (await house.client.post(path, data={"ctx": seal(house)})).status_code == 405
