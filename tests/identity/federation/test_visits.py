"""The way to a real provider and back, as a browser goes it at our door."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.identity.federation.neighbour import CLIENT, CLIENT_SECRET, THEIRS, Neighbour
from tests.support.events import read_events
from tests.support.service import ORIGIN, TENANT, Service, open_service
from tests.support.sheets import Sheet
from timebound.domain.events import ADDRESS, EventKind
from timebound.domain.ids import TenantId
from timebound.identity.flows.interaction import Interaction, Interactions
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Browser, Sessions

pytestmark = pytest.mark.documented("OpenID Connect Core, 3.1.2; RFC 6749, 10.12; RFC 9700, 4.11")
START = f"/{TENANT}/federation/works/start"
CALLBACK = f"/{TENANT}/federation/works/callback"


@pytest.fixture
async def house(
    neighbour: Neighbour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """A service whose people sign in with the neighbour."""
    provider = {
        "tenant": TENANT,
        "name": "works",
        "issuer": neighbour.issuer,
        "clientId": CLIENT,
        "clientSecret": {"env": "NEIGHBOUR_SECRET"},
        "people": {
            "match": "preferred_username",
            "verifiedBy": "issuer",
            "domains": ["small.example"],
            "create": True,
        },
    }
    monkeypatch.setenv("NEIGHBOUR_SECRET", CLIENT_SECRET)
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
    assert asked["scope"] == ["openid profile email"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-timebound-away-")
    for part in ("Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=900"):
        assert part in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.documented("OWASP ASVS 5.0, 7.6.2: no session without something done for it")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_link_from_elsewhere_leads_to_our_page_first(house: Service, site: str) -> None:
    ctx, headers = seal(house), {"sec-fetch-site": site}
    answer = await house.client.get(START, params={"ctx": ctx}, headers=headers)
    aim = urlsplit(answer.headers["location"])
    assert (answer.status_code, aim.netloc, aim.path) == (303, "", f"/{TENANT}/login")
    assert parse_qs(aim.query) == {"ctx": [ctx]}
    assert "set-cookie" not in answer.headers
    ours = {"sec-fetch-site": "same-origin"}
    page = await house.client.get(START, params={"ctx": ctx}, headers=ours)
    assert urlsplit(page.headers["location"]).netloc != ""


async def go(house: Service, neighbour: Neighbour, name: str) -> httpx.Response:
    """To the provider, where somebody is signed in, and back; what the callback answers."""
    start = await house.client.get(START, params={"ctx": seal(house)})
    there = neighbour.service.call(
        "GET", start.headers["location"], headers={"cookie": await neighbour.sign_in(name)}
    )
    assert there.status_code in {302, 303}, there.text
    back = there.headers["location"]
    assert back.startswith(f"{ORIGIN}{CALLBACK}?"), back
    return await house.client.get(back)


@pytest.mark.parametrize("name", ["bob", "new"])
async def test_who_is_signed_in_there_comes_back_signed_in_here(
    house: Service, neighbour: Neighbour, name: str
) -> None:
    answer = await go(house, neighbour, name)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"/{TENANT}/login?ctx=")
    parts = house.parts
    marks = Marks(parts.master.derive("sign-in marks"))
    sessions = Sessions(parts.store, marks, parts.system, parts.others.federation)
    browser = Browser(TenantId(TENANT), ORIGIN, dict(house.client.cookies))
    present = await sessions.find(browser)
    assert present is not None
    assert present.user.user_principal_name == f"{name}@small.example"
    assert present.who.methods == ("fed",)
    assert list(browser.cookies) == [browser.cookie_name]


async def test_who_signs_out_here_is_offered_to_sign_out_there(
    house: Service, neighbour: Neighbour
) -> None:
    await go(house, neighbour, "bob")
    asked = Sheet((await house.client.get(f"/{TENANT}/oauth2/v2.0/logout")).text)
    form = asked.form("ctx")
    left = Sheet((await house.client.post(form.action, data=form.fields)).text)
    assert "You are signed out" in left.words
    way = left.links["Sign out of works"]
    assert way == f"{neighbour.origin}/{THEIRS}/oauth2/v2.0/logout?client_id={CLIENT}"
    assert neighbour.service.call("GET", way).status_code == 200


@pytest.mark.parametrize(("name", "number"), [("boss", 50020), ("ida", 50057)])
async def test_who_is_an_administrator_there_is_nobody_here(
    house: Service, neighbour: Neighbour, name: str, number: int
) -> None:
    answer = await go(house, neighbour, name)
    assert answer.status_code == 400
    assert f"AADSTS{number}" in answer.text


async def test_the_same_way_back_leads_nowhere_the_second_time(
    house: Service, neighbour: Neighbour
) -> None:
    start = await house.client.get(START, params={"ctx": seal(house)})
    cookies = dict(house.client.cookies)
    there = neighbour.service.call(
        "GET", start.headers["location"], headers={"cookie": await neighbour.sign_in("bob")}
    )
    back = there.headers["location"]
    house.client.cookies.clear()
    assert "AADSTS165000" in (await house.client.get(back)).text
    house.client.cookies.update(cookies)
    assert (await house.client.get(back)).status_code == 303
    house.client.cookies.update(cookies)
    assert "AADSTS165000" in (await house.client.get(back)).text


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


@pytest.mark.observed("RAY 12: what is recorded has the address of who did it")
async def test_who_is_let_in_is_recorded_with_their_address(
    house: Service, neighbour: Neighbour
) -> None:
    await go(house, neighbour, "new")
    events = await read_events(house.parts.settings.database, TenantId(TENANT))
    linked = [one for one in events if one.kind is EventKind.IDENTITY_LINKED]
    assert [one.data[ADDRESS] for one in linked] == ["127.0.0.1"]
