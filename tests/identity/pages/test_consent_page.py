"""The page on which somebody lets an application have permissions, from the question to the end."""

import pytest

from tests.identity.flows.world import ADA, BACK, GUS, PHONE, World, told
from tests.identity.pages.reader import Reader, reader_of
from tests.support.service import TENANT
from tests.support.sheets import Form, Sheet
from timebound.identity.pages.wording import say_permission, say_wait

pytestmark = pytest.mark.documented("issue 3: consent pages in the browser")
ASKED = "openid Mail.Read User.ReadBasic.All"
FREE = "openid Calendars.Read"
ADMIN = f"/{TENANT}/adminconsent"


async def ask(reader: Reader, name: str, scope: str) -> Sheet:
    """The question that follows a sign-in."""
    page = await reader.sign_in(await reader.authorize(scope=scope), name)
    assert page.status_code == 200, page.headers
    return Sheet(page.text)


def answer_of(sheet: Sheet, answer: str, **more: str) -> Form:
    """The form of the question, with an answer."""
    form = sheet.form("ctx")
    return Form(form.action, form.fields | {"answer": answer} | more)


async def test_somebody_agrees_once(world: World) -> None:
    reader = reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    assert "May Web do this for you?" in sheet.words
    assert ADA in sheet.words
    assert "Calendars.Read" in sheet.words
    assert "On your behalf, with your rights:" in sheet.words
    assert "You can take this back" in sheet.words
    assert "everybody" not in sheet.words
    assert "code" in told(await reader.send(answer_of(sheet, "accept")))
    assert "code" in told(await reader.authorize(scope=FREE)), "nobody is asked twice"


async def test_somebody_does_not_agree(world: World) -> None:
    reader = reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    refused = told(await reader.send(answer_of(sheet, "decline")))
    assert refused["error"] == "access_denied"
    assert "AADSTS65004" in refused["error_description"]
    assert (await reader.authorize(scope=FREE)).status_code == 200, "the question comes again"


async def test_who_cannot_agree_is_told_whom_to_ask(world: World) -> None:
    reader = reader_of(world)
    sheet = await ask(reader, ADA, "openid Directory.ReadWrite.All")
    assert "An administrator has to agree" in sheet.words
    assert "On your behalf, with your rights:" in sheet.words
    assert "take this back" not in sheet.words
    assert not [one for one in sheet.forms if "Agree" in one.button]
    forced = await reader.send(answer_of(sheet, "accept"))
    assert (forced.status_code, "AADSTS90094" in forced.text) == (400, True)
    refused = told(await reader.send(answer_of(sheet, "decline")))
    assert "AADSTS90094" in refused["error_description"]


async def test_an_administrator_agrees_for_everybody(world: World) -> None:
    reader = reader_of(world)
    sheet = await ask(reader, GUS, "openid Directory.Read.All")
    assert "On your behalf, with your rights:" in sheet.words
    assert "Agree for everybody in the organization, with the rights of whoever uses" in sheet.words
    assert "code" in told(await reader.send(answer_of(sheet, "accept", for_all="on")))
    other = reader_of(world)
    page = await other.authorize(scope="openid Directory.Read.All")
    assert "code" in told(await other.sign_in(page, ADA))


async def test_the_administrators_page(world: World) -> None:
    reader = reader_of(world)
    asked = {"client_id": PHONE, "redirect_uri": "http://localhost:1", "scope": "Mail.Read"}
    page = await reader.sign_in(await reader.visit(ADMIN, asked), GUS)
    sheet = Sheet(page.text)
    assert "May Phone do this in your organization?" in sheet.words
    assert "On behalf of everybody who uses it, with their rights:" in sheet.words
    assert "your rights" not in sheet.words
    assert "An administrator can take this back" in sheet.words
    done = told(await reader.send(answer_of(sheet, "accept")))
    assert (done["admin_consent"], done["tenant"]) == ("True", TENANT)


async def test_a_question_counts_for_who_was_asked(world: World) -> None:
    reader, other = reader_of(world), reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    await other.sign_in(await other.authorize(), GUS)
    theirs = Sheet((await other.authorize(prompt="login")).text).form("form_token")
    token = theirs.fields["form_token"]
    stolen = await other.send(answer_of(sheet, "accept", form_token=token))
    assert (stolen.status_code, "AADSTS165004" in stolen.text) == (400, True)


async def test_who_is_not_signed_in_agrees_to_nothing(world: World) -> None:
    reader, other = reader_of(world), reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    token = Sheet((await other.authorize()).text).form("form_token").fields["form_token"]
    stolen = await other.send(answer_of(sheet, "accept", form_token=token))
    assert stolen.status_code == 400
    assert "code" not in told(await reader.authorize(scope=FREE, prompt="none"))


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
@pytest.mark.parametrize("answer", ["accept", "decline"])
async def test_a_form_of_another_page_agrees_to_nothing(
    world: World, answer: str, headers: dict[str, str]
) -> None:
    reader = reader_of(world)
    sheet = await ask(reader, ADA, FREE)
    forged = await reader.send(answer_of(sheet, answer), headers)
    assert (forged.status_code, "AADSTS165000" in forged.text) == (400, True)
    bare = Form(
        sheet.form("ctx").action, {"ctx": sheet.form("ctx").fields["ctx"], "answer": answer}
    )
    assert "AADSTS165000" in (await reader.send(bare)).text
    assert (await reader.authorize(scope=FREE)).status_code == 200, "nothing was agreed to"


async def test_the_page_leads_to_the_application_and_nowhere_else(world: World) -> None:
    reader = reader_of(world)
    page = await reader.sign_in(await reader.authorize(scope=FREE), ADA)
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example" in policy
    assert BACK.startswith("https://app.example")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("User.Read", "See user"),
        ("User.ReadBasic.All", "See the most basic of user of everybody"),
        ("RoleManagement.ReadWrite.Directory", "See and change role management (directory)"),
        ("offline_access", "Go on while you are away"),
        ("11111111-0000-4000-8000-00000000000a/read", "read"),
        ("Odd", "Odd"),
        ("", ""),
    ],
)
def test_permissions_are_told_in_words(name: str, words: str) -> None:
    assert say_permission(name) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second,"), (2, "2 seconds,"), (60, "60 seconds,"), (61, "2 minutes,"), (900, "15 min")],
)
def test_how_long_to_wait_is_told_in_words(seconds: int, words: str) -> None:
    assert f"Wait {words}" in say_wait(seconds)
