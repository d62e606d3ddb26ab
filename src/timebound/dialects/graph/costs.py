"""What calls to Graph cost: the published base costs, and what options add to them or save."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from timebound.application.throttling import Cost, Throttled, Toll
from timebound.domain.authority import Token

_UNITS: Final[Mapping[tuple[str, str], int]] = {
    ("GET", "applications"): 2,
    ("GET", "groups/{id}/members"): 3,
    ("GET", "groups/{id}/transitiveMembers"): 5,
    ("GET", "me/memberOf"): 2,
    ("GET", "me/ownedObjects"): 2,
    ("GET", "me/transitiveMemberOf"): 2,
    ("GET", "oauth2PermissionGrants"): 2,
    ("GET", "oauth2PermissionGrants/{id}"): 2,
    ("GET", "servicePrincipals/{id}/appRoleAssignments"): 2,
    ("GET", "users"): 2,
    ("POST", "directoryObjects/getByIds"): 3,
    ("POST", "me/checkMemberGroups"): 4,
    ("POST", "me/checkMemberObjects"): 4,
    ("POST", "me/getMemberGroups"): 2,
    ("POST", "me/getMemberObjects"): 2,
}
"""Source: Graph, throttling limits of identity and access; anything else costs 1."""
_NOT_WRITING: Final = frozenset(path for method, path in _UNITS if method == "POST")
_SMALL_PAGE: Final = 20
_TOLD_FROM: Final = 0.8
_MOST_TOLD: Final = 1.8


def measure_call(method: str, path: str, query: bytes) -> Cost:
    """The cost of an operation (its path as `operations` spells it) with the options of a call.

    A batch costs nothing by itself: its parts are counted one by one.
    """
    if path == "$batch":
        return Cost(0, 0)
    path = f"me/{path.removeprefix('users/{id}/')}" if path.startswith("users/{id}/") else path
    options = dict(_read_options(query))
    units = _UNITS.get((method, path), 1)
    units -= "select" in options
    units += "expand" in options
    top = options.get("top", "")
    units -= top.isdecimal() and len(top) < 3 and int(top) < _SMALL_PAGE  # noqa: PLR2004 - digits
    is_writing = method != "GET" and path not in _NOT_WRITING
    return Cost(max(units, 1), int(is_writing))


def _read_options(query: bytes) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in query.decode("latin-1").split("&"))
    return [(unquote_plus(name).lstrip("$").lower(), value) for name, _, value in pairs]


def tell_toll(toll: Toll) -> Mapping[str, str]:
    """The headers of an answer that was counted."""
    told = {"x-ms-resource-unit": str(toll.units)}
    if toll.used > _TOLD_FROM:
        told["x-ms-throttle-limit-percentage"] = f"{min(toll.used, _MOST_TOLD):.2f}"
    return told


def tell_throttled(throttled: Throttled, token: Token) -> Mapping[str, str]:
    """The headers of a call that has to wait."""
    limit, why = ("Write", "Write") if throttled.is_for_writes else ("ReadWrite", "ResourceUnit")
    return {
        "retry-after": str(throttled.seconds),
        "x-ms-throttle-scope": (
            f"Tenant_Application/{limit}/{token.application_id}/{token.tenant_id}"
        ),
        "x-ms-throttle-information": f"{why}LimitExceeded",
    }
