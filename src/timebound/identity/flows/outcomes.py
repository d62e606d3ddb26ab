"""What a browser is answered, before it is made a page or a redirect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from timebound.identity.problems import Refusal


@dataclass(frozen=True, slots=True)
class SendTo:
    """The browser goes to a URL: of ours, or exactly what a client has registered.

    `cookies` are headers that go with it.
    """

    url: str
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostTo:
    """The browser posts fields to a registered URL (`response_mode=form_post`)."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Somebody is asked whether an application may have permissions.

    `ctx` is the sealed interaction that the answer brings back. Where `needs_administrator`, who is
    signed in cannot give them; where `may_decide_for_all`, they can for everybody; where
    `is_for_everybody`, nothing else is asked (the administrators' endpoint).
    """

    ctx: str
    application_name: str
    user_name: str
    delegated: tuple[str, ...]
    application: tuple[str, ...] = ()
    needs_administrator: bool = False
    may_decide_for_all: bool = False
    is_for_everybody: bool = False


@dataclass(frozen=True, slots=True)
class AskSignOut:
    """Somebody is asked whether they mean to sign out; `ctx` is brought back by the answer."""

    ctx: str
    user_name: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where somebody signs out of the provider as well that they came from, and its name."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody is signed in here any more, and there is nowhere to go on to."""

    cookies: tuple[str, ...] = ()
    elsewhere: WayOut | None = None


@dataclass(frozen=True, slots=True)
class ShowTrouble:
    """What is wrong can be told to nobody but the person in front of the browser."""

    refusal: Refusal


Outcome: TypeAlias = SendTo | PostTo | AskConsent | AskSignOut | SignedOut | ShowTrouble
