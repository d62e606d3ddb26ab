from collections.abc import Sequence

import pytest

from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paths import split_path
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.arm.resources.versions import ANY_VERSION
from timebound.dialects.arm.routing import Route, Router

OLD, NEW = "2015-07-01", "2022-04-01"
BOTH = frozenset({OLD, NEW})
SUBSCRIPTION = "/subscriptions/38AB2ccc-3747-4567-b36b-9478f5602f0d"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/mg"
AUTHORIZATION = "/providers/Microsoft.Authorization"
DEEP = (
    "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}"
    "/providers/{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)


async def _answer(_call: Call) -> Answer:
    return Answer(200)


def _rows(*lines: tuple[str, str, frozenset[str]]) -> Sequence[Operation]:
    return [Operation(method, path, versions, _answer) for method, path, versions in lines]


ROUTER = Router(
    _rows(
        ("GET", f"/{{scope}}{AUTHORIZATION}/roleAssignments", BOTH),
        ("GET", f"/{{scope}}{AUTHORIZATION}/roleAssignments/{{name}}", BOTH),
        ("PUT", f"/{{scope}}{AUTHORIZATION}/roleAssignments/{{name}}", frozenset({NEW})),
        ("POST", f"/{{scope}}{AUTHORIZATION}/roleAssignments/{{name}}/validate", frozenset({NEW})),
        ("POST", f"/{{scope}}{AUTHORIZATION}/alerts/refresh", BOTH),
        ("POST", f"/{{scope}}{AUTHORIZATION}/alerts/{{alertId}}", BOTH),
        ("GET", f"/{{scope}}{AUTHORIZATION}/reviews", frozenset({NEW})),
        ("GET", f"/subscriptions/{{subscriptionId}}{AUTHORIZATION}/reviews", BOTH),
        ("GET", f"{AUTHORIZATION}/reviews", BOTH),
        ("GET", f"/subscriptions/{{subscriptionId}}{AUTHORIZATION}/classic", BOTH),
        ("GET", f"{DEEP}{AUTHORIZATION}/permissions", BOTH),
        ("GET", "/subscriptions", BOTH),
        ("GET", "/subscriptions/{subscriptionId}", BOTH),
        ("GET", "/subscriptions/{subscriptionId}/resourceGroups", BOTH),
        ("PUT", "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}", BOTH),
        ("GET", f"{MANAGEMENT_GROUP.rpartition('/')[0]}/{{groupId}}", BOTH),
    )
)


def route(path: str, method: str = "GET", version: str = NEW) -> Route:
    return ROUTER.find(method, split_path(path.encode()), version)


def refusal_of(path: str, method: str = "GET", version: str = NEW) -> ArmError:
    with pytest.raises(Refusal) as caught:
        route(path, method, version)
    return caught.value.error


@pytest.mark.documented("Microsoft.Authorization: /{scope}/providers/Microsoft.Authorization/...")
@pytest.mark.parametrize("scope", ["", SUBSCRIPTION, GROUP, MACHINE, MANAGEMENT_GROUP])
def test_an_operation_is_found_at_every_scope(scope: str) -> None:
    found = route(f"{scope}{AUTHORIZATION}/roleAssignments/Abc")

    assert found.operation.path.endswith("/roleAssignments/{name}")
    assert (found.scope_path, found.keys) == (scope or "/", ("Abc",))


SPELLINGS = {
    "slashes": f"//{SUBSCRIPTION}//providers/Microsoft.Authorization//roleAssignments/Abc/",
    "letters": f"{SUBSCRIPTION}/PROVIDERS/microsoft.authorization/ROLEASSIGNMENTS/Abc",
    "alias": f"/providers/Microsoft.Subscription{SUBSCRIPTION}{AUTHORIZATION}/roleAssignments/Abc",
}


@pytest.mark.observed("notes 1: spellings of clients")
@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_leads_to_the_same_scope(name: str) -> None:
    found = route(SPELLINGS[name])

    assert (found.scope_path, found.keys) == (SUBSCRIPTION, ("Abc",))


@pytest.mark.inferred("what is about something that is an extension itself")
def test_the_provider_that_comes_last_is_called() -> None:
    outer = f"{SUBSCRIPTION}{AUTHORIZATION}/roleDefinitions/7"

    found = route(f"{outer}{AUTHORIZATION}/roleAssignments")

    assert (found.scope_path, found.keys) == (outer, ())


@pytest.mark.documented("refresh of all alerts, beside what is asked of one")
def test_a_word_goes_before_a_key() -> None:
    assert route(f"{AUTHORIZATION}/alerts/Refresh", "POST").keys == ()
    assert route(f"{AUTHORIZATION}/alerts/other", "POST").keys == ("other",)


@pytest.mark.documented(
    "access reviews: at subscriptions in all versions, at any scope in the last"
)
def test_the_row_that_says_most_and_has_the_version_is_taken() -> None:
    at_subscription = route(f"{SUBSCRIPTION}{AUTHORIZATION}/reviews", version=OLD)
    at_tenant = route(f"{AUTHORIZATION}/reviews", version=OLD)
    at_group = route(f"{GROUP}{AUTHORIZATION}/reviews", version=NEW)

    assert at_subscription.operation.path.startswith("/subscriptions/")
    assert at_subscription.scope_path == SUBSCRIPTION
    assert at_tenant.operation.path.startswith("/providers/")
    assert at_group.operation.path.startswith("/{scope}/")
    assert refusal_of(f"{GROUP}{AUTHORIZATION}/reviews", version=OLD).code == "InvalidResourceType"


@pytest.mark.documented("permissions of a resource: its parents are any number of segments")
@pytest.mark.parametrize("inner", ["", "/disks/d", "/disks/d/parts/p"])
def test_a_path_of_parents_has_any_length(inner: str) -> None:
    found = route(f"{MACHINE}{inner}{AUTHORIZATION}/permissions")

    assert found.scope_path == f"{MACHINE}{inner}"


@pytest.mark.documented("subscriptions and resource groups")
def test_paths_without_the_provider_have_their_keys() -> None:
    key = SUBSCRIPTION.rpartition("/")[2]
    listed, one = route("/Subscriptions"), route(SUBSCRIPTION)
    groups = route(f"{SUBSCRIPTION}/resourcegroups")
    put = route(GROUP, "PUT")

    assert (listed.scope_path, listed.keys) == ("/", ())
    assert (one.scope_path, one.keys) == (SUBSCRIPTION, (key,))
    assert (groups.scope_path, groups.keys) == (SUBSCRIPTION, (key,))
    assert (put.scope_path, put.keys) == (GROUP, (key, "rg"))
    assert route(MANAGEMENT_GROUP).keys == ("mg",)


NOWHERE = {
    f"{SUBSCRIPTION}{AUTHORIZATION}/locks": "InvalidResourceType",
    f"{SUBSCRIPTION}{AUTHORIZATION}/roleAssignments/7/more": "InvalidResourceType",
    f"{GROUP}{AUTHORIZATION}/classic": "InvalidResourceType",
    f"{MANAGEMENT_GROUP}/more/than/that": "InvalidResourceType",
    "/providers/Microsoft.Management/other": "InvalidResourceType",
    AUTHORIZATION: "InvalidResourceType",
    f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm": "InvalidResourceType",
    f"{GROUP}/providers/Contoso.Nothing/things/one": "InvalidResourceNamespace",
    f"{SUBSCRIPTION}/providers/Contoso.Nothing/things": "InvalidResourceNamespace",
    f"{GROUP}/providers/Microsoft.Web/sites": "InvalidResourceType",
    "/nothing": "NotFound",
    f"{SUBSCRIPTION}/nothing": "NotFound",
    "/": "NotFound",
}


@pytest.mark.observed("notes 1: InvalidResourceType with x-ms-failure-cause; the rest follows it")
@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_not_there_is_told_with_who_has_looked(path: str) -> None:
    error = refusal_of(path)

    assert (error.status, error.code) == (404, NOWHERE[path])
    assert error.headers == {"x-ms-failure-cause": "gateway"}


@pytest.mark.observed("clients that asked Microsoft.Authorization/operations at 2016-09-01")
def test_a_version_that_a_type_does_not_have_is_answered_with_those_it_has() -> None:
    error = refusal_of(f"{SUBSCRIPTION}{AUTHORIZATION}/RoleAssignments", version="2016-09-01")

    assert (error.status, error.code) == (404, "InvalidResourceType")
    assert error.message == (
        "The resource type 'roleAssignments' could not be found in the namespace "
        "'Microsoft.Authorization' for api version '2016-09-01'. "
        f"The supported api-versions are '{NEW},{OLD}'."
    )


@pytest.mark.observed("clients that asked for resource groups at 2024-01-01")
def test_a_version_that_the_manager_does_not_have_is_a_bad_request() -> None:
    error = refusal_of(SUBSCRIPTION, version="2016-09-01")

    assert (error.status, error.code) == (400, "InvalidApiVersionParameter")
    assert error.message == (
        f"The api-version '2016-09-01' is invalid. The supported versions are '{NEW},{OLD}'."
    )


@pytest.mark.inferred("a provider may have any version: there is no list of those")
@pytest.mark.parametrize("version", ["banana", "2022-13-01", "2022-04-01-"])
def test_a_version_that_is_no_date_is_told_what_one_looks_like(version: str) -> None:
    rows = [Operation("GET", "/subscriptions/{subscriptionId}/things", ANY_VERSION, _answer)]
    with pytest.raises(Refusal) as caught:
        Router(rows).find("GET", split_path(f"{SUBSCRIPTION}/things".encode()), version)

    error = caught.value.error
    assert (error.status, error.code) == (400, "InvalidApiVersionParameter")
    assert f"'{version}' is invalid" in error.message
    assert "'2021-04-01-preview'" in error.message
    assert "''" not in error.message


@pytest.mark.observed("recorded DELETE of a roleManagementPolicy, 2022")
def test_a_method_that_the_provider_does_not_have_is_told_without_an_envelope() -> None:
    error = refusal_of(f"{AUTHORIZATION}/roleAssignments/7", "DELETE")

    assert error.status == 405
    assert error.headers == {"allow": "GET, PUT"}
    assert error.bare == {
        "message": "The requested resource does not support http method 'DELETE'."
    }


@pytest.mark.inferred("a method belongs to a version: before PUT was published it is not allowed")
def test_methods_are_those_of_the_version() -> None:
    error = refusal_of(f"{AUTHORIZATION}/roleAssignments/7", "PUT", OLD)

    assert (error.status, error.headers) == (405, {"allow": "GET"})


@pytest.mark.inferred("the manager's own answers are in envelopes")
def test_a_method_that_the_manager_does_not_have_is_told_in_an_envelope() -> None:
    error = refusal_of(SUBSCRIPTION, "PATCH")

    assert (error.status, error.code, error.bare) == (405, "MethodNotAllowed", None)
    assert error.headers["allow"] == "GET"
