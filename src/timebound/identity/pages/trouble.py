"""The page that tells somebody what is wrong, where no application can be told."""

from typing import Final

from starlette.responses import Response

from timebound.identity.pages.kit import Page, PageVisit
from timebound.identity.pages.parts import Pages
from timebound.identity.problems import Refusal

_CHALLENGING: Final = 401


def show_trouble(pages: Pages, visit: PageVisit, refusal: Refusal) -> Response:
    """The refusal with what support needs to find it in the log."""
    at = pages.flows.granting.system.now()
    facts = {
        "Error": f"AADSTS{refusal.fault.number}",
        "Request id": visit.trace_id,
        "Correlation id": visit.correlation_id,
        "Time": f"{at:%Y-%m-%d %H:%M:%S}Z",
    }
    values = {"sentence": refusal.sentence, "facts": facts}
    # 401 would ask the browser for a password of its own kind.
    status = refusal.fault.status if refusal.fault.status != _CHALLENGING else 400
    return pages.kit.show(visit, Page("trouble", values, status, has_own_form=False))
