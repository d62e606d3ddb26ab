"""Who may become the first administrator of a tenant, as its operator decides."""

from timebound.domain.directory import DirectoryObject
from timebound.domain.directory_changes import Names, check_arrival
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code, Problem


def decide_first_administrator(
    person: DirectoryObject,
    names: Names,
    user_id: PrincipalId,
    *,
    has_administrator: bool,
    can_sign_in: bool,
) -> tuple[Problem, ...]:
    """Why somebody cannot: nothing if they can.

    There is an administrator who can sign in already; the name cannot be theirs; or whoever has it
    is another than was meant, disabled, mastered elsewhere, or somebody who can sign in as it is,
    whose account is nobody's to take.
    """
    if has_administrator:
        return (Problem(Code.ACCESS_DENIED),)
    if names.find_user(person.user_principal_name or "") is None:
        return check_arrival(person, names)
    is_theirs = person.id == user_id and not can_sign_in
    if not is_theirs or not person.is_enabled or person.is_synced:
        return (Problem(Code.CHANGE_NOT_ALLOWED),)
    return ()
