"""What a call costs by the published table, and what its answer tells of that."""

import pytest

from tests.support.builders import make_caller
from timebound.application.throttling import Cost, Throttled, Toll
from timebound.dialects.graph.costs import measure_call, tell_throttled, tell_toll

REQUESTS = "roleManagement/directory/roleAssignmentScheduleRequests"


@pytest.mark.documented("Graph throttling-limits, identity and access: base costs and factors")
@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", "users", b"", Cost(2, 0)),
        ("GET", "users", b"$select=id", Cost(1, 0)),
        ("GET", "users", b"%24select=id&$expand=manager", Cost(2, 0)),
        ("GET", "users", b"$top=19", Cost(1, 0)),
        ("GET", "users", b"$top=20", Cost(2, 0)),
        ("GET", "users", b"$top=999999999999999999999", Cost(2, 0)),
        ("GET", "users", b"$top=%D9%A3", Cost(2, 0)),
        ("GET", "users", b"$select=id&$top=1&select=id", Cost(1, 0)),
        ("GET", "users/{id}", b"$select=id", Cost(1, 0)),
        ("GET", "groups/{id}/transitiveMembers", b"", Cost(5, 0)),
        ("GET", "me/memberOf", b"", Cost(2, 0)),
        ("GET", "users/{id}/memberOf", b"", Cost(2, 0)),
        ("GET", REQUESTS, b"", Cost(1, 0)),
        ("GET", REQUESTS, b"$expand=principal", Cost(2, 0)),
        ("POST", REQUESTS, b"", Cost(1, 1)),
        ("DELETE", "roleManagement/directory/roleAssignments/{id}", b"", Cost(1, 1)),
        ("POST", "directoryObjects/getByIds", b"", Cost(3, 0)),
        ("POST", "users/{id}/checkMemberGroups", b"", Cost(4, 0)),
        ("POST", "$batch", b"$expand=x", Cost(0, 0)),
    ],
)
def test_costs(method: str, path: str, query: bytes, expected: Cost) -> None:
    assert measure_call(method, path, query) == expected


@pytest.mark.documented("Graph throttling-limits: returned above 0.8 of the limit, 1.8 at most")
@pytest.mark.parametrize(
    ("used", "told"), [(0.1, None), (0.8, None), (0.81, "0.81"), (1.0, "1.00"), (2.5, "1.80")]
)
def test_the_share_is_told_when_little_is_left(used: float, told: str | None) -> None:
    headers = tell_toll(Toll(3, used))
    assert headers["x-ms-resource-unit"] == "3"
    assert headers.get("x-ms-throttle-limit-percentage") == told


@pytest.mark.documented("Graph throttling-limits: x-ms-throttle-scope and -information")
@pytest.mark.parametrize(
    ("is_for_writes", "limit", "why"),
    [(True, "Write", "WriteLimitExceeded"), (False, "ReadWrite", "ResourceUnitLimitExceeded")],
)
def test_who_waits_is_told_why(*, is_for_writes: bool, limit: str, why: str) -> None:
    token = make_caller().token
    headers = tell_throttled(Throttled(7, is_for_writes), token)
    assert headers == {
        "retry-after": "7",
        "x-ms-throttle-scope": (
            f"Tenant_Application/{limit}/{token.application_id}/{token.tenant_id}"
        ),
        "x-ms-throttle-information": why,
    }
