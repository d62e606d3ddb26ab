"""How pages are made: their headers, and forms that nobody but our own pages can have sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.marks import Marks, make_secret
from timebound.identity.flows.redirects import write_source
from timebound.identity.flows.visits import Visit
from timebound.identity.pages.assets import write_address

FORM_TOKEN: Final = "form_token"  # noqa: S105 - the name of a field
_KIND: Final = "form"
_BROWSER: Final = "browser of a form"
_COOKIE: Final = "timebound-form"
_HEADERS: Final = {
    "cache-control": "no-store",
    # Not `no-referrer`, under which browsers do not say where a form comes from.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
_POLICY: Final = (
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


@dataclass(frozen=True, slots=True)
class PageVisit:
    """A browser that asks for a page or sends the form of one.

    `sent_from` and `site` are the headers `Origin` and `Sec-Fetch-Site`; `address` is where
    the client is, as far as guesses are counted.
    """

    visit: Visit
    is_post: bool = False
    sent_from: str = ""
    site: str = ""
    address: str = ""
    trace_id: str = ""
    correlation_id: str = ""

    def field(self, name: str) -> str:
        """A field, empty where it is not given."""
        return self.visit.field(name)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The way to sign out that stands on a page: where its form goes, and what it brings along."""

    action: str
    ctx: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is written: its template, what goes in, and where its forms may lead.

    Browsers hold the redirects after a form against the policy too: `leads_to` are the URLs of
    clients that such a chain may end at.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    leads_to: Sequence[str] = ()
    has_own_form: bool = True
    """Whether it has a form that comes back to us."""
    leaving: Leaving | None = None
    """How whoever is signed in signs out from here."""

    @property
    def comes_back(self) -> bool:
        """Whether any form of it comes back to us."""
        return self.has_own_form or self.leaving is not None


class Kit:
    """Writes pages."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._templates = Environment(
            loader=PackageLoader("timebound.identity.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = write_address

    def show(self, visit: PageVisit, page: Page, cookies: Sequence[str] = ()) -> Response:
        """The page, with a token for its forms that is bound to the browser."""
        secret, made = _find_secret(visit) if page.comes_back else ("", ())
        token = self._marks.mark(_KIND, secret)
        template = self._templates.get_template(f"{page.template}.html")
        text = template.render({**page.values, FORM_TOKEN: token, "leaving": page.leaving})
        headers = {**_HEADERS, "content-security-policy": _write_policy(page)}
        response = Response(text, page.status, headers, media_type="text/html")
        return add_cookies(response, (*made, *cookies))

    def recognize(self, visit: PageVisit) -> tuple[str, PageVisit, Sequence[str]]:
        """What tells a browser from any other, a visit that has it, and the cookie if it is new."""
        secret, made = _find_secret(visit)
        cookies = {**visit.visit.cookies, _name(visit): secret}
        known = replace(visit, visit=replace(visit.visit, cookies=cookies))
        return self._marks.mark(_BROWSER, secret), known, made

    def is_own_form(self, visit: PageVisit) -> bool:
        """Whether a form was sent by a page of ours in the same browser."""
        secret = visit.visit.cookies.get(_name(visit), "")
        is_ours = visit.sent_from in {"", visit.visit.origin}
        is_near = visit.site in {"", "same-origin"}
        given = visit.visit.fields.get(FORM_TOKEN, "")
        return is_ours and is_near and bool(secret) and self._marks.is_mark(given, _KIND, secret)


def go_on(address: str, cookies: Sequence[str] = ()) -> Response:
    """Sends the browser to a URL after a form, or in place of a page."""
    headers = {**_HEADERS, "referrer-policy": "no-referrer", "location": address}
    return add_cookies(Response(status_code=303, headers=headers), cookies)


def add_cookies(response: Response, cookies: Sequence[str]) -> Response:
    """The response with further `Set-Cookie` headers."""
    for one in cookies:
        response.headers.append("set-cookie", one)
    return response


def find_ends(interaction: Interaction) -> tuple[str, ...]:
    """Where the request that led to a page may send the browser in the end."""
    fields = dict(parse_qsl(urlsplit(interaction.back).query))
    found = (fields.get(name, "") for name in ("redirect_uri", "post_logout_redirect_uri"))
    return tuple(one for one in found if one)


def _write_policy(page: Page) -> str:
    sources = sorted({write_source(one) for one in page.leads_to} - {""})
    own = ["'self'"] if page.comes_back else []
    return "; ".join((*_POLICY, " ".join(("form-action", *(own + sources or ["'none'"])))))


def _find_secret(visit: PageVisit) -> tuple[str, tuple[str, ...]]:
    """The secret that the browser's forms are bound to, and the cookie if it is a new one."""
    known = visit.visit.cookies.get(_name(visit), "")
    if known:
        return known, ()
    made = make_secret()
    return made, (_write_cookie(visit, made),)


def _name(visit: PageVisit) -> str:
    return f"__Host-{_COOKIE}" if _is_secure(visit) else _COOKIE


def _write_cookie(visit: PageVisit, secret: str) -> str:
    secure = "; Secure" if _is_secure(visit) else ""
    return f"{_name(visit)}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _is_secure(visit: PageVisit) -> bool:
    return visit.visit.origin.startswith("https://")
