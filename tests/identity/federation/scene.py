"""A service of ours, a provider that answers what a test wants, and a browser in between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.identity.federation.neighbour import OUR_SEED
from tests.identity.federation.rogue import CLIENT, ISSUER, Rogue
from tests.support.service import (
    ORIGIN,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)
from timebound.application.engine import Engine
from timebound.application.ports import Clock, TenantRecord
from timebound.application.strangers import Reception
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.identity.client_pacing import ClientPace
from timebound.identity.federation.states import AwayStates
from timebound.identity.federation.upstream import (
    Journey,
    Upstream,
    finish_sign_in,
    start_sign_in,
)
from timebound.identity.federation_rules import FactorRules, Federation, PeopleRules, Provider
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import SendTo, ShowTrouble
from timebound.identity.flows.parts import Flows, open_flows
from timebound.identity.flows.sessions import Browser, Present
from timebound.identity.granting import Granting
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.pacing import Pace
from timebound.identity.problems import Fault
from timebound.identity.scopes import Audiences
from timebound.identity.verify import BearerVerifier

BACK: Final = f"/{TENANT}/oauth2/v2.0/authorize?client_id=x"
PROVIDER: Final = Provider(
    tenant="small.example",
    name="works",
    display_name="Works",
    issuer=ISSUER,
    client_id=CLIENT,
    people=PeopleRules(match="email", domains=frozenset({"small.example"})),
    factors=FactorRules(frozenset({"otp"}), ("loa2",)),
)
RECORD: Final = TenantRecord(TenantId(TENANT), "Small", ("small.example", "small.test"))


@dataclass(slots=True)
class Later:
    """The system's clock, some time ahead."""

    clock: Clock
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> Instant:
        return self.clock.now() + self.ahead


@dataclass(slots=True)
class Scene:
    """A service, a provider, and a browser in between."""

    service: Service
    rogue: Rogue
    flows: Flows
    later: Later
    provider: Provider = PROVIDER
    cookies: dict[str, str] = field(default_factory=dict)
    origin: str = ORIGIN

    @property
    def upstream(self) -> Upstream:
        parts = self.service.parts
        return Upstream(
            Federation((self.provider,)),
            self.flows,
            AwayStates(self.flows, parts.master),
            self.rogue,
            IssuerKeys(self.rogue),
            Reception(Engine(parts.store, parts.ids), parts.store),
        )

    @property
    def journey(self) -> Journey:
        browser = Browser(RECORD.id, self.origin, dict(self.cookies))
        return Journey(RECORD, self.provider, browser)

    def keep(self, outcome: SendTo) -> None:
        """What a browser does with cookies."""
        for one in outcome.cookies:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in one:
                del self.cookies[name]

    def seal(self, **more: Any) -> str:  # noqa: ANN401 - the fields of an interaction
        return self.flows.interactions.seal(Interaction(BACK, RECORD.id, **more))

    async def leave(self, ctx: str | None = None) -> dict[str, str]:
        """Goes to the provider; answers what is brought there."""
        outcome = await start_sign_in(self.upstream, self.journey, ctx or self.seal())
        assert isinstance(outcome, SendTo), outcome
        self.keep(outcome)
        self.rogue.at = self.later.now()
        return self.rogue.visit(outcome.url)

    async def come_back(self, **answer: str) -> SendTo | ShowTrouble:
        outcome = await finish_sign_in(self.upstream, self.journey, answer)
        if isinstance(outcome, SendTo):
            self.keep(outcome)
        return outcome

    async def sign_in(self, ctx: str | None = None) -> SendTo | ShowTrouble:
        """There and back, as it should be."""
        asked = await self.leave(ctx)
        return await self.come_back(code="code-1", state=asked["state"])

    async def present(self) -> Present | None:
        """Who is signed in here."""
        return await self.flows.sessions.find(Browser(RECORD.id, self.origin, self.cookies))

    def change(self, **people: Any) -> None:  # noqa: ANN401 - the fields of the rules
        """Another provider, with other rules about people."""
        self.provider = replace(self.provider, people=replace(self.provider.people, **people))


def fault_of(outcome: SendTo | ShowTrouble) -> Fault:
    """Why there was no sign-in."""
    assert isinstance(outcome, ShowTrouble), outcome
    return outcome.refusal.fault


@asynccontextmanager
async def open_scene(folder: Path) -> AsyncIterator[Scene]:
    """The scene, in a service of its own."""
    settings = replace(emulator(folder), seed=write_seed_file(folder / "seed", OUR_SEED))
    async with open_service(settings) as service:
        parts = service.parts
        later = Later(parts.system)
        granting = Granting(
            store=parts.store,
            ids=parts.ids,
            keys=parts.keys,
            hasher=parts.hasher,
            audiences=Audiences([ORIGIN], []),
            system=later,
            movable=parts.clock,
            grants=(),
            client_pace=ClientPace(Pace(parts.system)),
            sign_ins=parts.sign_ins,
        )
        rogue = Rogue()
        rogue.describe()
        tokens = BearerVerifier(parts.keys, later, [ORIGIN])
        flows = open_flows(granting, tokens, parts.master, parts.ids, Federation((PROVIDER,)))
        yield Scene(service, rogue, flows, later)
