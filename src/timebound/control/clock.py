"""The test clock's door: what can be asked of the emulator's clock, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Final, Protocol

import msgspec

from timebound.control.answers import Answer, refuse, tell
from timebound.domain.times import Instant, add_span

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Between these the clock can be set: whatever lasts for centuries still ends before time does."""


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client may say; `now` and `advance` exclude each other."""

    now: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    advance: timedelta | None = None
    freeze: bool | None = None


class SteeredClock(Protocol):
    """The clock as the emulator lets it be moved."""

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        ...

    def now(self) -> Instant:
        """The instant on it."""
        ...

    def move_to(self, at: Instant, *, is_frozen: bool | None = None) -> bool:
        """Sets it ahead, to stand still there if `is_frozen`; False if that would be back."""
        ...

    def advance(self, span: timedelta, *, is_frozen: bool | None = None) -> bool:
        """Sets it ahead by a span, however short; False if that would be back."""
        ...

    def freeze(self) -> None:
        """Makes it stand still."""
        ...

    def thaw(self) -> None:
        """Lets it go on."""
        ...


class Emulation(Protocol):
    """What may be done to an emulator, and to nothing else."""

    @property
    def clock(self) -> SteeredClock:
        """The clock that can be moved."""
        ...

    async def move(self, change: Callable[[SteeredClock], bool]) -> bool:
        """Moves the clock once that is kept over a restart; False where the change refuses."""
        ...

    async def do_due(self) -> int:
        """Does everything that is due by the clock, in its order; answers how much is left.

        What was given up after all its tries is not counted.
        """
        ...

    async def reset(self, at: Instant | None, *, is_frozen: bool) -> None:
        """Makes everything as it was when seeded; the clock begins anew, at `at` if given."""
        ...


def show_clock(clock: SteeredClock) -> Answer:
    """The instant, and whether it stands still."""
    return tell({"now": _written(clock.now()), "isFrozen": clock.is_frozen})


async def move_clock(emulation: Emulation, content: bytes) -> Answer:
    """Sets, advances, freezes or thaws the clock; going back is refused with 409.

    What falls due on the way is done before the answer, in the order of its instants. Where some of
    it cannot be done for as long as it is waited for, the answer is 503, and the clock is moved.
    """
    body = _read(content)
    if not isinstance(body, Body):
        return body
    clock = emulation.clock
    at = _asked(body, clock.now())
    if at is not None and at > LATEST:
        return refuse(400, "InvalidTime", f"`now` and `advance` end before {_written(LATEST)}.")
    if not await emulation.move(partial(_move, body)):
        return refuse(
            409,
            "ClockGoesForward",
            f"The clock is at {_written(clock.now())} and goes back only by POST reset.",
        )
    left = await emulation.do_due()
    if left:
        return refuse(
            503,
            "DueWorkLeft",
            f"The clock is at {_written(clock.now())}, and {left} of what is due by then is not "
            "done yet: it goes on being tried. `advance` of `PT0S` waits for it again.",
        )
    return show_clock(clock)


def _move(body: Body, clock: SteeredClock) -> bool:
    if body.now is not None:
        return clock.move_to(body.now.astimezone(UTC), is_frozen=body.freeze)
    if body.advance is not None:
        return clock.advance(body.advance, is_frozen=body.freeze)
    if body.freeze is not None:
        (clock.freeze if body.freeze else clock.thaw)()
    return True


async def reset(emulation: Emulation, content: bytes) -> Answer:
    """Goes back to the seed; `now` and `freeze` say how the clock begins."""
    body = _read(content or b"{}")
    if not isinstance(body, Body):
        return body
    if body.advance is not None:
        return refuse(400, "InvalidBody", "`advance` cannot be asked of a reset.")
    at = _asked(body, emulation.clock.now())
    await emulation.reset(at, is_frozen=bool(body.freeze))
    return show_clock(emulation.clock)


def _read(content: bytes) -> Body | Answer:
    try:
        body = msgspec.json.decode(content, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return refuse(400, "InvalidBody", f"The body cannot be read: {error}")
    if body.now is not None and body.advance is not None:
        return refuse(400, "InvalidBody", "Either `now` or `advance`, not both.")
    if body.now is not None and not EARLIEST <= body.now <= LATEST:
        bounds = f"{_written(EARLIEST)} and {_written(LATEST)}"
        return refuse(400, "InvalidTime", f"`now` lies between {bounds}.")
    return body


def _asked(body: Body, now: Instant) -> Instant | None:
    if body.now is not None:
        return body.now.astimezone(UTC)
    return None if body.advance is None else add_span(now, max(body.advance, timedelta()))


def _written(at: Instant) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
