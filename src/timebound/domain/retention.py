"""Which places of a log have lost their content by retention, as events tell it."""

from collections.abc import Iterable, Sequence
from typing import Final

from timebound.domain.events import Fact
from timebound.domain.merkle import Stretch

PLACES: Final = "places"
"""Where an event of retention says which places: texts as 0-812, both ends included."""

_MOST_DIGITS: Final = 18


def join_places(places: Iterable[int]) -> tuple[Stretch, ...]:
    """The stretches that ascending places make."""
    found: list[Stretch] = []
    for place in places:
        if found and found[-1].end == place:
            found[-1] = Stretch(found[-1].start, place + 1)
        else:
            found.append(Stretch(place, place + 1))
    return tuple(found)


def write_places(stretches: Iterable[Stretch]) -> tuple[str, ...]:
    """Stretches as an event tells them."""
    return tuple(f"{one.start}-{one.end - 1}" for one in stretches)


def read_places(fact: Fact) -> tuple[Stretch, ...]:
    """Stretches as an event told them; what is none is passed over."""
    texts = fact if isinstance(fact, tuple) else ()
    read = (_read_stretch(text) for text in texts if isinstance(text, str))
    return tuple(one for one in read if one is not None)


def _read_stretch(text: str) -> Stretch | None:
    ends = text.split("-")
    is_read = len(ends) == 2 and all(  # noqa: PLR2004 - the two ends
        one.isascii() and one.isdecimal() and len(one) <= _MOST_DIGITS for one in ends
    )
    return Stretch(int(ends[0]), int(ends[1]) + 1) if is_read else None


def leave_out(stretches: Sequence[Stretch], covered: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """What of the ascending stretches is in none of the others, whichever order these have."""
    covers, passed, left = _merge(covered), 0, list[Stretch]()
    for one in stretches:
        start = one.start
        while passed < len(covers) and covers[passed].end <= start:
            passed += 1
        for place in range(passed, len(covers)):
            cover = covers[place]
            if cover.start >= one.end:
                break
            if start < cover.start:
                left.append(Stretch(start, cover.start))
            start = cover.end
        if start < one.end:
            left.append(Stretch(start, one.end))
    return tuple(left)


def _merge(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same places in ascending stretches that are apart."""
    merged: list[Stretch] = []
    for one in sorted(stretches, key=lambda stretch: stretch.start):
        if one.end <= one.start:
            continue
        if merged and one.start <= merged[-1].end:
            merged[-1] = Stretch(merged[-1].start, max(merged[-1].end, one.end))
        else:
            merged.append(one)
    return merged
