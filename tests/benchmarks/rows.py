"""The messages that are served, rendered once: a page is a slice of bytes that are there."""

from __future__ import annotations

import bisect
import math
import uuid
from array import array
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SINCE = "2024-01-01T00:00:00Z"
"""When the first message arrived."""
FIRST_ID = 1152921504606846976
STATUSES = ("sent", "sent", "sent", "opened", "opened", "clicked", "bounce", "blocked")
SWING = 0.5
"""How much more, or less, than on average arrives at the height and the low of a week."""


def seconds(text: str) -> int:
    """The Unix seconds of a timestamp as Mailjet writes them; in filters it also takes seconds."""
    if text.isdecimal():
        return int(text)
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp())


def timestamp(at: int) -> str:
    """Unix seconds as Mailjet writes timestamps."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Rows:
    """Messages in the order of their arrival, which is also that of their IDs.

    Attributes:
        times: when each arrived, in Unix seconds, never falling.
        ends: where in `rendered` each ends, the comma after it included; one 0 before them all.
        rendered: the JSON of all, a comma after each.
    """

    times: array[int]
    ends: array[int]
    rendered: bytes

    def between(self, after: int | None, until: int | None) -> tuple[int, int]:
        """The range of rows that arrived later than `after`, and not later than `until`."""
        first = 0 if after is None else bisect.bisect_right(self.times, after)
        last = len(self.times) if until is None else bisect.bisect_right(self.times, until)
        return first, max(first, last)

    def slice(self, first: int, last: int) -> memoryview:
        """The JSON of the rows from `first` up to, but without, `last`, with commas between."""
        begin, end = self.ends[first], self.ends[max(first, last)]
        return memoryview(self.rendered)[begin : max(begin, end - 1)]


def render(count: int, *, until: int) -> Rows:
    """Render `count` messages, from SINCE up to `until` in Unix seconds."""
    times, ends, parts = array("q"), array("Q", [0]), bytearray()
    for number, at in enumerate(arrivals(count, seconds(SINCE), until)):
        parts += msgspec.json.encode(message(number, at))
        parts += b","
        times.append(at)
        ends.append(len(parts))
    return Rows(times, ends, bytes(parts))


def arrivals(count: int, since: int, until: int) -> Iterator[int]:
    """When messages arrive: ever more of them, and more at the height of a week than at its low."""
    span = until - since
    weeks = max(1, span // (7 * 86400))
    for number in range(count):
        share = (number + 0.5) / count
        wave = SWING * math.sin(math.tau * weeks * share) / (math.tau * weeks)
        yield since + int(span * (share + wave) ** 0.8)


def message(number: int, at: int) -> dict[str, object]:
    """Return the 25 fields of a message that Mailjet returns by default.

    Those are all of the schema but ContactAlt, CustomID and Subject.
    """
    status = STATUSES[number * 7 % len(STATUSES)]
    campaign, contact = number // 2500, number * 7919 % 50_021
    failed = status in {"bounce", "blocked"}
    return {
        "ArrivedAt": timestamp(at),
        "AttachmentCount": campaign % 3,
        "AttemptCount": 1 + number % 2,
        "CampaignALT": f"Newsletter {campaign}: what is new this week",
        "CampaignID": 7_000_000 + campaign,
        "ContactID": 900_000_000 + contact,
        "Delay": number % 4000 / 4,
        "DestinationID": 1 + contact % 40,
        "FilterTime": 3 + number % 37,
        "FromALT": "newsletter@shop.example.com",
        "FromID": 4_200_000 + campaign % 5,
        "ID": FIRST_ID + number,
        "IsClickTracked": True,
        "IsHTMLPartIncluded": True,
        "IsOpenTracked": campaign % 4 > 0,
        "IsTextPartIncluded": campaign % 3 > 0,
        "IsUnsubTracked": False,
        "MessageSize": 8000 + number % 4973,
        "SenderID": 310_000 + campaign % 5,
        "SpamassRules": "HTML_MESSAGE,MIME_HTML_ONLY" if campaign % 2 else "",
        "SpamassassinScore": campaign % 30 / 10,
        "StateID": 1 + number % 5 if failed else 0,
        "StatePermanent": failed and number % 3 > 0,
        "Status": status,
        "UUID": str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)),
    }
