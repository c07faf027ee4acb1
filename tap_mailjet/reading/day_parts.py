"""The number of delivered rows by category, for parts of time, and their form in the state.

The categories of messages are their statuses. Other rows have one category.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_mailjet.reading.time_windows import Window
from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pendulum

Counts = Counter[str]
"""The number of rows by category."""


@dataclass(frozen=True)
class Part:
    """A part of time, within one UTC day, and the number of delivered rows in it.

    Attributes:
        window: The part of time.
        counts: The number of rows by their delivered category.
    """

    window: Window
    counts: Counts


def sum_counts(parts: Iterable[Part]) -> Counts:
    """Return the number of rows by category of several parts."""
    return sum((part.counts for part in parts), Counts())


def merge_parts(parts: Iterable[Part]) -> list[Part]:
    """Return parts in order; adjacent parts of the same UTC day become one."""
    merged: list[Part] = []
    for part in sorted(parts, key=lambda part: part.window.start):
        last = merged[-1] if merged else None
        start, end = part.window.start, part.window.end
        if last and last.window.end == start and last.window.start.date() == start.date():
            merged[-1] = Part(Window(last.window.start, end), last.counts + part.counts)
        else:
            merged.append(part)
    return merged


def uncovered(needed: Window, parts: Iterable[Part]) -> list[Window]:
    """Return the windows of a range that no part covers; the parts are in order."""
    gaps, start = [], needed.start
    for part in parts:
        if part.window.start > start:
            gaps.append(Window(start, min(part.window.start, needed.end)))
        start = max(start, part.window.end)
    return [*gaps, Window(start, needed.end)] if start < needed.end else gaps


def joined(parts: Iterable[Part]) -> list[Window]:
    """Return the windows of parts, in order; adjacent windows become one."""
    windows: list[Window] = []
    for part in parts:
        if windows and windows[-1].end == part.window.start:
            windows[-1] = Window(windows[-1].start, part.window.end)
        else:
            windows.append(part.window)
    return windows


def days(window: Window) -> Iterator[Window]:
    """Split a window at each midnight in UTC."""
    start = window.start
    while start < window.end:
        end = min(start.start_of("day").add(days=1), window.end)
        yield Window(start, end)
        start = end


def parts_to_state(parts: Sequence[Part]) -> list[list[Any]]:
    """Return parts as JSON values for the state."""
    return [
        [to_wire(part.window.start), to_wire(part.window.end), dict(+part.counts)] for part in parts
    ]


def parts_from_state(value: object) -> list[Part]:
    """Read the parts from a state.

    Raises:
        ValueError: The value is not in the form of `parts_to_state`; the message says why.
    """
    if not isinstance(value, list):
        message = f"the parts must be a list, not {value!r}"
        raise ValueError(message)  # noqa: TRY004 - the state is wrong, not the type
    parts: list[Part] = []
    for item in value:
        part = _part_from_state(item)
        if parts and part.window.start < parts[-1].window.end:
            message = f"the part {item!r} begins before the end of the previous part"
            raise ValueError(message)
        parts.append(part)
    return parts


def _part_from_state(item: object) -> Part:
    message = f"{item!r} is not a start, an end and the number of rows by category"
    if not (isinstance(item, list) and [*map(type, item)] == [str, str, dict]):
        raise ValueError(message)
    start, end, counts = item
    if not all(type(number) is int and number >= 0 for number in counts.values()):
        raise ValueError(message)
    window = Window(_second(start), _second(end))
    if not window.start < window.end or [*days(window)] != [window]:
        message = f"{window} is not a part of one UTC day"
        raise ValueError(message)
    return Part(window, Counts(counts))


def _second(text: str) -> pendulum.DateTime:
    return parse_instant(text).start_of("second")
