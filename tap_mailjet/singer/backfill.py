"""The unread part of a history that is read newest first, and its entry in the state.

`"backfill": {"end": t}` in the state of a stream means that rows before `t` are unread. The
bookmark then covers only the rows from `t` on. Both move only after the rows that they cover were
written.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_mailjet.timestamps import parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pendulum

KEY = "backfill"
"""The key of the entry in the state of a stream."""
END = "end"


class Mark(NamedTuple):
    """What is complete after a number of rows.

    Attributes:
        rows: The number of rows of this sync, from its first row on.
        end: The new end of the unread part; None if nothing is unread.
        newest: The newest timestamp of the rows since the last mark, None if there were no rows.
        is_regular: True if these rows are the regular range of the sync, not part of the backfill.
    """

    rows: int
    end: pendulum.DateTime | None
    newest: str | None
    is_regular: bool = False


class Backfill:
    """The marks of a read, in order, until their rows were written.

    The read runs ahead of the writing by up to a batch. It therefore only sets marks. The stream
    takes the marks whose rows were written.

    Attributes:
        begins_after: The number of rows before the backfill; None if it has not begun.
    """

    def __init__(self) -> None:
        self.begins_after: int | None = None
        self._marks: deque[Mark] = deque()
        self._is_frozen = False

    def add(self, mark: Mark) -> None:
        """Add a mark after the last row that the read has yielded."""
        self._marks.append(mark)

    def take(self, rows: int) -> list[Mark]:
        """Remove and return the marks whose rows were written.

        Args:
            rows: The number of rows that were written.
        """
        taken = []
        while not self._is_frozen and self._marks and self._marks[0].rows <= rows:
            taken.append(self._marks.popleft())
        return taken

    def freeze(self) -> None:
        """Keep the end where it is, because a child stream failed for a row of the backfill.

        All following rows of the backfill are older, so that the next sync reads them again.
        """
        self._is_frozen = True

    def has_row(self, number: int) -> bool:
        """Return True if a row belongs to the backfill; rows are numbered from 1."""
        return self.begins_after is not None and number > self.begins_after


def unread_end(state: Mapping[str, Any]) -> pendulum.DateTime | None:
    """Return the end of the unread part, None if nothing is unread."""
    entry = state.get(KEY)
    return parse_instant(str(entry[END])).start_of("second") if entry else None


def set_unread_end(state: dict[str, Any], end: pendulum.DateTime | None) -> None:
    """Set the end of the unread part; None if nothing is unread."""
    if end is None:
        state.pop(KEY, None)
    else:
        state[KEY] = {END: to_wire(end)}  # one assignment, which a signal cannot split


def find_problem(entry: object, now: pendulum.DateTime) -> str | None:
    """Return why a value cannot be the entry in the state, or None if it can."""
    if not (isinstance(entry, dict) and entry.keys() == {END}):
        return f'{KEY} in the state must be an object with the key "{END}", not {entry!r}'
    try:
        end = parse_instant(str(entry[END]))
    except (ValueError, OverflowError):
        return f"the end of {KEY} in the state, {entry[END]!r}, is not a timestamp"
    # A day is more than clocks differ.
    if end > now.add(days=1):
        return f"the end of {KEY} in the state, {entry[END]!r}, is in the future"
    return None
