"""Who a stranger says to be, and how far that is taken at its word."""

from collections.abc import Mapping
from typing import Any, Final

from timebound.application.strangers import Arrival
from timebound.domain.ids import TenantId
from timebound.domain.strangers import Stranger, Voucher
from timebound.identity.federation_rules import PeopleRules
from timebound.identity.outgoing.verifying import Foreign

_LONGEST_NAME: Final = 256


def read_arrival(
    tenant_id: TenantId, rules: PeopleRules, foreign: Foreign, signed_in: str | None = None
) -> Arrival:
    """Somebody whose token was verified; `signed_in` is whose account they have proved to have.

    Only these claims are read: subject, the one that matches, name and address. What a token says
    about tenants, roles, groups or permissions is somebody else's affair.
    """
    linked = rules.links.get(foreign.claims.sub)
    name = linked or _read_name(rules, foreign.all)
    is_proved = name is not None and signed_in is not None and name.lower() == signed_in.lower()
    is_certain = linked is not None or rules.is_authoritative or is_proved
    is_addressed = _is_true(foreign.all.get("email_verified"))
    return Arrival(
        tenant_id,
        Stranger(foreign.claims.iss, foreign.claims.sub),
        name,
        Voucher(is_certain, rules.is_creating and linked is None),
        display_name=_read_text(foreign.all, "name") or "",
        mail=_read_text(foreign.all, "email") if is_addressed else None,
    )


def _read_name(rules: PeopleRules, claims: Mapping[str, Any]) -> str | None:
    """The name that a token gives, if it is verified and of a domain that its issuer speaks for."""
    name = None if rules.match is None else _read_text(claims, rules.match)
    # Other letters become these when they are made small: a name of ours is none of theirs.
    if name is None or not name.isascii():
        return None
    is_verified = rules.verified_by is None or _is_true(claims.get(rules.verified_by))
    return name if is_verified and name.rpartition("@")[2].lower() in rules.domains else None


def _is_true(claim: object) -> bool:
    # Some issuers write truth in letters.
    return claim is True or claim == "true"


def _read_text(claims: Mapping[str, Any], name: str) -> str | None:
    text = claims.get(name)
    is_text = isinstance(text, str) and 0 < len(text) <= _LONGEST_NAME and text.isprintable()
    return text if isinstance(text, str) and is_text else None
