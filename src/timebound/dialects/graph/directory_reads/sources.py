"""Where questions about relations begin: the objects of a set, or whoever is signed in."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from timebound.application.directory_reading import EVERY_KIND, Origin
from timebound.application.views import View
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.people import refuse_nobody
from timebound.domain.directory import ObjectKind


@dataclass(frozen=True, slots=True)
class Source:
    """A path whose objects questions begin with, and what such questions count as.

    `template` is the path of one object; without a key in it that is the signed-in person.
    """

    template: str
    view: View
    kinds: frozenset[ObjectKind]

    def find_origin(self, call: Call) -> Origin:
        """The object that a call is about; refused where nobody is signed in to be it."""
        if "{id}" in self.template:
            return Origin(call.keys[0], self.kinds)
        refuse_nobody(call)
        return Origin(call.token.principal_id, self.kinds)

    def spell(self, call: Call, rest: str) -> str:
        """The path of the call below the object."""
        key = quote(call.keys[0], safe="@") if call.keys else ""
        return f"{self.template.replace('{id}', key)}/{rest}"


def _source(path: str, view: View, *kinds: ObjectKind) -> Source:
    return Source(f"{path}/{{id}}", view, frozenset(kinds) or EVERY_KIND)


ME: Final = Source("me", View.OWN_RELATIONS, frozenset({ObjectKind.USER}))
USERS: Final = _source("users", View.USER_RELATIONS, ObjectKind.USER)
GROUPS: Final = _source("groups", View.GROUP_RELATIONS, ObjectKind.GROUP)
PROGRAMS: Final = _source("servicePrincipals", View.PROGRAM_RELATIONS, ObjectKind.SERVICE_PRINCIPAL)
APPLICATIONS: Final = _source("applications", View.PROGRAM_RELATIONS, ObjectKind.APPLICATION)
UNITS: Final = _source(
    "directory/administrativeUnits", View.UNIT_RELATIONS, ObjectKind.ADMINISTRATIVE_UNIT
)
BETA_UNITS: Final = _source(
    "administrativeUnits", View.UNIT_RELATIONS, ObjectKind.ADMINISTRATIVE_UNIT
)
ROLES: Final = _source("directoryRoles", View.DIRECTORY_ROLES, ObjectKind.DIRECTORY_ROLE)
OBJECTS: Final = _source("directoryObjects", View.DIRECTORY_OBJECTS)
