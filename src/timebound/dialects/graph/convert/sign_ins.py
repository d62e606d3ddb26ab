"""Sign-ins as they are answered."""

from collections.abc import Mapping
from typing import Final

from timebound.application.sign_in_log_ports import KeptSignIn, SignInKind
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.odata.dates import format_instant

_SECOND_FACTOR: Final = "mfa"
_METHODS: Final[Mapping[str, str]] = {
    "pwd": "Password",
    "otp": "OATH verification code",
    "fido": "Passkey",
    "hwk": "Passkey (device-bound)",
    "swk": "Passkey (synced)",
    "fed": "Federated",
}
_BLOCKED: Final = 53003
"""What access that the tenant blocks is told as."""
_NO_RISK: Final = {
    "riskDetail": "none",
    "riskLevelAggregated": "none",
    "riskLevelDuringSignIn": "none",
    "riskState": "none",
    "riskEventTypes_v2": (),
}


def show_sign_in(one: KeptSignIn, wording: Wording) -> dict[str, object]:
    """A signIn; where it came from on the map, and risks, are judged by nobody here."""
    shown: dict[str, object] = {
        "id": one.id,
        "createdDateTime": format_instant(one.at),
        "userDisplayName": one.user_name or "",
        "userPrincipalName": one.user_principal_name,
        "userId": one.user_id or "",
        "appId": one.app_id,
        "appDisplayName": one.app_name,
        "ipAddress": one.address,
        "clientAppUsed": one.client,
        "correlationId": one.correlation_id,
        "conditionalAccessStatus": "failure" if one.fault == _BLOCKED else "notApplied",
        "isInteractive": one.kind == SignInKind.INTERACTIVE.value,
        **_NO_RISK,
        "resourceDisplayName": one.resource_name,
        "resourceId": one.resource_id,
        "status": {
            "errorCode": one.fault,
            "failureReason": one.reason if one.fault else None,
            "additionalDetails": None,
        },
        "deviceDetail": {
            "deviceId": "",
            "displayName": None,
            "operatingSystem": None,
            "browser": None,
            "isCompliant": None,
            "isManaged": None,
            "trustType": None,
        },
        "location": {"city": None, "state": None, "countryOrRegion": None, "geoCoordinates": None},
        "appliedConditionalAccessPolicies": [],
    }
    if wording.is_beta:
        return shown | _show_more(one)
    return shown | {"riskEventTypes": ()}


def _show_more(one: KeptSignIn) -> dict[str, object]:
    is_strong = _SECOND_FACTOR in one.methods
    return {
        "signInEventTypes": [one.kind],
        "authenticationRequirement": (
            "multiFactorAuthentication" if is_strong else "singleFactorAuthentication"
        ),
        "authenticationDetails": [
            _show_step(one, number, name)
            for number, name in enumerate(_METHODS[way] for way in one.methods if way in _METHODS)
        ],
        "authenticationProtocol": one.protocol,
        "clientCredentialType": one.credential,
        "servicePrincipalId": one.account_id or "",
        "servicePrincipalName": one.app_name if one.account_id else None,
        "userAgent": one.agent,
    }


def _show_step(one: KeptSignIn, number: int, name: str) -> dict[str, object]:
    return {
        "authenticationStepDateTime": format_instant(one.at),
        "authenticationMethod": name,
        "authenticationMethodDetail": None,
        "succeeded": one.fault == 0,
        "authenticationStepResultDetail": one.reason or "Succeeded",
        "authenticationStepRequirement": (
            "Multifactor authentication" if number else "Primary authentication"
        ),
    }
