"""The reading of shapes, and that what does not fit them is found."""

import pytest

from tests.examples.shapes import find_misfits, read_shape

SHAPE = read_shape("{id, on:flag, size:number, end?, note:text?, who{id}?, tags[text], all[]}")
FITTING = {
    "id": "1",
    "on": True,
    "size": 2,
    "end": None,
    "note": None,
    "who": {"id": "2", "more": 1},
    "tags": ["x"],
    "all": [],
}


@pytest.mark.parametrize("changes", [{}, {"who": None}, {"end": 3}, {"note": "n"}, {"new": 1}])
def test_what_fits_is_found_to_fit(changes: dict[str, object]) -> None:
    assert list(find_misfits(SHAPE, {**FITTING, **changes})) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": None}, "$.id: None is no text"),
        ({"on": "true"}, "$.on: 'true' is no flag"),
        ({"size": True}, "$.size: True is no number"),
        ({"note": 1}, "$.note: 1 is no text"),
        ({"who": {}}, "$.who.id: missing"),
        ({"who": []}, "$.who: [] is no object"),
        ({"tags": []}, "$.tags: empty"),
        ({"tags": [1, 2]}, "$.tags[0]: 1 is no text"),
        ({"all": {}}, "$.all: {} is no list"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, object], told: str) -> None:
    assert list(find_misfits(SHAPE, {**FITTING, **changes})) == [told]


def test_a_member_that_is_missing_is_told() -> None:
    without = {name: value for name, value in FITTING.items() if name != "end"}

    assert list(find_misfits(SHAPE, without)) == ["$.end: missing"]


def test_one_item_has_to_fit_and_all_have_the_members() -> None:
    shape = read_shape("[{id, end}]")

    assert list(find_misfits(shape, [{"id": "1", "end": None}, {"id": "2", "end": "x"}])) == []
    assert list(find_misfits(shape, [{"id": "1", "end": "x"}, {"id": "2"}])) == [
        "$[1].end: missing"
    ]


@pytest.mark.parametrize("text", ["{id", "texts", "{id} more", "{id:word}"])
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        read_shape(text)
