"""The parameters that the API adds to a request, or changes, before it filters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account.size import DAY
from tap_mailjet.sandbox.api.errors import BadParameterError
from tap_mailjet.sandbox.api.message_status import STATUSES
from tap_mailjet.sandbox.api.parameters import choice, integers, moment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tap_mailjet.sandbox.api.quirks import Quirks
    from tap_mailjet.sandbox.api.resource import Resource

FROM, TO, PERIOD = "FromTS", "ToTS", "Period"
EVENT_BOUNDS = (
    "EventFromTs",
    "EventToTs",
    "BounceEventFromTs",
    "BounceEventToTs",
    "SpamEventFromTs",
    "SpamEventToTs",
    "MinUnsubscribedAt",
    "MaxUnsubscribedAt",
)
ACTIVITY_BOUNDS = ("MinLastActivityAt", "MaxLastActivityAt")
TIMES = frozenset({FROM, TO, PERIOD, *EVENT_BOUNDS})
"""The time filters of these resources."""
EVENT, STATUS = "Event", "MessageStatus"
_CAMPAIGN = frozenset({"Campaign", "CampaignID"})


def completed(
    resource: Resource, given: Mapping[str, str], known: Collection[str], quirks: Quirks, now: int
) -> dict[str, str]:
    """Return the known parameters of a request, and those that the API sets if they are absent."""
    chosen = {name: text for name, text in given.items() if name in known}
    _apply_bounds(chosen, EVENT_BOUNDS, quirks.event_bounds)
    _apply_bounds(chosen, ACTIVITY_BOUNDS, quirks.activity_bounds)
    if PERIOD in chosen:
        chosen[FROM], chosen[TO] = str(_period(chosen.pop(PERIOD), now)), str(now)
    if resource.is_current_day and quirks.current_day != "off":
        _apply_current_day(resource.name, chosen, quirks, now)
    if quirks.message_status == "ignored":
        chosen.pop(STATUS, None)
    if STATUS in chosen:
        chosen[STATUS] = _statuses(chosen[STATUS], quirks)
    if EVENT in known and EVENT not in chosen:
        if quirks.user_agent_event == "refused":
            raise BadParameterError(EVENT, "is required")
        chosen[EVENT] = quirks.user_agent_event
    return chosen


def _apply_bounds(chosen: dict[str, str], names: Sequence[str], kind: str) -> None:
    """Remove or refuse the filters by the time of an event or activity, if not honoured."""
    for name in names:
        if name in chosen and kind == "refused":
            raise BadParameterError(name, "is not supported")
        if kind == "ignored":
            chosen.pop(name, None)


def _apply_current_day(resource: str, chosen: dict[str, str], quirks: Quirks, now: int) -> None:
    """Set FromTS to the beginning of the current UTC day, unless a filter lifts this default."""
    if FROM in chosen and moment(FROM, chosen[FROM]) == 0:
        # Documented for campaign: FromTS=0 is the current timestamp.
        if resource == "campaign":
            chosen[FROM] = str(now)
        else:
            del chosen[FROM]
    lifting = {"from_ts": {FROM}, "any_time": TIMES, "any_time_or_campaign": TIMES | _CAMPAIGN}[
        quirks.current_day
    ]
    if not chosen.keys() & lifting:
        midnight = now - now % DAY
        # 00:00:00 belongs to the day whatever the bound.
        chosen[FROM] = str(midnight if quirks.lower_bound == "inclusive" else midnight - 1)


def _period(text: str, now: int) -> int:
    """Return the Unix second at which the current day, week, month or year began."""
    choice("Day", "Week", "Month", "Year")(PERIOD, text)
    day = datetime.fromtimestamp(now - now % DAY, timezone.utc)
    begin = {
        "Day": day,
        "Week": day - timedelta(days=day.weekday()),
        "Month": day.replace(day=1),
        "Year": day.replace(month=1, day=1),
    }[text]
    return int(begin.timestamp())


def _statuses(text: str, quirks: Quirks) -> str:
    """Return the names of statuses, separated by commas, from their numbers or names."""
    parts = text.split(",")
    if quirks.message_status_list == "refused" and len(parts) > 1:
        raise BadParameterError(STATUS, "is not a status")
    if quirks.message_status_list == "first":
        parts = parts[:1]
    if quirks.message_status == "numbers" or (
        quirks.message_status == "either" and parts[0] not in STATUSES
    ):
        numbers = integers(STATUS, ",".join(parts))
        if not all(0 <= number < len(STATUSES) for number in numbers):
            raise BadParameterError(STATUS, "is not a status")
        parts = [STATUSES[number] for number in numbers]
    for part in parts:
        choice(*STATUSES)(STATUS, part)
    return ",".join(parts)
