"""A visit to the page for signing in, and what its steps have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from timebound.application.ports import TenantRecord
from timebound.domain.ids import TenantId
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.sessions import Begun, Present
from timebound.identity.flows.visits import SIGN_IN_PATH, write_path
from timebound.identity.pages.kit import Leaving, Page, PageVisit, find_ends, go_on
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.problems import Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """A visit to the page: what it is for, and who is signed in already."""

    pages: Pages
    visit: PageVisit
    interaction: Interaction
    present: Present | None = None

    @property
    def sealed(self) -> str:
        """The interaction for a form or a URL."""
        return self.pages.flows.interactions.seal(self.interaction)

    def show(
        self,
        template: str,
        trouble: str = "",
        cookies: Sequence[str] = (),
        **values: Any,  # noqa: ANN401 - what templates take
    ) -> Response:
        """A page of this sign-in."""
        common = {
            "ctx": self.sealed,
            "trouble": trouble,
            "application_name": self.interaction.application_name,
        }
        status = 400 if trouble else 200
        ends, leaving = find_ends(self.interaction), self._offer_leaving()
        page = Page(template, {**common, **values}, status, ends, leaving=leaving)
        return self.pages.kit.show(self.visit, page, cookies)

    def _offer_leaving(self) -> Leaving | None:
        if self.present is None:
            return None
        return self.pages.offer_leaving(self.present.session.tenant_id, self.present.user.id)

    @property
    def tenant(self) -> TenantRecord | None:
        """The tenant of the path, or the only one there is."""
        return self.visit.visit.place.tenant

    def refuse(self, refusal: Refusal) -> Response:
        """The page that says why it ends here."""
        return show_trouble(self.pages, self.visit, refusal)

    def settle(self, tenant_id: TenantId) -> str:
        """Where this page is judged anew, under the tenant that is known by now."""
        known = replace(self.interaction, tenant_id=tenant_id, chooses_account=False)
        ctx = self.pages.flows.interactions.seal(known)
        return write_path(tenant_id, SIGN_IN_PATH, {"ctx": ctx})

    def go_back_here(self, begun: Begun, tenant_id: TenantId, *cookies: str) -> Response:
        """Judges anew what has just been shown; goes on at once where nothing is lacking."""
        is_done = self.interaction.is_satisfied_by(begun.present.who)
        target = self.interaction.back_in(tenant_id) if is_done else self.settle(tenant_id)
        return go_on(target, (begun.cookie, *cookies))
