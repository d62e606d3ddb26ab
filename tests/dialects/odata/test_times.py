from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.dialects.odata.dates import format_instant, parse_day, parse_instant
from timebound.dialects.odata.durations import format_duration, parse_duration
from timebound.dialects.odata.problems import Flaw, ODataProblem

PUBLISHED_DURATIONS = {
    "PT8H": timedelta(hours=8),
    "PT5H30M": timedelta(hours=5, minutes=30),
    "PT1H45M": timedelta(hours=1, minutes=45),
    "PT30M": timedelta(minutes=30),
    "PT10S": timedelta(seconds=10),
    "PT0S": timedelta(),
    "P1D": timedelta(days=1),
    "P180D": timedelta(days=180),
    "P365D": timedelta(days=365),
    "P1DT12H": timedelta(days=1, hours=12),
    "PT0.5S": timedelta(milliseconds=500),
    "P2DT3H4M5.000006S": timedelta(days=2, hours=3, minutes=4, seconds=5, microseconds=6),
}


@pytest.mark.documented("durations in the published policy rules and requests")
@pytest.mark.parametrize(("text", "span"), PUBLISHED_DURATIONS.items())
def test_published_durations_are_read_and_written(text: str, span: timedelta) -> None:
    assert parse_duration(text, "duration", is_strict=True) == span
    assert format_duration(span) == text


OTHER_SPELLINGS = {
    "PT480M": timedelta(hours=8),
    "PT24H": timedelta(days=1),
    "P0D": timedelta(),
    "P2W": timedelta(weeks=2),
    "PT3600S": timedelta(hours=1),
    "PT0.1234567S": timedelta(microseconds=123456),
}


@pytest.mark.observed("az-pim-cli sends PT480M")
@pytest.mark.parametrize(("text", "span"), OTHER_SPELLINGS.items())
def test_other_iso_spellings_are_read(text: str, span: timedelta) -> None:
    assert parse_duration(text, "duration", is_strict=True) == span


CLOCK_SPELLINGS = {
    "1:00:00": timedelta(hours=1),
    "23:59:59": timedelta(hours=23, minutes=59, seconds=59),
    "30 days, 0:00:00": timedelta(days=30),
    "1 day, 2:03:04.500000": timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=500),
}


@pytest.mark.observed("microsoftgraph/msgraph-sdk-python#1262")
@pytest.mark.parametrize(("text", "span"), CLOCK_SPELLINGS.items())
def test_the_python_sdk_s_spelling_is_read_unless_strict(text: str, span: timedelta) -> None:
    assert parse_duration(text, "duration") == span
    with pytest.raises(ODataProblem):
        parse_duration(text, "duration", is_strict=True)


NO_DURATIONS = [
    "", "P", "PT", "P1DT", "8H", "PT8", "T8H", "pt8h", "-PT8H", "+PT8H", "PT-8H", "PT1.5H", "P1.5D",
    "PT8H ", "PT8M8H", "P1D2W", "PT.5S", "PT5.S", "24:00:00", "1:60:00", "1:00", "-1 day, 23:00:00",
    "P9999999999D", "P999999999DT24H", "PT\u0668H", "1:00:00\n",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DURATIONS)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_duration(text, "scheduleInfo/expiration/duration")

    assert caught.value.flaw is Flaw.WRONG_TYPE
    assert caught.value.target == "scheduleInfo/expiration/duration"
    assert "scheduleInfo/expiration/duration" in caught.value.message


@pytest.mark.observed("hashicorp/terraform-provider-azuread#1464")
@pytest.mark.parametrize("text", ["P6M", "P1Y", "P1Y2M", "P1M2DT3H"])
def test_months_and_years_are_refused_and_said_so(text: str) -> None:
    with pytest.raises(ODataProblem, match="months or years"):
        parse_duration(text, "duration")


@given(st.timedeltas(min_value=timedelta()))
def test_every_duration_survives_being_written_and_read(span: timedelta) -> None:
    assert parse_duration(format_duration(span), "x", is_strict=True) == span


@given(st.timedeltas(min_value=timedelta()))
def test_every_python_spelling_is_read(span: timedelta) -> None:
    assert parse_duration(str(span), "x") == span


INSTANTS = {
    "published": ("2022-04-12T09:05:39Z", datetime(2022, 4, 12, 9, 5, 39, tzinfo=UTC)),
    "seven digits": (
        "2022-04-12T09:05:39.7594069Z",
        datetime(2022, 4, 12, 9, 5, 39, 759406, tzinfo=UTC),
    ),
    "one digit": (
        "2021-07-27T14:03:04.4Z",
        datetime(2021, 7, 27, 14, 3, 4, 400_000, tzinfo=UTC),
    ),
    "offset": ("2022-04-12T09:05:39+02:00", datetime(2022, 4, 12, 7, 5, 39, tzinfo=UTC)),
    "offset and digits": (
        "2020-09-09T14:35:27.91-07:00",
        datetime(2020, 9, 9, 21, 35, 27, 910_000, tzinfo=UTC),
    ),
    "small letters": ("2022-04-12t09:05:39z", datetime(2022, 4, 12, 9, 5, 39, tzinfo=UTC)),
    "no seconds": ("2022-04-12T09:05Z", datetime(2022, 4, 12, 9, 5, tzinfo=UTC)),
    "never": ("0001-01-01T08:00:00Z", datetime(1, 1, 1, 8, tzinfo=UTC)),
}


@pytest.mark.documented("instants in the published examples")
@pytest.mark.parametrize(("text", "at"), INSTANTS.values(), ids=INSTANTS.keys())
def test_instants_are_read(text: str, at: datetime) -> None:
    read = parse_instant(text, "startDateTime")

    assert read == at
    assert read.tzinfo is UTC


NO_INSTANTS = [
    "", "2022-04-12", "2022-04-12T09:05:39", "2022-04-12 09:05:39Z", "20220412T090539Z",
    "2022-W15-2T09:05:39Z", "2022-13-12T09:05:39Z", "2022-02-30T09:05:39Z", "2022-04-12T25:00:00Z",
    "2022-04-12T24:00:00Z", "2022-04-12T23:59:60Z", "2022-04-12T09:05:39.Z", "2022-04-12T09:05+2",
    "2022-04-12T09:05:39+25:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
    "\uff12022-04-12T09:05:39Z", "2022-04-12T09:05:39Z\n", "tomorrow",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_instant(text, "scheduleInfo/startDateTime")

    assert (caught.value.flaw, caught.value.target) == (
        Flaw.WRONG_TYPE,
        "scheduleInfo/startDateTime",
    )


WRITTEN = {
    "2022-04-12T09:05:39Z": datetime(2022, 4, 12, 9, 5, 39, tzinfo=UTC),
    "2022-04-12T09:05:30Z": datetime(2022, 4, 12, 9, 5, 30, tzinfo=UTC),
    "2022-04-12T09:05:39.759406Z": datetime(2022, 4, 12, 9, 5, 39, 759406, tzinfo=UTC),
    "2021-07-27T14:03:04.4Z": datetime(2021, 7, 27, 14, 3, 4, 400_000, tzinfo=UTC),
    "2021-07-27T12:03:00Z": datetime(2021, 7, 27, 14, 3, tzinfo=timezone(timedelta(hours=2))),
    "0001-01-01T08:00:00Z": datetime(1, 1, 1, 8, tzinfo=UTC),
}


@pytest.mark.documented("instants in the published examples")
@pytest.mark.parametrize(("text", "at"), WRITTEN.items())
def test_instants_are_written(text: str, at: datetime) -> None:
    assert format_instant(at) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_instant_survives_being_written_and_read(at: datetime) -> None:
    assert parse_instant(format_instant(at), "x") == at


@given(st.text())
def test_garbage_is_refused(text: str) -> None:
    for parse in (parse_instant, parse_day, parse_duration):
        with pytest.raises(ODataProblem):
            parse(text, "x")


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert parse_day("2024-02-29", "x") == datetime(2024, 2, 29, tzinfo=UTC)
    with pytest.raises(ODataProblem):
        parse_day("2023-02-29", "x")
