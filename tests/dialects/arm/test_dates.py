from datetime import UTC, datetime

import pytest

from timebound.dialects.arm.dates import format_full, format_offset, format_zulu, parse_date
from timebound.dialects.odata.problems import ODataProblem

WHOLE = datetime(2022, 2, 11, 17, 38, 15, tzinfo=UTC)
SHORT = WHOLE.replace(microsecond=700_000)
LONG = WHOLE.replace(microsecond=123_456)


@pytest.mark.observed("recorded requests, schedules and role assignments")
def test_instants_are_told_in_three_forms() -> None:
    assert [format_zulu(at)[19:] for at in (WHOLE, SHORT, LONG)] == ["Z", ".7Z", ".123456Z"]
    assert format_offset(SHORT) == "2022-02-11T17:38:15.7+00:00"
    assert format_offset(WHOLE) == "2022-02-11T17:38:15+00:00"
    assert format_full(LONG) == "2022-02-11T17:38:15.1234560Z"
    assert format_full(WHOLE) == "2022-02-11T17:38:15.0000000Z"


@pytest.mark.observed("clients send seven decimals and offsets")
@pytest.mark.parametrize(
    "text",
    [
        "2022-02-11T17:38:15Z",
        "2022-02-11T09:38:15.0000000-08:00",
        "2022-02-11t17:38:15.0z",
    ],
)
def test_instants_are_read_liberally(text: str) -> None:
    assert parse_date(text, "properties.x") == WHOLE


@pytest.mark.inferred("what is no instant is refused by the name of its property")
@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2022-02-30T00:00:00Z", "2022-02-11", "2022-02-11T17:38:15"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_date(text, "properties.x")

    assert caught.value.target == "properties.x"
