"""Custom extensions: which APIs of the tenant's own can be asked, and how.

An extension is called by whoever serves the tenant, with a token for it. So it can only name an
`https` address, and only a resource that is an application at that very host: nobody gets tokens
for the API of somebody else by it. Sources: Graph, roleManagementCustomCalloutExtension; "Configure
custom extensions for PIM role activation".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.evaluations import Stage
from timebound.domain.ids import ApplicationId
from timebound.domain.licensing import check_license
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.requirements import Operation
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

MOST_EXTENSIONS: Final = 100
"""As many a tenant can have: a list tells all of them."""
LONGEST_TIMEOUT: Final = 30_000
"""Milliseconds; how long a call may take is not published."""
MOST_RETRIES: Final = 10
_LONGEST_NAME: Final = 256
_LONGEST_TEXT: Final = 4_000
_MOST_ATTRIBUTES: Final = 100
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TARGET: Final = "endpointConfiguration/targetUrl"
_RESOURCE: Final = "authenticationConfiguration/resourceId"
_TIMEOUT: Final = "clientConfiguration/timeoutInMilliseconds"
_RETRIES: Final = "clientConfiguration/maximumRetries"


class ExtensionResource(Enum):
    """What an extension can be asked about."""

    GROUPS = "entraGroups"
    ROLES = "entraRoles"
    AZURE = "azureResources"


_KINDS: Final = {
    ScopeKind.GROUP: ExtensionResource.GROUPS,
    ScopeKind.DIRECTORY: ExtensionResource.ROLES,
    ScopeKind.AZURE: ExtensionResource.AZURE,
}


@dataclass(frozen=True, slots=True)
class CustomExtension:
    """An API that can be asked; without a `stage` it can be asked at both."""

    id: str
    display_name: str
    target_url: str
    resource_id: str
    resource: ExtensionResource
    stage: Stage | None = None
    description: str | None = None
    timeout: int = 10_000
    """Milliseconds that an answer may take."""
    retries: int = 3
    """How often it is asked again after a call that failed."""
    attributes: tuple[str, ...] = ()
    """Names that are kept and told; nothing is published about what they do."""

    @property
    def application_id(self) -> ApplicationId:
        """The application that the API is: its id is the last part of the resource."""
        return ApplicationId(self.resource_id.rpartition("/")[2].lower())

    def fits(self, stage: Stage, kind: ScopeKind) -> bool:
        """Whether it can be asked at the stage about what is held at scopes of the kind."""
        return self.stage in (None, stage) and self.resource is _KINDS.get(kind)


@dataclass(frozen=True, slots=True)
class ExtensionFacts:
    """What a change of extensions rests on: who makes it, the one meant, and how many there are.

    With `has_loopback` the service may call the machine that it runs on, without TLS.
    """

    caller: Caller
    extension: CustomExtension | None = None
    count: int = 0
    has_loopback: bool = False


def decide_registration(
    facts: ExtensionFacts, asked: CustomExtension, at: Instant
) -> CustomExtension | Refused:
    """The new extension; refused where its id is taken or there are as many as there can be."""
    if problems := _check_access(facts, at):
        return Refused(problems)
    unmet = [*_check(facts, asked)]
    if facts.extension is not None:
        unmet.append(Problem(Code.OBJECT_CONFLICTS, property="id", value=asked.id))
    if facts.count >= MOST_EXTENSIONS:
        unmet.append(Problem(Code.QUOTA_EXCEEDED))
    return Refused(in_order(unmet)) if unmet else asked


def decide_extension_change(
    facts: ExtensionFacts, changed: CustomExtension | None, at: Instant
) -> CustomExtension | Refused:
    """The extension as it is from now on; `changed` is none where there is none with the id."""
    if problems := _check_access(facts, at):
        return Refused(problems)
    if changed is None:
        return Refused((Problem(Code.OBJECT_NOT_FOUND),))
    unmet = tuple(_check(facts, changed))
    return Refused(in_order(unmet)) if unmet else changed


def _check_access(facts: ExtensionFacts, at: Instant) -> tuple[Problem, ...]:
    problems = authorize(Operation.CHANGE_CUSTOM_EXTENSIONS, facts.caller)
    return problems or check_license(facts.caller.settings, at)


def _check(facts: ExtensionFacts, asked: CustomExtension) -> Iterator[Problem]:
    if not asked.display_name.strip():
        yield _refuse("displayName", Reason.MISSING)
    yield from _check_text("displayName", asked.display_name, _LONGEST_NAME)
    yield from _check_text("description", asked.description or "", _LONGEST_TEXT)
    host = _find_host(asked.target_url, has_loopback=facts.has_loopback)
    if host is None:
        yield _refuse(_TARGET, Reason.UNKNOWN_VALUE, asked.target_url)
    elif not _is_resource_at(asked.resource_id, host):
        yield _refuse(_RESOURCE, Reason.UNKNOWN_VALUE, asked.resource_id)
    if not 0 < asked.timeout <= LONGEST_TIMEOUT:
        yield _refuse(_TIMEOUT, Reason.UNKNOWN_VALUE, str(asked.timeout))
    if not 0 <= asked.retries <= MOST_RETRIES:
        yield _refuse(_RETRIES, Reason.UNKNOWN_VALUE, str(asked.retries))
    if len(asked.attributes) > _MOST_ATTRIBUTES:
        yield _refuse("customAttributes", Reason.TOO_MANY)
    for name in asked.attributes:
        yield from _check_text("customAttributes", name, _LONGEST_NAME)


def _check_text(name: str, text: str, longest: int) -> Iterator[Problem]:
    if len(text) > longest:
        yield _refuse(name, Reason.TOO_LONG)


def _find_host(url: str, *, has_loopback: bool) -> str | None:
    """The host that a URL calls; none for what cannot be called."""
    parts = _split(url)
    if parts is None or parts.username is not None or parts.fragment or not parts.hostname:
        return None
    is_near = has_loopback and parts.scheme == "http" and _is_loopback(parts.hostname)
    return parts.hostname if parts.scheme == "https" or is_near else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_resource_at(resource: str, host: str) -> bool:
    """Whether it is `api://{host}/{application id}`, which nothing of this service's own is."""
    parts = _split(resource)
    if parts is None or (parts.scheme, parts.hostname) != ("api", host) or parts.query:
        return False
    named = parts.path.rpartition("/")[2]
    return not parts.fragment and parts.username is None and _GUID.fullmatch(named) is not None


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; none for what is none, or has what no URL can have."""
    if len(url) > _LONGEST_TEXT or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        # What is no number is no port.
        _port: Any = parts.port
    except ValueError:
        return None
    return parts


def _refuse(name: str, reason: Reason, value: str | None = None) -> Problem:
    return Problem(Code.PROPERTY_REFUSED, reason=reason, property=name, value=value)
