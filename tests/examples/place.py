"""The demo tenant with an application of every permission, and calls in its words."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec

from tests.examples.table import Example, Step
from tests.scenarios.company import FACTORS, GRAPH, PASSWORD, Company
from timebound.application.catalog import provider_roles
from timebound.domain.requirements import REQUIREMENTS
from timebound.server.seed_format import ApplicationKind, ApplicationSeed, Seed, demo_seed
from timebound.server.seed_shapes import PermissionsSeed

LABEL: Final = "larkfield"
CATALOG: Final = "/AccessPackageCatalog/6f0d3f0e-55d1-4f0a-8e0c-2b7d0c1a9e44"
_BENCH: Final = "Bench"
_PAUSE: Final = timedelta(minutes=6)
"""What is held has to be older than five minutes to be removed."""
_NAME: Final = re.compile(r"\{([^{}]+)\}")


def furnish_demo() -> Seed:
    """The demo tenant, with a password for all, and a public client that may ask for everything."""
    seed = demo_seed()
    every = {
        name
        for needed in REQUIREMENTS.values()
        for name in (*needed.delegated, *needed.owning)
        if "." in name
    }
    bench = ApplicationSeed(
        display_name=_BENCH,
        kind=ApplicationKind.PUBLIC,
        permissions=PermissionsSeed(delegated=tuple(sorted(every))),
    )
    people = tuple(
        msgspec.structs.replace(user, password=PASSWORD) if user.account_enabled else user
        for user in seed.users
    )
    return msgspec.structs.replace(seed, users=people, applications=(*seed.applications, bench))


@dataclass(slots=True)
class Place:
    """The demo tenant of one example, and what its steps have kept."""

    company: Company
    role: str | None
    kept: dict[str, str] = field(default_factory=lambda: {"catalog": CATALOG})

    async def take(self, step: Step) -> None:
        """Makes a call that has to succeed, and keeps what it answers with."""
        answer = await self.send(step)
        assert answer.is_success, answer.text
        self.company.move_to(self.company.now() + _PAUSE)
        if step.keep:
            body = answer.json()
            self.kept[step.keep] = (body["value"][0] if "value" in body else body)["id"]

    async def send(self, call: Step | Example) -> httpx.Response:
        """Makes a call with the ids that the tenant has for the names in it."""
        token = await self.company.sign_in(call.who, GRAPH, FACTORS, _BENCH)
        headers = {"authorization": f"Bearer {token}"}
        if isinstance(call, Example):
            headers |= call.headers
        method, path = self.fill(call.send).split(" ", 1)
        body = self.fill_body(call.body)
        return await self.company.client.request(method, path, headers=headers, json=body)

    def fill(self, text: str) -> str:
        """The text with ids for names."""
        return _NAME.sub(lambda found: self.find(found[1]), text)

    def fill_body(self, value: Any) -> Any:  # noqa: ANN401 - whatever a body holds
        """The body with ids for names."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, list):
            return [self.fill_body(one) for one in value]
        if isinstance(value, dict):
            return {name: self.fill_body(one) for name, one in value.items()}
        return value

    def find(self, name: str) -> str:
        """The id behind a name."""
        if name == "role":
            assert self.role
            return self.fill(self.role)
        for known in (self.kept, self.company.ids.units, _provided()):
            if name in known:
                return known[name]
        return self.company.find(name)


def _provided() -> dict[str, str]:
    return {role.display_name: role.id for role in provider_roles()}
