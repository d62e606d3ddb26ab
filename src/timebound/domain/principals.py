"""Who can hold a role."""

from dataclasses import dataclass
from enum import Enum

from timebound.domain.ids import PrincipalId


class PrincipalKind(Enum):
    """The kinds of directory object that hold roles."""

    USER = "user"
    GROUP = "group"
    SERVICE_PRINCIPAL = "servicePrincipal"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, group or service principal as far as a decision needs to know it."""

    id: PrincipalId
    kind: PrincipalKind
    display_name: str
    is_enabled: bool = True
    is_deleted: bool = False
    is_role_assignable: bool = False
    is_dynamic: bool = False
    is_synced: bool = False
