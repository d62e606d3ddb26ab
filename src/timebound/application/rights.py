"""What whoever calls may do at a place in Azure, told to themselves."""

from timebound.application.reading import Reader
from timebound.domain.authority import authorize
from timebound.domain.azure.permissions import Rights
from timebound.domain.decide import Refused
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope


async def read_own_rights(reader: Reader, here: Scope) -> Rights | Refused:
    """Everything that the caller may do there.

    Who may do nothing is not told whether the place is there.
    """
    loaded = await reader.store.load_rights(reader.token, here, reader.at)
    problems = authorize(Operation.READ_OWN_AZURE_RIGHTS, loaded.caller, loaded.target)
    if not problems and not loaded.is_known and loaded.rights.accesses:
        problems = (Problem(Code.SCOPE_NOT_FOUND, value=loaded.rights.scope.path),)
    return Refused(problems) if problems else loaded.rights
