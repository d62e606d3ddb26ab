"""The body of a batch is read or refused, whatever it holds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.graph.office import ORIGIN
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.steps import MOST_STEPS, read_steps
from timebound.dialects.shared.exchange import Part

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
IDS = st.sampled_from(["1", "2", "a", "A", ""])
STEPS = st.fixed_dictionaries(
    {"id": IDS | VALUES},
    optional={
        "method": st.sampled_from(["GET", "post", "PATCH", "PUT", "DELETE"]) | VALUES,
        "url": st.sampled_from(["/me", "me?$top=1", "https://h/v1.0/me", "http://h", "ä#"])
        | VALUES,
        "headers": st.just({"content-type": "application/json"}) | VALUES,
        "body": VALUES,
        "dependsOn": st.lists(IDS, max_size=2) | VALUES,
        "depends_on": st.lists(IDS, max_size=2) | VALUES,
    },
)
BATCHES = st.fixed_dictionaries({"requests": st.lists(STEPS, max_size=4) | VALUES}) | VALUES


@pytest.mark.inferred("a batch is refused with what is wrong, or every part of it can be told")
@given(BATCHES)
def test_a_batch_is_read_or_refused(batch: Any) -> None:  # noqa: ANN401 - JSON of any shape
    body = json.dumps(batch).encode()
    try:
        steps = read_steps(body, f"{ORIGIN}/v1.0")
    except Refusal:
        return
    assert 1 <= len(steps) <= MOST_STEPS
    assert [step.id for step in steps] == [one["id"] for one in batch["requests"]]
    before: set[str] = set()
    for step in steps:
        assert step.depends_on <= before
        before.add(step.id.lower())
        if isinstance(step.part, Part):
            assert step.part.path.startswith((b"/v1.0", b"/V1.0"))
            assert not {byte for byte in step.part.path + step.part.query if byte < ord(" ")}


@pytest.mark.inferred("bytes that are no JSON are refused")
@given(st.binary(max_size=64))
def test_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        read_steps(body, f"{ORIGIN}/beta")
