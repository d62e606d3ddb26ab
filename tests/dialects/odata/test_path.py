from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.odata.attempts import attempt
from timebound.dialects.odata.path import LONGEST_PATH, MOST_SEGMENTS, split_path
from timebound.dialects.odata.problems import Flaw, ODataProblem

GUID = "3cce9d87-3986-4f19-8335-7ed075408ca2"
PLAIN = {
    "plain": (b"/v1.0/users/Bob", ["v1.0", "users", "bob"]),
    "double slash": (b"/v1.0//roleManagement/directory", ["v1.0", "rolemanagement", "directory"]),
    "trailing slash": (b"/v1.0/me/", ["v1.0", "me"]),
    "encoded": (b"/users/bob%40pim.test", ["users", "bob@pim.test"]),
    "encoded slash": (b"/x/%2FadministrativeUnits%2F1", ["x", "/administrativeunits/1"]),
    "plus is no blank": (b"/users/a+b", ["users", "a+b"]),
    "dots are no steps": (b"/a/../b", ["a", "..", "b"]),
    "count": (b"/users/$count", ["users", "$count"]),
    "cast": (b"/members/microsoft.graph.user", ["members", "microsoft.graph.user"]),
    "root": (b"/", []),
    "not closed": (b"/users('x'", ["users('x'"]),
    "two keys": (b"/users('x','y')", ["users('x','y')"]),
    "comma at the end": (b"/f(a='x',)", ["f(a='x',)"]),
    "name without a value": (b"/f(a=)", ["f(a=)"]),
}


@pytest.mark.observed("EasyPIM, @azure/arm-authorization and azure-cli")
@pytest.mark.parametrize(("raw", "folded"), PLAIN.values(), ids=PLAIN.keys())
def test_segments(raw: bytes, folded: list[str]) -> None:
    segments = split_path(raw)

    assert [segment.folded for segment in segments] == folded
    assert not any(segment.is_key or segment.is_function for segment in segments)


def test_the_text_of_a_segment_keeps_its_case() -> None:
    assert [segment.text for segment in split_path(b"/Users/Bob%40PIM.test")] == [
        "Users",
        "Bob@PIM.test",
    ]


KEYS = {
    "quoted": (b"/Users('x')", "x"),
    "encoded quotes": (b"/users(%27x%27)", "x"),
    "bare": (b"/users(" + GUID.encode() + b")", GUID),
    "doubled quote": (b"/users('o''neil')", "o'neil"),
    "named like an operation": (b"/users('delta')", "delta"),
    "with an equals sign": (b"/users('a=b')", "a=b"),
    "with an encoded slash": (b"/users('a%2Fb')", "a/b"),
    "with parentheses": (b"/users('a(b)')", "a(b)"),
}


@pytest.mark.documented("OData 4.01 URL conventions, 4.3.1")
@pytest.mark.parametrize(("raw", "key"), KEYS.values(), ids=KEYS.keys())
def test_a_key_in_parentheses_is_a_segment_of_its_own(raw: bytes, key: str) -> None:
    name, value = split_path(raw)

    assert (name.folded, name.is_key) == ("users", False)
    assert (value.text, value.is_key) == (key, True)


FUNCTIONS = {
    "one argument": (b"/filterByCurrentUser(on='principal')", {"on": "principal"}),
    "encoded": (b"/filterByCurrentUser%28on%3D%27principal%27%29", {"on": "principal"}),
    "namespace": (b"/microsoft.graph.filterByCurrentUser(on='approver')", {"on": "approver"}),
    "other case": (b"/FILTERBYCURRENTUSER(On='Principal')", {"on": "Principal"}),
    "no argument": (b"/filterByCurrentUser()", {}),
    "several": (
        b"/filterByCurrentUser(a='x,y', b=true,c='it''s')",
        {"a": "x,y", "b": "true", "c": "it's"},
    ),
    "empty text": (b"/filterByCurrentUser(on='')", {"on": ""}),
}


@pytest.mark.documented("OData 4.01 URL conventions, 4.5; filterByCurrentUser")
@pytest.mark.parametrize(("raw", "arguments"), FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_a_function_carries_its_arguments(raw: bytes, arguments: dict[str, str]) -> None:
    (segment,) = split_path(raw)

    assert segment.folded == "filterbycurrentuser"
    assert segment.is_function
    assert dict(segment.arguments) == arguments


@pytest.mark.parametrize(
    ("raw", "flaw"),
    [
        (b"/users/%ff", Flaw.MALFORMED),
        (b"/users/%00", Flaw.MALFORMED),
        (b"/" + b"a" * LONGEST_PATH, Flaw.TOO_LARGE),
        (b"/a" * (MOST_SEGMENTS + 1), Flaw.TOO_LARGE),
    ],
    ids=["no UTF-8", "NUL", "too long", "too many segments"],
)
def test_what_is_no_path_is_refused(raw: bytes, flaw: Flaw) -> None:
    with pytest.raises(ODataProblem) as caught:
        split_path(raw)

    assert caught.value.flaw is flaw


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_every_key_survives_being_written_and_read(key: str) -> None:
    key = key.replace("\0", "")
    quoted = quote(key.replace("'", "''"), safe="")

    name, value = split_path(b"/users('" + quoted.encode() + b"')")

    assert (name.folded, value.text, value.is_key) == ("users", key, True)


@given(st.one_of(st.binary(max_size=200), st.text("a('=),% /", max_size=60).map(str.encode)))
def test_garbage_is_understood_or_refused_and_nothing_else(raw: bytes) -> None:
    refused, segments = attempt(split_path, raw)

    if refused is None:
        assert all(segment.text or segment.is_key for segment in segments or ())
    else:
        assert refused.target == "path"


@pytest.mark.documented("rbacApplication, roleSchedules(directoryScopeId='/', ...)")
def test_a_slash_in_an_argument_stays_in_it() -> None:
    called = split_path(b"/beta/roleSchedules(directoryScopeId='/a/b',principalId='x')/$count")
    assert [one.folded for one in called] == ["beta", "roleschedules", "$count"]
    assert called[1].arguments == {"directoryscopeid": "/a/b", "principalid": "x"}
    assert [one.text for one in split_path(b"/users('a/b')")] == ["users('a", "b')"]
    assert [one.text for one in split_path(b"/f(a='x/y")] == ["f(a='x/y"]
