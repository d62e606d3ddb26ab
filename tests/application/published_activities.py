"""The published names of what PIM records, with the categories that each is published in."""

from collections.abc import Mapping
from typing import Final

_CATEGORIES = {
    "A": "ApplicationManagement",
    "D": "RoleManagement",
    "G": "GroupManagement",
    "Z": "ResourceManagement",
}

# Source: the reference of audit activities, PIM; typing errors are kept.
_NAMES = """
DZ   Add eligible member to role in PIM canceled (permanent)
DGZ  Add eligible member to role in PIM canceled (renew)
DGZ  Add eligible member to role in PIM canceled (timebound)
DGZ  Add eligible member to role in PIM completed (permanent)
DGZ  Add eligible member to role in PIM completed (timebound)
DGZ  Add eligible member to role in PIM requested (permanent)
DGZ  Add eligible member to role in PIM requested (renew)
DGZ  Add eligible member to role in PIM requested (timebound)
ADGZ Add member to role approval requested (PIM activation)
DGZ  Add member to role canceled (PIM activation)
DGZ  Add member to role completed (PIM activation)
G    Add member to role in PIM canceled (permanent)
DGZ  Add member to role in PIM canceled (renew)
DGZ  Add member to role in PIM canceled (timebound)
DGZ  Add member to role in PIM completed (permanent)
ADGZ Add member to role in PIM completed (timebound)
DGZ  Add member to role in PIM requested (permanent)
DGZ  Add member to role in PIM requested (renew)
ADGZ Add member to role in PIM requested (timebound)
DZ   Add member to role outside of PIM (permanent)
DGZ  Add member to role request approved (PIM activation)
DGZ  Add member to role request denied (PIM activation)
DGZ  Add member to role requested (PIM activation)
A    Approve request - direct role assignment
GZ   Cancel request
DGZ  Cancel request for role removal
DGZ  Cancel request for role update
DZ   Deactivate PIM alert
DZ   Disable PIM alert
DZ   Enable PIM alert
DGZ  Offboarded resource from PIM
DZ   Onboarded resource from PIM
G    Onboarded resource to PIM
ADGZ PIM activation request expired
ADGZ PIM policy removed
DGZ  Process request
DGZ  Process role removal request
DZ   Process role update request
D    Refresh PIM alert
DGZ  Remove eligible member from role in PIM completed (permanent)
DGZ  Remove eligible member from role in PIM completed (timebound)
DGZ  Remove eligible member from role in PIM requested (permanent)
DGZ  Remove eligible member from role in PIM requested (timebound)
DGZ  Remove member from role (PIM activation expired)
DGZ  Remove member from role completed (PIM deactivate)
DGZ  Remove member from role in PIM completed (permanent)
ADGZ Remove member from role in PIM completed (timebound)
DGZ  Remove member from role in PIM requested (permanent)
DGZ  Remove member from role in PIM requested (timebound)
DGZ  Remove member from role requested (PIM deactivate)
DGZ  Remove permanent direct role assignment
DGZ  Remove permanent eligible role assignment
ADGZ Remove request
DZ   Resolve PIM alert
GZ   Resource updated
G    Restore eligible member from role in PIM comleted
DZ   Restore eligible member from role in PIM completed
DGZ  Restore member from role
DGZ  Restore member from role in PIM completed
DGZ  Restore permanent direct role assignment
DZ   Restore permanent eligible role assignment
A    Role definition created
DZ   Tenant offboarded from PIM
DZ   Triggered PIM alert
D    Update PIM alert setting
DGZ  Update eligible member in PIM canceled (extend)
DGZ  Update eligible member in PIM requested (extend)
DGZ  Update member in PIM approved by admin (extend/renew)
DGZ  Update member in PIM canceled (extend)
DGZ  Update member in PIM denied by admin (extend/renew)
DGZ  Update member in PIM requested (extend)
ADGZ Update role setting in PIM
"""

PUBLISHED: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(_CATEGORIES[letter] for letter in letters)
    for letters, name in (line.split(maxsplit=1) for line in _NAMES.strip().splitlines())
}
