"""Version 1 of the token endpoint, in the words of version 2 and back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from timebound.identity.flows.parts import Flows
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.grants import SIGN_IN_GRANTS, grant_token
from timebound.identity.problems import Fault, Refusal
from timebound.identity.versions import Version

_ABOUT_SIGN_IN: Final = frozenset({"openid", "profile", "email", "offline_access"})


async def grant_legacy_token(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """The answer of `/oauth2/token`, where a client names a resource instead of scopes."""
    resource = require(ask.form, "resource")
    if isinstance(resource, Refusal):
        return resource
    if resource.split() != [resource]:
        return Refusal(Fault.RESOURCE_UNKNOWN, resource)
    about = [one for one in ask.form.get("scope", "").split() if one.lower() in _ABOUT_SIGN_IN]
    if ask.form.get("grant_type") in SIGN_IN_GRANTS:
        # quirk(identity): version 1 gives an id token and a refresh token to whoever had somebody
        # sign in, without being asked - OAuth 2.0 on the v1.0 endpoint: authorization code
        about = list(dict.fromkeys((*about, "openid", "offline_access")))
    form = {**ask.form, "scope": " ".join((f"{resource}/.default", *about))}
    answer = await grant_token(flows, replace(ask, form=form, version=Version.V1))
    if isinstance(answer, Refusal):
        return answer
    return _reword(flows.granting, answer, resource)


def _reword(granting: Granting, answer: Mapping[str, Any], resource: str) -> Mapping[str, Any]:
    now = granting.system.now()
    ends_at = now + timedelta(seconds=answer["expires_in"])
    # quirk(identity): version 1 writes numbers as texts - OAuth 2.0 on the v1.0 endpoint
    numbers = {
        "expires_in": str(answer["expires_in"]),
        "ext_expires_in": str(answer["ext_expires_in"]),
        "expires_on": str(int(ends_at.timestamp())),
        "not_before": str(int(now.timestamp())),
    }
    prefix = f"{resource.rstrip('/')}/"
    words = (word.removeprefix(prefix) for word in str(answer["scope"]).split())
    scope = " ".join(word for word in words if word.strip("/") != ".default")
    told = {**answer, **numbers, "resource": resource, "scope": scope}
    return told if scope else {name: value for name, value in told.items() if name != "scope"}
