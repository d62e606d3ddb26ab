import pytest

from timebound.dialects.arm.paths import join_segments, split_path, split_scope, tidy_id
from timebound.dialects.odata.problems import Flaw, ODataProblem

SUBSCRIPTION = "/subscriptions/38AB2ccc-3747-4567-b36b-9478f5602f0d"

SPELLINGS = {
    "as it is": (SUBSCRIPTION, SUBSCRIPTION),
    "slashes doubled and trailing": (f"/{SUBSCRIPTION}//resourceGroups//rg/", "/resourceGroups/rg"),
    "the provider's alias": (f"/providers/Microsoft.Subscription{SUBSCRIPTION}", SUBSCRIPTION),
    "the alias in small letters": (f"/providers/microsoft.subscription{SUBSCRIPTION}/a", "/a"),
    "no slash in front": (SUBSCRIPTION[1:], SUBSCRIPTION),
    "the tenant": ("/", "/"),
    "nothing": ("", "/"),
    "a provider like the alias": (
        "/providers/Microsoft.Subscription/aliases/x",
        "/providers/Microsoft.Subscription/aliases/x",
    ),
}


@pytest.mark.observed("notes 1: recorded paths of PowerShell, the alias in ids, roleDefinitionId")
@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_of_an_id_come_to_one(name: str) -> None:
    text, tidied = SPELLINGS[name]
    expected = tidied if tidied in (SUBSCRIPTION, "/") or "aliases" in tidied else SUBSCRIPTION
    expected += "" if expected == tidied else tidied

    assert tidy_id(text) == expected
    assert join_segments(split_path(text.encode())) == expected


@pytest.mark.inferred("names of resource groups have parentheses and dots, and travel encoded")
def test_segments_are_decoded_one_by_one() -> None:
    assert split_path(b"/resourceGroups/rg%20(1).x/") == ("resourceGroups", "rg (1).x")


@pytest.mark.inferred("two readers would not agree on the scope of such a path")
@pytest.mark.parametrize("raw", [b"/subscriptions/a%2Fb", b"/subscriptions/a%2fb"])
def test_an_encoded_slash_is_refused(raw: bytes) -> None:
    with pytest.raises(ODataProblem) as caught:
        split_path(raw)

    assert caught.value.flaw is Flaw.MALFORMED


@pytest.mark.inferred("what cannot be a path is refused before it is looked for")
@pytest.mark.parametrize("raw", [b"/a" * 100, b"/" + b"a" * 5_000, b"/%ff", b"/a%00"])
def test_what_is_no_path_is_refused(raw: bytes) -> None:
    with pytest.raises(ODataProblem):
        split_path(raw)


SPLITS = {
    f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/7": 4,
    "/providers/microsoft.authorization/operations": 2,
    "/providers/Microsoft.Authorization/roleDefinitions/7/providers/Microsoft.Authorization/x": 6,
    "/providers/Microsoft.Authorization": None,
    "/providers/Microsoft.Compute/virtualMachines/Microsoft.Authorization/x": None,
    SUBSCRIPTION: None,
}


@pytest.mark.documented("extension resources: the provider that comes last is the one called")
@pytest.mark.parametrize("path", SPLITS)
def test_the_last_provider_parts_the_scope_from_what_is_asked_there(path: str) -> None:
    assert split_scope(split_path(path.encode())) == SPLITS[path]
