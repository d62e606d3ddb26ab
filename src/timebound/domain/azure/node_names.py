"""What nodes of the tree of Azure may be called.

Source: Azure documentation of naming rules and of management groups.
"""

import re
from typing import Final

from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.scopes import Scope

LONGEST_DISPLAY_NAME: Final = 90
_LONGEST: Final = 90
_LONGEST_RESOURCE: Final = 260
_MANAGEMENT_GROUP: Final = re.compile(r"(?!.*\.\Z)[A-Za-z0-9][-A-Za-z0-9_.()]*")
_RESOURCE: Final = re.compile(r"[^<>*%&:\\?/\x00-\x1f\x7f]*[^<>*%&:\\?/\x00-\x1f\x7f. ]")
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)+")
_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def check_name(place: Scope) -> tuple[Problem, ...]:
    """Why nothing can have this path: its last name is too long or holds what no name may."""
    kind, name = kind_of(place), place.path.rsplit("/", 1)[-1]
    if kind is PlaceKind.RESOURCE:
        is_right = _is_resource(place, name)
    elif kind is PlaceKind.MANAGEMENT_GROUP:
        is_right = len(name) <= _LONGEST and _MANAGEMENT_GROUP.fullmatch(name) is not None
    else:
        is_right = len(name) <= _LONGEST and _is_group(name)
    return () if is_right else (_refuse("name", name, Reason.UNKNOWN_VALUE),)


def check_display_name(name: str | None) -> tuple[Problem, ...]:
    """Why nothing can be called so by people."""
    if name is None or 0 < len(name) <= LONGEST_DISPLAY_NAME:
        return ()
    return (_refuse("displayName", name, Reason.TOO_MANY),)


def _is_group(name: str) -> bool:
    """Whether a resource group can have the name: with the letters and digits of any script."""
    is_known = all(one.isalpha() or one.isdecimal() or one in "-_.()" for one in name)
    return is_known and name != "" and not name.endswith(".")


def _is_resource(place: Scope, name: str) -> bool:
    namespace, *rest = place.path.rpartition("/providers/")[2].split("/")
    types = rest[::2]
    return (
        len(name) <= _LONGEST_RESOURCE
        and _RESOURCE.fullmatch(name) is not None
        and _NAMESPACE.fullmatch(namespace) is not None
        and all(_TYPE.fullmatch(one) for one in types)
    )


def _refuse(property_: str, value: str, reason: Reason) -> Problem:
    return Problem(Code.VALUE_REFUSED, property=property_, value=value, reason=reason)
