"""Id tokens that clients give back to tell whom they mean."""

import msgspec

from timebound.application.tokens import TokenFault
from timebound.identity.keys import KeyRing
from timebound.identity.verify import open_signed


class IdHint(msgspec.Struct, frozen=True):
    """Of whom an id token of ours speaks, and to which client it was given."""

    aud: str
    tid: str
    oid: str


async def read_id_hint(keys: KeyRing, token: str) -> IdHint | None:
    """What the id token says; one that is over still says it (OpenID Connect, RP-Initiated Logout).

    An access token is none: nobody but its API has it.
    """
    content = await open_signed(keys, token) if token else TokenFault.MISSING
    if isinstance(content, TokenFault):
        return None
    try:
        told = msgspec.json.decode(content, type=_Told)
    except msgspec.DecodeError:
        return None
    return None if told.idtyp or told.scp else IdHint(told.aud, told.tid, told.oid)


class _Told(IdHint, frozen=True):
    """The claims by which access tokens are told apart."""

    idtyp: str = ""
    scp: str = ""
