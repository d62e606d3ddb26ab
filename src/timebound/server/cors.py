"""What browsers may do: pages of other origins call the APIs, with tokens of their own only.

Cookies count only where people sign in, and `credentials` are never allowed to other origins, so
that a page gains nothing by its visitor.
"""

from collections.abc import Awaitable
from typing import Final

from starlette.middleware.cors import CORSMiddleware

from timebound.server.asgi import App, Middleware, Receive, Scope, Send

_MAX_AGE: Final = 3600
"""Seconds for which a browser remembers what it was allowed."""
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED: Final = (
    "Authorization",
    "ConsistencyLevel",
    "If-Match",
    "If-None-Match",
    "Prefer",
    # ids and tracing
    "client-request-id",
    "return-client-request-id",
    "traceparent",
    "tracestate",
    "x-ms-client-request-id",
    "x-ms-client-session-id",
    "x-ms-correlation-request-id",
    "x-ms-return-client-request-id",
    # what the SDKs tell of themselves
    "HostOs",
    "RuntimeEnvironment",
    "SdkVersion",
    "X-AnchorMailbox",
    "x-app-name",
    "x-app-ver",
    "x-client-CPU",
    "x-client-OS",
    "x-client-SKU",
    "x-client-Ver",
    "x-client-current-telemetry",
    "x-client-last-telemetry",
    "x-ms-command-name",
    "x-ms-effective-locale",
    "x-ms-lib-capability",
    "x-ms-useragent",
    "X-Requested-With",
)
_EXPOSED: Final = (
    "Allow",
    "client-request-id",
    "ETag",
    "Location",
    "OData-Version",
    "Preference-Applied",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "request-id",
    "Retry-After",
    "WWW-Authenticate",
    "x-ms-correlation-request-id",
    "x-ms-request-id",
)


def answer_browsers(origins: tuple[str, ...]) -> Middleware:
    """Answers preflights, and tells browsers whose pages may read an answer.

    A request that names no `Origin` comes from no page and goes straight on.
    """

    def layer(app: App) -> App:
        browsers = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
            max_age=_MAX_AGE,
        )

        def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            for name, _ in scope["headers"]:
                if name == b"origin":
                    return browsers(scope, receive, send)
            return app(scope, receive, send)

        return choose

    return layer
