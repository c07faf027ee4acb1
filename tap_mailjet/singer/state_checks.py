"""Check the state of an earlier sync; an unusable state would cause a full read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.config.other_taps import stream_hint
from tap_mailjet.singer import backfill
from tap_mailjet.singer.bookmark_settings import KEY, find_problem
from tap_mailjet.singer.counted_state import find_counted_problem
from tap_mailjet.singer.input_files import InputFileError
from tap_mailjet.singer.resume_clocks import find_clock_problem
from tap_mailjet.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pendulum


class StateError(InputFileError):
    """An invalid state, which would cause a full read without a message."""


def check_state(state: object) -> None:
    """Check that a value has the form of a state.

    Raises:
        StateError: The state is not of the form that this tap writes.
    """
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    if state != {} and not isinstance(bookmarks, dict):
        message = (
            "The state is not one that this tap wrote: it must be an object with the key "
            '"bookmarks", as in the value of the last STATE message.'
        )
        raise StateError(message)


def check_bookmarks(
    bookmarks: Mapping[str, object], streams: Collection[str], now: pendulum.DateTime
) -> list[str]:
    """Check the bookmarks, and return the names that are not streams of this tap.

    Raises:
        StateError: The state is that of another tap, or a bookmark is not usable.
    """
    foreign = []
    for name, bookmark in bookmarks.items():
        if name in streams or not isinstance(bookmark, dict):
            check_bookmark(name, bookmark, now)
        else:
            foreign.append(name)
    if foreign and len(foreign) == len(bookmarks):
        hint = stream_hint(foreign[0], streams)
        message = (
            f"The state is one of another tap: it has bookmarks for {', '.join(foreign[:5])}, and "
            f"for no stream of this tap.{hint} To read from start_date, run without a state."
        )
        raise StateError(message)
    return foreign


def check_bookmark(name: str, bookmark: object, now: pendulum.DateTime) -> None:
    """Check that a value can be the bookmark of a stream.

    Raises:
        StateError: A sync would lose rows, or read all rows again without a message.
    """
    remedy = "Correct it, or remove the stream from the state to read it from start_date."
    if not isinstance(bookmark, dict):
        message = f"{name}: the entry in the state must be an object, not {bookmark!r}. {remedy}"
        raise StateError(message)
    if "partitions" in bookmark:
        message = f"{name}: the state has partitions, which no stream of this tap has. {remedy}"
        raise StateError(message)
    if problem := find_problem(bookmark.get(KEY, {})):
        message = f"{name}: {problem}. {remedy}"
        raise StateError(message)
    if backfill.KEY in bookmark and (problem := backfill.find_problem(bookmark[backfill.KEY], now)):
        message = f"{name}: {problem}. {remedy}"
        raise StateError(message)
    if problem := find_counted_problem(bookmark):
        message = f"{name}: {problem}"
        raise StateError(message)
    if problem := find_clock_problem(bookmark, now):
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
    # A day is more than clocks differ.
    if instant > now.add(days=1):
        message = f"{name}: the bookmark in the state, {value!r}, is in the future. {remedy}"
        raise StateError(message)
