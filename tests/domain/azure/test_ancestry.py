"""What lies above what in the tree of Azure."""

import pytest

from timebound.domain.azure.ancestry import Ancestry

pytestmark = pytest.mark.documented("Azure: scopes; custom roles, where they can be assigned")
LINE = Ancestry(("/s/a/g/b", "/s/a", "/m/inner", "/m/Outer", "/"))


@pytest.mark.parametrize(
    ("path", "other", "is_above"),
    [
        ("/", "/m/Outer", True),
        ("/m/Outer", "/m/inner", True),
        ("/m/inner", "/m/Outer", False),
        ("/s/a", "/s/a", False),
        ("/s/b", "/s/a", False),
        ("/", "/s/b", False),
    ],
)
def test_what_is_above(path: str, other: str, *, is_above: bool) -> None:
    assert LINE.is_above(path, other) is is_above


@pytest.mark.parametrize(
    ("assignable", "path", "is_offered"),
    [
        (("/m/inner",), "/s/a", True),
        (("/M/OUTER",), "/m/inner", True),
        (("/s/b", "/S/A"), "/s/a", True),
        (("/s/a/g/b",), "/s/a", False),
        (("/m/inner",), "/m/Outer", False),
        (("/s/b",), "/s/a", False),
        (("/s/b",), "/s/b", False),
        ((), "/s/a", False),
    ],
)
def test_where_a_role_counts(assignable: tuple[str, ...], path: str, *, is_offered: bool) -> None:
    assert LINE.offers(assignable, path) is is_offered


@pytest.mark.inferred("nobody is to be locked out for good")
@pytest.mark.parametrize(
    ("path", "denied_at", "may_lift"),
    [
        ("/m/Outer", "/m/inner", True),
        ("/m/inner", "/m/Outer", False),
        ("/s/a", "/s/a", False),
        ("/", "/s/a", True),
        ("/", "/", True),
        ("/m/Outer", "/", False),
    ],
)
def test_from_where_denials_are_lifted(path: str, denied_at: str, *, may_lift: bool) -> None:
    assert LINE.may_lift(path, denied_at) is may_lift
