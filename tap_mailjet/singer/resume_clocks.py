"""Clocks in the state of a stream that are not bookmarks of its rows.

A bookmark says which rows have been read. A clock says up to when changes of these rows have been
followed: activity of campaigns, and events of messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant, to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pendulum

ACTIVITY = "activity"
"""The newest activity of a campaign that sent_campaigns and its children have followed."""
SEEN = "activity_seen"
"""The statistics that were seen with this activity, and since when they have not changed."""
TOUCHED = "touched"
"""The newest event of a message that message_events has followed."""
CLOCKS = (ACTIVITY, TOUCHED)


def resume_at(
    clock: str, *, lookback: pendulum.Duration, now: pendulum.DateTime
) -> pendulum.DateTime:
    """Return the instant from which changes are read again.

    Args:
        clock: The value in the state.
        lookback: How late a change may become visible.
        now: When the sync started.
    """
    at = min(parse_instant(clock), now).start_of("second")
    # An early time minus a long lookback could leave the calendar; a difference cannot.
    return at - lookback if at - EARLIEST_DATA > lookback else EARLIEST_DATA


def moved_to(before: str | None, newest: str | None, now: pendulum.DateTime) -> str | None:
    """Return the new value of a clock.

    A clock shows times of Mailjet's rows, not of this machine, whose clock may be ahead. A time in
    the future would skip the changes until then.

    Args:
        before: The value so far.
        newest: The newest time of a row that was followed.
        now: When the sync started.

    Returns:
        The value, None if there is no time yet.
    """
    known = [time for time in (before, newest) if time]
    return min(max(known), to_wire(now)) if known else None


def seen_since(entry: Mapping[str, object], digest: str) -> str | None:
    """Return since when statistics have not changed, None if they are new.

    Args:
        entry: The state of the stream.
        digest: The digest of the statistics.
    """
    seen = entry.get(SEEN)
    if not isinstance(seen, dict) or seen.get("rows") != digest:
        return None
    since = seen.get("since")
    try:
        return to_wire(parse_instant(str(since)))
    except (ValueError, OverflowError):
        return None  # more is read


def find_clock_problem(entry: Mapping[str, object], now: pendulum.DateTime) -> str | None:
    """Return why a clock in the state of a stream would skip changes, or None if none would."""
    for name in CLOCKS:
        value = entry.get(name)
        if value is None:
            continue  # without the clock, more is read
        try:
            is_future = parse_instant(str(value)) > now.add(days=1)
        except (ValueError, OverflowError):
            return f"{name} in the state, {value!r}, is not a timestamp"
        if is_future:
            return f"{name} in the state, {value!r}, is in the future"
    return None
