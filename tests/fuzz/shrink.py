"""Makes a failing case smaller, as long as it fails in the same way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.fuzz.maker import Size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fuzz.case import Case, Night

NEEDED = ("page_size", "counter_source", "counter_timing", "counter_resolution")
_PLAIN: dict[str, Any] = {
    "ending": None,
    "shape": "",
    "batch": 0,
    "deselected": {},
    "growth": 0,
    "campaigns": (),
    "wants_all": False,
}


def shrink(case: Case, fails: Callable[[Case], bool], *, tries: int = 100) -> Case:
    """Return the smallest case that is found within `tries` tries.

    Args:
        case: one that fails.
        fails: plays a case, and returns True if it fails in the same way.
        tries: the maximum number of cases to play.
    """
    is_smaller = True
    while is_smaller and tries > 0:
        is_smaller = False
        for candidate in _simpler(case):
            tries -= 1
            if fails(candidate):
                case, is_smaller = candidate, True
                break
            if tries <= 0:
                break
    return case


def _simpler(case: Case) -> Iterator[Case]:
    if not case.inline:
        yield replace(case, inline=True)
    for place in range(len(case.nights) - 1):  # the last one is where it shows
        yield replace(case, nights=(*case.nights[:place], *case.nights[place + 1 :]))
    if len(case.nights) > 1:
        yield replace(case, nights=case.nights[:-1])
    for name in case.behaviour.odd:
        odd = {key: value for key, value in case.behaviour.odd.items() if key != name}
        yield replace(case, behaviour=replace(case.behaviour, odd=odd))
    streams = {stream for night in case.nights for stream in night.streams}
    for stream in sorted(streams):
        if len(streams) > 1:
            yield _without(case, stream)
    for place, night in enumerate(case.nights):
        for simpler in _simpler_nights(night):
            yield replace(case, nights=(*case.nights[:place], simpler, *case.nights[place + 1 :]))
    yield from _smaller_accounts(case)


def _without(case: Case, stream: str) -> Case:
    nights = [
        replace(night, streams=tuple(one for one in night.streams if one != stream))
        for night in case.nights
    ]
    return replace(case, nights=tuple(nights))


def _simpler_nights(night: Night) -> Iterator[Night]:
    for place in range(len(night.faults)):
        yield replace(night, faults=(*night.faults[:place], *night.faults[place + 1 :]))
    if night.changes:
        yield replace(night, changes=())
    for place in range(len(night.changes)):
        yield replace(night, changes=(*night.changes[:place], *night.changes[place + 1 :]))
    for name, plain in _PLAIN.items():
        if getattr(night, name) != plain:
            yield replace(night, **{name: plain})
    for name in night.config:
        is_needed = "counter_source" in night.config and name == "start_date"
        if name not in NEEDED and not is_needed:
            config = {key: value for key, value in night.config.items() if key != name}
            yield replace(night, config=config)


def _smaller_accounts(case: Case) -> Iterator[Case]:
    small, size = Size(contacts=1, campaigns=1, messages=1, events=1, objects=1, span=1), case.size
    for name in ("contacts", "campaigns", "messages", "events", "objects", "burst"):
        least = getattr(small, name)
        value = getattr(size, name)
        for smaller in {least, (value + least) // 2}:
            if smaller < value:
                yield replace(case, size=replace(size, **{name: smaller}))
    if size.has_huge_ids:
        yield replace(case, size=replace(size, has_huge_ids=False))
