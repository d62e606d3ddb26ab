from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.dialects.arm.office import ORIGIN, ArmOffice, open_arm
from tests.dialects.graph.office import GRACE, HANA
from timebound.application.ports import Store
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows

VERSION = "2020-10-01"
NAMES = [f"row {number:02}" for number in range(7)]
THINGS = f"/subscriptions/7//providers/Microsoft.Authorization/things/?api-version={VERSION}"


async def _list(call: Call) -> Answer:
    return answer_rows(call, NAMES[::-1], str, lambda name: {"name": name, "gone": None})


ROWS = (
    Operation(
        "GET",
        "/{scope}/providers/Microsoft.Authorization/things",
        frozenset({VERSION, "2020-10-01-preview"}),
        _list,
    ),
)


@pytest.fixture
def paged(store: Store) -> ArmOffice:
    return open_arm(store, ROWS, page_size=3)


@pytest.mark.documented("nextLink is absent on the last page")
async def test_all_rows_come_once_over_the_pages(paged: ArmOffice) -> None:
    first = await paged.get(GRACE, f"{THINGS}&$filter=atScope()")

    rows = await paged.walk(GRACE, f"{THINGS}&$filter=atScope()")

    link = urlsplit(first.json()["nextLink"])
    options = parse_qs(link.query)
    assert [row["name"] for row in rows] == NAMES
    assert len(first.json()["value"]) == 3
    assert f"{link.scheme}://{link.netloc}" == ORIGIN
    assert (options["api-version"], options["$filter"]) == ([VERSION], ["atScope()"])
    assert "$skipToken" in options


@pytest.mark.documented("a list that fits has no nextLink")
async def test_a_list_that_fits_comes_in_one_page(store: Store) -> None:
    answer = await open_arm(store, ROWS).get(GRACE, THINGS)

    assert answer.json() == {"value": [{"name": name} for name in NAMES]}


@pytest.mark.inferred("$top asks for less, never for more than a page")
@pytest.mark.parametrize(("top", "number"), [("1", 1), ("3", 3), ("9", 3)])
async def test_a_page_can_be_asked_to_be_smaller(paged: ArmOffice, top: str, number: int) -> None:
    answer = await paged.get(GRACE, f"{THINGS}&$top={top}")

    assert len(answer.json()["value"]) == number


@pytest.mark.inferred("a number of rows is 1 or more")
@pytest.mark.parametrize("top", ["0", "-1", "many", "", "1e3"])
async def test_a_page_of_no_rows_is_refused(paged: ArmOffice, top: str) -> None:
    answer = await paged.get(GRACE, f"{THINGS}&$top={top}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert "$top" in answer.json()["error"]["message"]


@pytest.mark.inferred("a token is of one caller, one list and one hour")
async def test_a_page_token_is_worth_nothing_elsewhere(paged: ArmOffice) -> None:
    link = (await paged.get(GRACE, THINGS)).json()["nextLink"]
    others = (
        (HANA, link),
        (GRACE, f"{link}x"),
        (GRACE, link.replace("subscriptions/7", "subscriptions/8")),
        (GRACE, link.replace(VERSION, "2020-10-01-preview")),
        (GRACE, f"{link}&$filter=other"),
    )

    for who, other in others:
        answer = await paged.get(who, other)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest"), other

    assert (await paged.get(GRACE, link)).status_code == 200
    paged.clock.advance(timedelta(hours=1))
    assert (await paged.get(GRACE, link)).status_code == 400
