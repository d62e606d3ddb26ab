"""Whether whoever asks is told that a place is not there.

Nobody learns what there is by asking for what they may not do: only who may do something at the
place, judged by what it would lie in, is told that it is not there. That a subscription is not is
told to everybody, as everywhere in Azure: nobody guesses the id of one that is.
"""

from dataclasses import dataclass

from timebound.application.azure_ports import LoadedRights
from timebound.dialects.arm.call import Call
from timebound.dialects.arm.domain_problems import say_absent_place
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import Refusal
from timebound.domain.authority import authorize
from timebound.domain.azure.places import ROOT, subscription_of
from timebound.domain.operations import Operation
from timebound.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """The place that a call names, as the tree spells it, or as it was written if it is unknown.

    Of an unknown one `rights` are what the caller may do in what it would lie in.
    """

    scope: Scope
    rights: LoadedRights | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is there."""
        return self.rights is None


async def look_for_scope(call: Call) -> NamedPlace:
    """The place that something is asked at, there or not; refused when it is none."""
    asked = read_scope(call)
    node = await call.ports.store.find_node(call.token.tenant_id, asked.path)
    if node is not None:
        return NamedPlace(node.place)
    rights = await call.ports.store.load_rights(call.token, asked, call.at)
    if rights.around == {ROOT.path} and subscription_of(asked) is not None:
        raise Refusal(say_absent_place(asked.path))
    return NamedPlace(asked, rights)


def check_absence(place: NamedPlace, *operations: Operation) -> None:
    """Refuses an unknown place as such, to whoever may do one of these there.

    Whoever may not goes on, to be refused as at any other place.
    """
    rights = place.rights
    if rights is None:
        return
    if not all(authorize(one, rights.caller, rights.target) for one in operations):
        raise Refusal(say_absent_place(place.scope.path))
