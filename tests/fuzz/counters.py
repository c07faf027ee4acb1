"""Counters of an account: slices of time for the key or for each campaign."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.fuzz.account import seconds, wire_time

if TYPE_CHECKING:
    from tests.fuzz.account import Account, Item

KEY_ID = 77
SLICES = {"Day": 86400, "Hour": 3600}
DAYS = {"Day": 150, "Hour": 7}


def count(
    account: Account, kinds: list[tuple[str, str, str]], seed: object, since: int, now: int
) -> None:
    """Add the slices of some kinds of counters that began in a range of time.

    Args:
        account: where to add them.
        kinds: source, timing and resolution of each kind.
        seed: what decides in which slices something happened.
        since: where the range begins; 0 for as long ago as counters are kept.
        now: where it ends.
    """
    for source, timing, resolution in kinds:
        length = SLICES[resolution]
        first = since or now - DAYS[resolution] * 86400
        origins: list[tuple[int, int, Item | None]] = [(KEY_ID, first, None)]
        if source == "Campaign":
            origins = [
                (item.now.fields["ID"], max(first, seconds(item.now.fields["CreatedAt"])), item)
                for item in account.living("sent_campaigns")
                if item.sent is not None
            ]
        for number, begin, campaign in origins:
            for start in range(begin - begin % length + length, now, length):
                chance = random.Random(f"{seed}/{source}/{number}/{start}")
                if chance.random() < (0.5 if source == "APIKey" else 0.1):
                    account.add(
                        "statcounters",
                        {
                            "APIKeyID": KEY_ID,
                            "Timeslice": wire_time(start),
                            "MessageSentCount": chance.randrange(1, 99),
                            "Total": chance.randrange(99),
                        },
                        order=chance.random(),
                        owner=campaign,
                        known={
                            "CounterSource": source,
                            "CounterTiming": timing,
                            "CounterResolution": resolution,
                            "SourceID": number,
                        },
                    )
