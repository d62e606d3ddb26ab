from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.dialects.odata.paging import (
    PageToken,
    issue_token,
    read_token,
)
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.sealing import identify_owner

KEY = b"k" * 32
NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OWNER = identify_owner("tenant", "caller", "/path", "fingerprint")
TOKEN = PageToken(("a", None, 3, 1.5, True, NOW), NOW - timedelta(days=1), LATER)
INSTANTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 2))  # noqa: DTZ001 - Hypothesis adds the zone
FIELDS = st.one_of(
    st.text(max_size=50),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    INSTANTS,
)


@given(st.lists(FIELDS, max_size=6).map(tuple), INSTANTS)
def test_a_token_comes_back_as_it_was(
    position: tuple[str | int | float | bool | datetime | None, ...], at: datetime
) -> None:
    token = PageToken(position, at, LATER)

    read = read_token(KEY, issue_token(KEY, token, OWNER), OWNER, NOW)

    assert read == token
    assert [type(value) for value in read.position] == [type(value) for value in position]


def test_a_token_can_stand_in_a_url_as_it_is() -> None:
    text = issue_token(KEY, TOKEN, OWNER)

    assert text.replace("-", "a").replace("_", "a").isalnum()
    assert text.isascii()


def test_a_token_ends_when_its_time_is_up() -> None:
    text = issue_token(KEY, TOKEN, OWNER)

    assert read_token(KEY, text, OWNER, LATER - timedelta(microseconds=1)) == TOKEN
    with pytest.raises(ODataProblem) as caught:
        read_token(KEY, text, OWNER, LATER)
    assert (caught.value.target, caught.value.flaw) == ("$skiptoken", Flaw.PAGE_EXPIRED)


FOREIGN = {
    "other key": (b"x" * 32, OWNER),
    "other tenant": (KEY, identify_owner("other", "caller", "/path", "fingerprint")),
    "other caller": (KEY, identify_owner("tenant", "other", "/path", "fingerprint")),
    "other path": (KEY, identify_owner("tenant", "caller", "/other", "fingerprint")),
    "other query": (KEY, identify_owner("tenant", "caller", "/path", "other")),
    "parts cut elsewhere": (KEY, identify_owner("tenantcaller", "", "/path", "fingerprint")),
}


@pytest.mark.parametrize(("key", "owner"), FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_token_is_refused(key: bytes, owner: bytes) -> None:
    with pytest.raises(ODataProblem) as caught:
        read_token(key, issue_token(KEY, TOKEN, OWNER), owner, NOW)

    assert (caught.value.target, caught.value.flaw) == ("$skiptoken", Flaw.PAGE_INVALID)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_no_bit_of_a_token_can_be_changed(index: int, change: int) -> None:
    text = issue_token(KEY, TOKEN, OWNER)
    content = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    content[index % len(content)] ^= change

    with pytest.raises(ODataProblem):
        read_token(KEY, urlsafe_b64encode(content).decode(), OWNER, NOW)


@given(st.one_of(st.text(), st.binary().map(lambda raw: urlsafe_b64encode(raw).decode())))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        read_token(KEY, text, OWNER, NOW)

    assert caught.value.flaw is Flaw.PAGE_INVALID


@pytest.mark.parametrize("text", ["", "A", "é", "a b", "A" * 5000, "\ud800"])
def test_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem):
        read_token(KEY, text, OWNER, NOW)


def test_no_list_is_sorted_by_durations() -> None:
    with pytest.raises(TypeError):
        issue_token(KEY, PageToken((timedelta(1),), NOW, LATER), OWNER)
