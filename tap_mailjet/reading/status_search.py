"""Find the parts of time in which the number of messages changed, with few counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_mailjet.reading.day_parts import Part

MAX_PAGES_UNSPLIT = 2
"""A range with this many pages is read without further counts, if some of its parts changed."""
MAX_BUSY_PAGES_UNSPLIT = 15
"""The same, if there are changes enough for each part: most counts would then save nothing."""


def find_changed_parts(
    parts: Sequence[Part],
    change: int,
    *,
    count_change: Callable[[Sequence[Part]], int],
    pages: Callable[[Sequence[Part]], float],
) -> list[Part]:
    """Return parts that contain all changes of one number.

    The newest third is counted apart, because most changes are recent. The change of the rest
    follows from it.

    Args:
        parts: Contiguous parts, oldest first.
        change: How much the number has changed in all parts; not 0. The number has changed in the
            same direction in each part.
        count_change: Counts, and returns how much the number has changed in some parts.
        pages: Returns the number of pages to read for some parts.
    """
    limit = MAX_PAGES_UNSPLIT if abs(change) < len(parts) else MAX_BUSY_PAGES_UNSPLIT
    if len(parts) == 1 or pages(parts) <= limit:
        return [*parts]
    cut = len(parts) - max(1, len(parts) // 3)
    older, newer = parts[:cut], parts[cut:]
    in_newer = count_change(newer)
    in_older = change - in_newer
    if min(in_newer * change, in_older * change) < 0:
        return [*parts]  # the numbers change while they are counted, or the counts are wrong
    return [
        part
        for half, in_half in ((older, in_older), (newer, in_newer))
        if in_half
        for part in find_changed_parts(half, in_half, count_change=count_change, pages=pages)
    ]
