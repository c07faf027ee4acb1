"""Checks of the state of an earlier sync: an unusable one would read everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.singer.bookmark_settings import KEY, find_problem
from tap_mailjet.singer.input_files import InputFileError
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    import pendulum


class StateError(InputFileError):
    """A state that cannot be one; going on would read everything again, in silence."""


def check_state(state: object) -> None:
    """Refuse what cannot be the state of an earlier sync.

    Raises:
        StateError: it is not of the form that this tap writes.
    """
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    if state != {} and not isinstance(bookmarks, dict):
        message = (
            "The state is not one that this tap wrote: it must be an object with the key "
            '"bookmarks", as in the value of the last STATE message.'
        )
        raise StateError(message)


def check_bookmark(name: str, bookmark: object, now: pendulum.DateTime) -> None:
    """Refuse what cannot be the bookmark of one of our streams.

    Raises:
        StateError: going on from it would lose rows, or read all of them anew in silence.
    """
    remedy = "Correct it, or take the stream out of the state to read it from start_date."
    if not isinstance(bookmark, dict):
        message = f"{name}: the state must have an object, not {bookmark!r}. {remedy}"
        raise StateError(message)
    if "partitions" in bookmark:
        message = f"{name}: the state has partitions, which no stream of this tap has. {remedy}"
        raise StateError(message)
    if problem := find_problem(bookmark.get(KEY, {})):
        message = f"{name}: {problem}. {remedy}"
        raise StateError(message)
    value = bookmark.get("replication_key_value")
    if value is None:
        return
    try:
        instant = parse_instant(str(value))
    except (ValueError, OverflowError):
        message = f"{name}: the bookmark in the state, {value!r}, is not a timestamp. {remedy}"
        raise StateError(message) from None
    # A day is more than clocks differ by.
    if instant > now.add(days=1):
        message = f"{name}: the bookmark in the state, {value!r}, lies in the future. {remedy}"
        raise StateError(message)
