"""The rules for queries of statcounters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tap_mailjet.sandbox.account.tables import API_KEY_ID
from tap_mailjet.sandbox.api.errors import ApiError, BadParameterError
from tap_mailjet.sandbox.api.parameters import choice, integers, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Literal["APIKey", "Campaign", "List", "Sender"]
Timing = Literal["Message", "Event"]
Resolution = Literal["Highest", "Hour", "Day", "Lifetime"]

SOURCES = ("APIKey", "Campaign", "List", "Sender")
TIMINGS = ("Message", "Event")
STEPS = {"Highest": 300, "Hour": 3600, "Day": 86_400}
"""The length of a slice in seconds."""
LIFETIME = "Lifetime"
MOST_SLICES = 100
NAMES = frozenset(
    {
        "CounterResolution",
        "CounterSource",
        "CounterTiming",
        "FromTS",
        "SourceID",
        "SourceIDs",
        "ToTS",
    }
)
SOURCE_ID = "SourceID"
_SOURCE_IDS = (SOURCE_ID, "SourceIDs")


@dataclass(frozen=True)
class CounterQuery:
    """A valid query.

    Attributes:
        source: What is counted for: APIKey, Campaign, List or Sender.
        timing: Whether things count when the message arrived, or when they happened.
        step: The length of a slice in seconds; None is all time.
        source_ids: The IDs of the sources; None is all of them.
        after: Slices must start later than this Unix second; None is all time.
        up_to: Slices must start at or before this Unix second; None is all time.
    """

    source: str
    timing: str
    step: int | None
    source_ids: tuple[int, ...] | None
    after: int | None = None
    up_to: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, str], now: int) -> CounterQuery:
        """Read a query; `now` is the Unix second a range ends at if it does not say so."""
        source = _required(given, "CounterSource", *SOURCES)
        timing = _required(given, "CounterTiming", *TIMINGS)
        resolution = _required(given, "CounterResolution", *STEPS, LIFETIME)
        _check(source, timing, resolution, given)
        ids = _source_ids(source, given)
        if resolution == LIFETIME:
            return cls(source, timing, None, ids)
        step = STEPS[resolution]
        up_to = moment("ToTS", given["ToTS"]) if "ToTS" in given else now
        after = up_to - MOST_SLICES * step
        if "FromTS" in given:
            after = moment("FromTS", given["FromTS"])
        if up_to - after > MOST_SLICES * step:
            words = f"FromTS and ToTS are more than {MOST_SLICES} times {resolution} apart."
            raise ApiError(400, words)
        return cls(source, timing, step, ids, after, up_to)


def _required(given: Mapping[str, str], name: str, *known: str) -> str:
    """Return the word a parameter must have."""
    if name not in given:
        raise BadParameterError(name, "is required")
    return str(choice(*known)(name, given[name]))


def _check(source: str, timing: str, resolution: str, given: Mapping[str, str]) -> None:
    """Check which sources, timings and resolutions go together."""
    lifetime = resolution == LIFETIME
    rules = (
        (
            lifetime and given.keys() & {"FromTS", "ToTS"},
            "CounterResolution Lifetime goes with neither FromTS nor ToTS.",
        ),
        (
            lifetime and timing == "Event",
            "CounterResolution Lifetime does not go with CounterTiming Event.",
        ),
        (
            source == "List" and not (lifetime and timing == "Message"),
            "CounterSource List goes with CounterTiming Message, CounterResolution Lifetime only.",
        ),
        (
            source == "Sender" and timing != "Message",
            "CounterSource Sender goes with CounterTiming Message only.",
        ),
    )
    for is_broken, words in rules:
        if is_broken:
            raise ApiError(400, words)


def _source_ids(source: str, given: Mapping[str, str]) -> tuple[int, ...]:
    """Return the requested IDs."""
    ids = tuple(i for name in _SOURCE_IDS if name in given for i in integers(name, given[name]))
    if source != "APIKey":
        if not ids:
            raise BadParameterError(SOURCE_ID, f"is required for CounterSource {source}")
        return ids
    if set(ids) - {API_KEY_ID}:
        raise BadParameterError(SOURCE_ID, "is not the key that authenticates")
    return (API_KEY_ID,)
