"""What a browser is answered, as a response: a redirect, or a plain page."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Final

from starlette.responses import Response

from timebound.domain.times import Instant
from timebound.identity.flows.outcomes import (
    AskConsent,
    AskSignOut,
    Outcome,
    PostTo,
    SendTo,
    SignedOut,
)
from timebound.identity.flows.redirects import write_source
from timebound.identity.problems import Refusal

_SUBMIT: Final = "document.forms[0].submit()"
_HASH: Final = b64encode(sha256(_SUBMIT.encode()).digest()).decode()
_HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def render(outcome: Outcome, trace_id: str, at: Instant) -> Response:
    """The response; whatever was sent is escaped, and nothing of it can run."""
    match outcome:
        case SendTo():
            response = Response(status_code=303, headers=dict(_HEADERS))
            response.headers["location"] = outcome.url
            return _with_cookies(response, outcome.cookies)
        case PostTo():
            return _post(outcome)
        case AskConsent():
            names = (*outcome.delegated, *outcome.application)
            return _page(f"{outcome.application_name}: {', '.join(names)}")
        case AskSignOut():
            return _page(f"Sign {outcome.user_name} out?")
        case SignedOut():
            return _with_cookies(_page("You are signed out."), outcome.cookies)
        case _:
            return _page(_tell(outcome.refusal, trace_id, at), 400)


def _tell(refusal: Refusal, trace_id: str, at: Instant) -> str:
    number = f"AADSTS{refusal.fault.number}"
    return f"{number}: {refusal.sentence} Trace ID: {trace_id} Timestamp: {at:%Y-%m-%d %H:%M:%SZ}"


def _post(outcome: PostTo) -> Response:
    inputs = "".join(_hide(name, value) for name, value in outcome.fields.items())
    form = (
        f'<form method="post" action="{escape(outcome.url)}">{inputs}'
        f"<button>Continue</button></form><script>{_SUBMIT}</script>"
    )
    policy = f"script-src 'sha256-{_HASH}'; form-action {write_source(outcome.url)}"
    return _document(form, policy, 200)


def _hide(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _page(text: str, status: int = 200) -> Response:
    return _document(f"<p>{escape(text)}</p>", "form-action 'none'", status)


def _document(body: str, policy: str, status: int) -> Response:
    html = f'<!doctype html><html lang="en"><title>Timebound</title><body>{body}</body></html>'
    policy = f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; {policy}"
    headers: Mapping[str, str] = {**_HEADERS, "content-security-policy": policy}
    return Response(html, status, dict(headers), media_type="text/html")


def _with_cookies(response: Response, cookies: tuple[str, ...]) -> Response:
    for one in cookies:
        response.headers.append("set-cookie", one)
    return response
