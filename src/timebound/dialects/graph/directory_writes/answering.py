"""What the handlers of writes share: the work, refusals, and objects shown."""

from http import HTTPStatus
from typing import Final, TypeVar

from timebound.application.directory.work import Work
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.objects import SHAPES, keep_defaults, show_object
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_writes.reading import read_guid
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId

_T = TypeVar("_T")
DONE: Final = Answer(HTTPStatus.NO_CONTENT)


def work_of(call: Call) -> Work:
    """The call as use cases that write see it."""
    return Work(call.engine, call.token, call.at, call.ports.system.now())


async def take(call: Call, outcome: _T | Refused) -> _T:
    """What a use case came to; raises what it refused."""
    if isinstance(outcome, Refused):
        raise await call.refuse(outcome)
    return outcome


def read_key(call: Call, place: int = 0) -> PrincipalId:
    """An object id in the path; what is no id is not there."""
    text = call.keys[place]
    try:
        return PrincipalId(read_guid(text, "id"))
    except Refusal:
        raise Refusal(say_missing(text)) from None


def show_made(call: Call, made: DirectoryObject, path: str) -> Answer:
    """The answer with an object that was just made, in the set at the path."""
    words = Wording(call.version, call.at)
    shown = keep_defaults(made, show_object(made, words))
    context = format_context(call.root, path, is_entity=True)
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown})


def show_typed(call: Call, found: DirectoryObject) -> Answer:
    """The answer with an object of whatever kind."""
    words = Wording(call.version, call.at)
    shown = keep_defaults(found, show_object(found, words))
    context = format_context(call.root, "directoryObjects", is_entity=True)
    type_ = f"#microsoft.graph.{SHAPES[found.kind].type_name}"
    return Answer(HTTPStatus.OK, {"@odata.context": context, "@odata.type": type_, **shown})
