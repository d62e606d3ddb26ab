import pytest

from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.operations import OPERATIONS
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.routing import Route, build_tree, find_route
from timebound.dialects.odata.path import split_path

TREE = build_tree(OPERATIONS, Version.V1)
DIRECTORY = "/roleManagement/directory"


def route(path: str, method: str = "GET") -> Route:
    return find_route(TREE, Version.V1, method, split_path(path.encode()))


def refusal_of(path: str, method: str = "GET") -> GraphError:
    with pytest.raises(Refusal) as caught:
        route(path, method)
    return caught.value.error


ROUTES = {
    "a list": (f"{DIRECTORY}/roleDefinitions", f"GET {DIRECTORY[1:]}/roleDefinitions", ()),
    "any casing, slashes doubled and trailing": (
        "//RoleManagement/DIRECTORY//roledefinitions/",
        f"GET {DIRECTORY[1:]}/roleDefinitions",
        (),
    ),
    "a key of its own": (
        f"{DIRECTORY}/roleDefinitions/Abc",
        f"GET {DIRECTORY[1:]}/roleDefinitions/{{id}}",
        ("Abc",),
    ),
    "a key in parentheses": (
        f"{DIRECTORY}/roleDefinitions('Abc')",
        f"GET {DIRECTORY[1:]}/roleDefinitions/{{id}}",
        ("Abc",),
    ),
    "a key that spells a name": ("/users('me')", "GET users/{id}", ("me",)),
    "an encoded name": ("/users/bob%40pim.test", "GET users/{id}", ("bob@pim.test",)),
    "a function": (
        f"{DIRECTORY}/roleEligibilitySchedules/filterByCurrentUser(on='principal')",
        f"GET {DIRECTORY[1:]}/roleEligibilitySchedules/filterByCurrentUser",
        (),
    ),
    # What generated clients write (msgraph-sdk 1.65).
    "a cast by the alias of the namespace": (
        "/me/memberOf/graph.group",
        "GET me/memberOf/microsoft.graph.group",
        (),
    ),
    "a function with its namespace": (
        f"{DIRECTORY}/roleEligibilitySchedules/microsoft.graph.filterByCurrentUser(on='principal')",
        f"GET {DIRECTORY[1:]}/roleEligibilitySchedules/filterByCurrentUser",
        (),
    ),
}


@pytest.mark.observed("client contract 5: spellings of paths")
@pytest.mark.parametrize("name", ROUTES)
def test_paths_lead_to_their_operation_in_every_spelling(name: str) -> None:
    path, operation, keys = ROUTES[name]

    found = route(path)

    assert (found.operation.name, found.keys) == (operation, keys)


@pytest.mark.documented("filterByCurrentUser(on=...)")
def test_a_function_hands_on_its_argument() -> None:
    path = f"{DIRECTORY}/roleEligibilitySchedules/filterByCurrentUser(on='principal')"

    assert route(path).arguments == {"on": "principal"}


@pytest.mark.documented("cancel of unifiedRoleAssignmentScheduleRequest")
@pytest.mark.parametrize(
    "spelling", ["cancel", "Cancel", "microsoft.graph.cancel", "graph.cancel", "cancel()"]
)
def test_an_action_is_found_in_every_spelling(spelling: str) -> None:
    found = route(f"{DIRECTORY}/roleAssignmentScheduleRequests/7/{spelling}", "POST")

    assert found.operation.path.endswith("{id}/cancel")
    assert found.keys == ("7",)


NOWHERE = {
    "nothing": ("", ""),
    "an unknown segment": ("/roleManagment/directory", "roleManagment"),
    "a folder": (DIRECTORY, "directory"),
    "beyond the end": (f"{DIRECTORY}/roleDefinitions/7/more", "more"),
    "a function where a key stands": (f"{DIRECTORY}/roleDefinitions/other(a=1)", "other(a=1)"),
}


@pytest.mark.observed("ERR-040: v1.0 does not know what beta alone has")
def test_a_segment_that_only_beta_has_is_a_bad_request() -> None:
    error = refusal_of(f"{DIRECTORY}/roleAssignmentApprovals/7")

    assert (error.status, error.code) == (400, "BadRequest")
    assert error.message == "Resource not found for the segment 'roleAssignmentApprovals'."


@pytest.mark.inferred("what is not there answers 404 and names the segment")
@pytest.mark.parametrize("name", NOWHERE)
def test_an_unknown_segment_is_named(name: str) -> None:
    path, segment = NOWHERE[name]

    error = refusal_of(path)

    assert (error.status, error.code) == (404, "ResourceNotFound")
    assert error.message == f"Resource not found for the segment '{segment}'."


METHODS = {
    ("DELETE", f"{DIRECTORY}/roleAssignmentScheduleRequests"): "GET, POST",
    ("POST", f"{DIRECTORY}/roleEligibilitySchedules"): "GET",
    ("PATCH", "/me"): "GET",
    ("GET", f"{DIRECTORY}/roleAssignmentScheduleRequests/7/cancel"): "POST",
}


@pytest.mark.inferred("behaviour book 2: ERR-077")
@pytest.mark.parametrize("asked", METHODS)
def test_a_method_that_is_not_served_names_those_that_are(asked: tuple[str, str]) -> None:
    method, path = asked

    error = refusal_of(path, method)

    assert (error.status, error.code) == (405, "Request_BadRequest")
    assert error.headers == {"allow": METHODS[asked]}
