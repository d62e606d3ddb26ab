from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.odata.attempts import attempt
from timebound.dialects.odata.problems import Flaw
from timebound.dialects.odata.sealing import identify_owner, seal
from timebound.dialects.odata.tracking import DeltaState, issue_state, read_state

KEY = b"key of tokens"
OWNER = identify_owner("tenant", "caller", "path")
AT = datetime(2031, 3, 4, 8, tzinfo=UTC)
FIRST = DeltaState(b"$select=id", None, AT, AT + timedelta(days=7))
LATER = replace(FIRST, since=AT, at=AT + timedelta(hours=1), phase=2, position=(AT, "id", None))


@pytest.mark.documented("delta-query-overview: tokens hold the query and the state")
@pytest.mark.parametrize("state", [FIRST, LATER], ids=["first", "later"])
def test_a_state_comes_back_as_it_went(state: DeltaState) -> None:
    assert read_state(KEY, issue_state(KEY, state, OWNER), OWNER) == state


FORGED = {
    "of another owner": issue_state(KEY, FIRST, identify_owner("tenant", "other", "path")),
    "of another key": issue_state(b"other", FIRST, OWNER),
    "of another purpose": seal(KEY, b"page token", b"x"),
    "of nothing": seal(KEY, b"delta token", b"\xc1"),
    "cut": issue_state(KEY, FIRST, OWNER)[:-4],
    "too long": "x" * 20_000,
    "no text": "\N{SNOWMAN}",
    "empty": "",
}


@pytest.mark.inferred("a token is worth something for whom it was issued for alone")
@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED.keys())
def test_what_was_not_issued_is_refused(text: str) -> None:
    problem, _ = attempt(lambda raw: read_state(KEY, raw, OWNER), text)

    assert problem is not None
    assert (problem.flaw, problem.target) == (Flaw.PAGE_INVALID, "$deltatoken")


@pytest.mark.inferred("bad input is refused, never a fault")
@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    problem, state = attempt(lambda raw: read_state(KEY, raw, OWNER), text)

    assert (problem is None) is (state is not None)
