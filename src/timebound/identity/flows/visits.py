"""A browser's request for something that takes a person, and the ways it can be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from timebound.application.ports import TenantRecord
from timebound.application.sign_in_log_ports import SentFrom
from timebound.domain.ids import TenantId
from timebound.identity.discovery import Place
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import SendTo
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.sessions import Browser
from timebound.identity.forms import NUL

SIGN_IN_PATH: Final = "login"
LARGEST_VISIT: Final = 8 * 1024
"""How long the fields may be together: they travel in URLs from here on."""
_LONGEST_ADDRESS: Final = 64
"""What a proxy forwards is no longer than any address with its zone and port."""
HINTS: Final = ("login_hint", "domain_hint")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks where: the tenant in the path, our origin, the cookies, the fields.

    `site` is the header `Sec-Fetch-Site`: whose page led the browser here.
    """

    place: Place
    origin: str
    cookies: Mapping[str, str]
    fields: Mapping[str, str]
    sent_from: SentFrom = field(default_factory=SentFrom)
    site: str = ""

    def browser(self, tenant_id: TenantId) -> Browser:
        """The browser, with its cookies of a tenant."""
        return Browser(tenant_id, self.origin, self.cookies, self.address)

    @property
    def address(self) -> str | None:
        """Where whoever asks is on the network, as what they change is recorded."""
        return self.sent_from.address[:_LONGEST_ADDRESS] or None

    def field(self, name: str) -> str:
        """A field, empty where it is not given."""
        return self.fields.get(name, "").strip()


async def find_visited_tenant(flows: Flows, visit: Visit) -> TenantRecord | None:
    """The tenant of the path; under a shared name that of the person, if a hint tells it."""
    if visit.place.tenant is not None:
        return visit.place.tenant
    for hint in HINTS:
        domain = visit.field(hint).rpartition("@")[2]
        if domain and NUL not in domain:
            found = await flows.granting.store.find_tenant(domain)
            if found is not None:
                return found
    return None


def write_path(segment: str, path: str, fields: Mapping[str, str]) -> str:
    """A path of ours with a query."""
    return f"/{segment}/{path}?{urlencode(fields)}"


def add_to_query(uri: str, fields: Mapping[str, str]) -> str:
    """A registered URI with more in its query."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(fields)}"


def ask_sign_in(flows: Flows, interaction: Interaction, segment: str) -> SendTo:
    """Sends the browser to the sign-in page, which sends it back."""
    first = interaction.tenant_id or segment
    return SendTo(write_path(first, SIGN_IN_PATH, {"ctx": flows.interactions.seal(interaction)}))


def without_prompt(fields: Mapping[str, str], *answered: str) -> Mapping[str, str]:
    """The fields of a request without the prompts that have been answered."""
    left = [one for one in fields.get("prompt", "").split() if one not in answered]
    kept = {name: value for name, value in fields.items() if name != "prompt"}
    return {**kept, "prompt": " ".join(left)} if left else kept
