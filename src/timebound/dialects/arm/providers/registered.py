"""Providers with their types, as tools look them up: all of them are registered everywhere."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final

from timebound.application.azure_tree import read_node
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import subscription_place
from timebound.dialects.arm.problems import say_unknown_namespace
from timebound.dialects.arm.providers.served import Types, list_types
from timebound.dialects.arm.refusals import Refusal
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.versions import SUBSCRIPTIONS
from timebound.domain.decide import Refused

_READ: Final = "Microsoft.Resources/subscriptions/providers/read"
_REGISTERED: Final = "Registered"
_FREE: Final = frozenset(
    {
        "microsoft.authorization",
        "microsoft.management",
        "microsoft.resources",
        "microsoft.subscription",
    }
)
"""The providers that nobody has to register: the manager's own."""
_SUBSCRIPTION: Final = "/subscriptions/{subscriptionId}/providers"
_NAMESPACE: Final = "{resourceProviderNamespace}"


class Providers:
    """What is told of providers; made once, of the table of operations."""

    __slots__ = ("_names", "_types")

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Gather the types of every provider."""
        self._types: Mapping[str, Types] = list_types(operations)
        self._names = {name.lower(): name for name in self._types}

    async def list_all(self, call: Call) -> Answer:
        """All providers, to anybody who has signed in."""
        return self._list(call, "")

    async def get(self, call: Call) -> Answer:
        """One provider, to anybody who has signed in."""
        return Answer(HTTPStatus.OK, self._show("", self._find(call.keys[0])))

    async def list_in_subscription(self, call: Call) -> Answer:
        """All providers of a subscription, for whoever may read them there."""
        return self._list(call, await _check(call, _READ))

    async def get_in_subscription(self, call: Call) -> Answer:
        """One provider of a subscription, for whoever may read it there."""
        place = await _check(call, _READ)
        return Answer(HTTPStatus.OK, self._show(place, self._find(call.keys[1])))

    async def register(self, call: Call, name: str | None = None) -> Answer:
        """The provider, which is registered already, for whoever may register it."""
        asked = name or call.keys[1]
        place = await _check(call, f"{self._names.get(asked.lower(), asked)}/register/action")
        return Answer(HTTPStatus.OK, self._show(place, self._find(asked)))

    def _find(self, asked: str) -> str:
        name = self._names.get(asked.lower())
        if name is None:
            raise Refusal(say_unknown_namespace(asked))
        return name

    def _list(self, call: Call, place: str) -> Answer:
        rows = tuple(self._types)
        return answer_rows(call, rows, str.lower, lambda name: self._show(place, name))

    def _show(self, place: str, name: str) -> dict[str, object]:
        """A provider as it is published."""
        is_free = name.lower() in _FREE
        return {
            "id": f"{place}/providers/{name}",
            "namespace": name,
            "registrationPolicy": "RegistrationFree" if is_free else "RegistrationRequired",
            "registrationState": _REGISTERED,
            "resourceTypes": [
                _show_type(type_, versions) for type_, versions in self._types[name].items()
            ],
        }


def _show_type(name: str, versions: Sequence[str]) -> dict[str, object]:
    return {
        "resourceType": name,
        "locations": [],
        "apiVersions": versions,
        "defaultApiVersion": next((one for one in versions if "-" not in one[10:]), versions[0]),
        "capabilities": "None",
    }


async def _check(call: Call, action: str) -> str:
    """The path of the subscription that is called; refused without the action there."""
    place = subscription_place(call.keys[0] if call.keys else call.scope_path.rsplit("/", 1)[-1])
    found = await read_node(call.read_at(call.at), place, action)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return found.place.path


def make_provider_rows(served: Sequence[Operation]) -> tuple[Operation, ...]:
    """The rows about providers, which tell of the other rows of the table and of themselves."""
    rows = _make_rows(Providers(served))
    return _make_rows(Providers((*served, *rows)))


def _make_rows(providers: Providers) -> tuple[Operation, ...]:
    authorization = "Microsoft.Authorization"
    one_there = f"{_SUBSCRIPTION}/{_NAMESPACE}"
    # The router takes what follows the provider's own name for something at a scope.
    register_it = partial(providers.register, name=authorization)
    own = f"{_SUBSCRIPTION}/{authorization}/register"
    return (
        Operation("GET", "/providers", SUBSCRIPTIONS, providers.list_all),
        Operation("GET", f"/providers/{_NAMESPACE}", SUBSCRIPTIONS, providers.get),
        Operation("GET", _SUBSCRIPTION, SUBSCRIPTIONS, providers.list_in_subscription),
        Operation("GET", one_there, SUBSCRIPTIONS, providers.get_in_subscription),
        Operation("POST", f"{one_there}/register", SUBSCRIPTIONS, providers.register),
        Operation("POST", own, SUBSCRIPTIONS, register_it),
    )
