"""What roles can allow of each provider, as tools list it before a role is written.

Known are the operations of Microsoft.Authorization and all that the built-in roles name; displayed
names are made of the words that an action consists of.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.azure_actions import KnownAction, known_actions, read_action
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.problems import say_unknown_namespace
from timebound.dialects.arm.published import NAMESPACE, PublishedOperation, list_published
from timebound.dialects.arm.refusals import Refusal, bad_request

_PATH: Final = f"/providers/{NAMESPACE}/providerOperations"
_TYPE: Final = f"{NAMESPACE}/providerOperations"
_FIRST: Final = "2015-07-01"
_VERSIONS: Final = frozenset({_FIRST, "2018-01-01-preview", "2022-04-01"})
_EXPAND: Final = "$expand"
_TYPES: Final = "resourcetypes"
_ORIGIN: Final = "user,system"
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VERBS: Final = {
    "read": ("Get", "Tells of {}."),
    "write": ("Create or update", "Makes or changes {}."),
    "delete": ("Delete", "Takes away {}."),
}


class ProviderOperation(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True):
    """An action of a provider in words; the published type of the same name."""

    name: str
    display_name: str
    description: str
    origin: str
    is_data_action: bool | None = None


class ResourceType(msgspec.Struct, rename="camel", frozen=True):
    """What can be done to resources of a type; the published type of the same name."""

    name: str
    display_name: str
    operations: tuple[ProviderOperation, ...]


class ProviderOperationsMetadata(msgspec.Struct, rename="camel", frozen=True):
    """What can be done to a provider and to its resources; the published type of the same name."""

    id: str
    name: str
    type: str
    display_name: str
    resource_types: tuple[ResourceType, ...]
    operations: tuple[ProviderOperation, ...]


async def list_metadata(call: Call) -> Answer:
    """All providers in one page, to anybody who has signed in."""
    return Answer(HTTPStatus.OK, _write_all(_is_plain(call), is_whole=_asks_types(call)))


async def get_metadata(call: Call) -> Answer:
    """One provider, to anybody who has signed in; refused when nothing is known of it."""
    found = _gather().get(call.keys[0].lower())
    if found is None:
        raise Refusal(say_unknown_namespace(call.keys[0]))
    is_plain = _is_plain(call)
    return Answer(HTTPStatus.OK, _show(found, is_plain=is_plain, is_whole=_asks_types(call)))


def _is_plain(call: Call) -> bool:
    """Whether the version does not tell actions on data apart."""
    return call.version == _FIRST


def _asks_types(call: Call) -> bool:
    """Whether types are told with their operations; refused when anything else is asked for."""
    asked = call.query.get(_EXPAND)
    if asked and asked.lower() != _TYPES:
        raise bad_request("The only option of $expand is 'resourceTypes'.")
    return bool(asked)


@cache
def _write_all(is_plain: bool, *, is_whole: bool) -> msgspec.Raw:  # noqa: FBT001 - part of a key
    """The whole list as it goes out: it is the same at every time."""
    shown = [_show(one, is_plain=is_plain, is_whole=is_whole) for one in _gather().values()]
    return msgspec.Raw(msgspec.json.encode({"value": shown}))


@cache
def _gather() -> Mapping[str, tuple[KnownAction, ...]]:
    """The actions of each provider, by its name in lower case, in the order of these."""
    known = dict(known_actions())
    key = NAMESPACE.lower()
    own = {one.name.lower(): read_action(one.name, is_data=False) for one in list_published()}
    more = {one.name.lower(): one for one in known.get(key, ())}
    every = {**more, **own}
    known[key] = tuple(one for name in sorted(every) if (one := every[name]) is not None)
    return {name: known[name] for name in sorted(known)}


def _show(
    actions: Iterable[KnownAction], *, is_plain: bool, is_whole: bool
) -> ProviderOperationsMetadata:
    """A provider; its types are there only where they are asked for."""
    types: dict[str, list[ProviderOperation]] = {}
    namespace = ""
    for one in actions:
        namespace = one.namespace
        if not (is_plain and one.is_data):
            types.setdefault(one.resource_type, []).append(_describe(one, is_plain=is_plain))
    own = tuple(types.pop("", ()))
    shown = (
        ResourceType(name, _phrase(name.rpartition("/")[2]), tuple(operations))
        for name, operations in sorted(types.items(), key=lambda one: one[0].lower())
    )
    return ProviderOperationsMetadata(
        id=f"{_PATH}/{namespace}",
        name=namespace,
        type=_TYPE,
        display_name=namespace.replace(".", " "),
        resource_types=tuple(shown) if is_whole else (),
        operations=own,
    )


def _describe(action: KnownAction, *, is_plain: bool) -> ProviderOperation:
    published = _own_words().get(action.name.lower())
    if published is not None:
        title, description = published.display.operation, published.display.description
    else:
        title, description = _word(action)
    is_data = None if is_plain else action.is_data
    return ProviderOperation(action.name, title, description, _ORIGIN, is_data)


@cache
def _own_words() -> Mapping[str, PublishedOperation]:
    return {one.name.lower(): one for one in list_published()}


def _word(action: KnownAction) -> tuple[str, str]:
    """What an action is called, and a sentence of what it does."""
    called = _phrase(action.resource_type.replace("/", " ")).lower()
    called = called or f"the provider {action.namespace}"
    verb = action.verb.lower()
    if verb in _VERBS:
        title, sentence = _VERBS[verb]
        return f"{title} {called}", sentence.format(called)
    done = _phrase(action.verb.partition("/")[0])
    return f"{done} {called}", f"Carries out '{done.lower()}' on {called}."


def _phrase(words: str) -> str:
    """Words that were written together, apart and with a capital in front."""
    apart = _HUMP.sub(" ", words)
    lowered = " ".join(word if word.isupper() else word.lower() for word in apart.split())
    return f"{lowered[:1].upper()}{lowered[1:]}"


METADATA_ROWS: Final = (
    Operation("GET", _PATH, _VERSIONS, list_metadata),
    Operation("GET", f"{_PATH}/{{resourceProviderNamespace}}", _VERSIONS, get_metadata),
)
