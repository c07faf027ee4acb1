"""Draws cases: most with few oddities, some with many."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fuzz.account import wire_time
from tests.fuzz.behaviour import Behaviour, draw
from tests.fuzz.case import Case, Change, Ending, Night
from tests.fuzz.faults import FATAL, TRANSIENT, Fault
from tests.fuzz.maker import DAY, Size
from tests.fuzz.resources import CAMPAIGN_SCOPED, CHILDREN, RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

BEGAN = 1_714_564_800  # 2024-05-01T12:00:00Z
CHANGES = ("insert", "delete", "late", "status", "activity", "delete", "objects", "campaign")
PAGE_SIZES = (2, 2, 3, 3, 4, 5, 7, 10, 10, 20, 33, 50, 1000)
GAPS = (0, 1, 300, 3600, DAY, DAY, DAY, 3 * DAY, 40 * DAY)


@dataclass(frozen=True)
class Limits:
    """What is not left to chance.

    Attributes:
        pinned: values of behaviours.
        benign: whether only to draw what every version of the tap survives.
        streams: what the selected streams are drawn from, if not from all.
    """

    pinned: Mapping[str, str] = field(default_factory=dict)
    benign: bool = False
    streams: tuple[str, ...] = ()


def draw_case(seed: int, limits: Limits) -> Case:
    """Draw the case of a seed; the same one each time, unless the limits differ."""
    chance = random.Random(f"case {seed}")
    oddities = chance.choices((0, 1, 2, 3, 5, 9), (15, 35, 25, 13, 8, 4))[0]
    odd = draw(chance, oddities=oddities, pinned=limits.pinned, benign=limits.benign)
    streams = _streams(chance, limits)
    page_size = _page_size(chance, benign=limits.benign)
    size = _size(chance, page_size, streams)
    # A page whose rows are all hidden is the end for any client: a page of 20 never is.
    fewest = 2 if odd.get("hidden", "none") == "none" else 20
    cap = {"small": chance.randrange(fewest, max(fewest + 1, page_size)), "hundred": 100}.get(
        odd.get("cap", ""), 0
    )
    behaviour = Behaviour(odd, cap, chance.choice((5, 10, 25, 60)))
    began = BEGAN + chance.randrange(365 * DAY)
    base = _config(chance, began, size, page_size, streams)
    nights = _nights(chance, limits, base, streams, size)
    return Case(seed, began, size, behaviour, nights, inline=chance.random() < 0.85)


def _streams(chance: random.Random, limits: Limits) -> tuple[str, ...]:
    menu = limits.streams or sorted(RESOURCES)
    chosen = chance.sample(menu, min(chance.choice((1, 2, 3, 4)), len(menu)))
    if not limits.streams and chance.random() < 0.2:
        chosen = [chance.choice(CHILDREN), *chosen[:1]]
    for stream in list(chosen):
        parent = RESOURCES[stream].parent
        if parent and parent not in chosen and chance.random() < 0.8:
            chosen.append(parent)
    return tuple(sorted({*chosen}))


def _page_size(chance: random.Random, *, benign: bool) -> int:
    if not benign and chance.random() < 0.04:
        return 1
    return chance.choice(PAGE_SIZES)


def _size(chance: random.Random, page_size: int, streams: tuple[str, ...]) -> Size:
    scale = chance.choice((0, 1, 1, 2, 4))
    # More rows in one second than a window may hold.
    burst = chance.choice((0, 0, 0, 3, 25 * page_size if page_size <= 5 else 60))
    if {"message_events"} & set(streams):
        burst = min(burst, 20)
    return Size(
        contacts=1 + 8 * scale,
        campaigns=1 + 3 * scale,
        messages=1 + 25 * (min(scale, 1) if "message_events" in streams else scale),
        events=1 + 20 * scale,
        objects=1 + 6 * scale,
        span=chance.choice((1, 10, 60, 400, 2000)),
        burst=burst,
        late=chance.choice((1, 40, 400)),
        has_huge_ids=chance.random() < 0.5,
    )


def _config(
    chance: random.Random, began: int, size: Size, page_size: int, streams: tuple[str, ...]
) -> dict[str, Any]:
    config: dict[str, Any] = {"page_size": page_size}
    if chance.random() < 0.5:
        config["max_concurrency"] = chance.randrange(1, 4)
    if chance.random() < 0.3:
        since = began - chance.randrange(size.span * DAY)
        config["start_date"] = wire_time(since)
    if "statcounters" in streams:
        config |= {
            "counter_source": chance.choice(("APIKey", "APIKey", "Campaign")),
            "counter_resolution": chance.choice(("Day", "Hour")),
            "counter_timing": chance.choice(("Event", "Message")),
        }
        days = 7 if config["counter_resolution"] == "Hour" else 150
        config["start_date"] = wire_time(began - chance.randrange(1, days * DAY))
    if chance.random() < 0.1:
        config["end_date"] = wire_time(began + chance.randrange(-size.span * DAY // 2, 5 * DAY))
        if config["end_date"] <= config.get("start_date", ""):
            del config["end_date"]
    if chance.random() < 0.4:
        # A lookback window would read the rows again that a STATE omits.
        config["lookback_window"] = chance.choice((0, 0, 0, 1, 72, 24 * 60))
    for name in (
        "include_deleted_campaigns",
        "include_deleted_lists",
        "include_newsletter_tool",
        "include_archived",
    ):
        if chance.random() < 0.06:
            config[name] = False
    if chance.random() < 0.05:
        config["starred_only"] = True
    return config


def _nights(
    chance: random.Random,
    limits: Limits,
    base: dict[str, Any],
    streams: tuple[str, ...],
    size: Size,
) -> tuple[Night, ...]:
    count = chance.choices((1, 2, 3, 4), (40, 30, 20, 10))[0]
    shape = chance.choices(("", "map", "flatten"), (80, 12, 8))[0]
    batch = chance.choices((0, 1, 3, 20), (82, 4, 9, 5))[0]
    kills = chance.random() < (0.7 if batch else 0.4)
    if batch and chance.random() < 0.6:
        base = {**base, "lookback_window": 0}
    has_children = any(RESOURCES[stream].parent for stream in streams)
    if limits.benign and batch and (shape or has_children):
        batch = 0
    campaigns: tuple[int, ...] = ()
    if set(streams) <= set(CAMPAIGN_SCOPED) and chance.random() < 0.15:
        campaigns = tuple(
            chance.sample(range(size.campaigns), chance.randrange(1, min(4, size.campaigns + 1)))
        )
    share = 0.5 if "statcounters" in streams else 0.2
    changes_settings = not limits.benign and chance.random() < share
    nights = []
    for place in range(count):
        is_last = place == count - 1
        config = dict(base)
        if changes_settings and place:
            config, campaigns = _other(chance, config, campaigns)
        night = Night(
            gap=chance.choice(GAPS) if place else 0,
            growth=chance.choice((0, 1, 4, 12)) if place else 0,
            config=config,
            streams=streams,
            campaigns=campaigns,
            wants_all=chance.random() < 0.25,
            deselected=_deselected(chance, streams),
            shape=shape,
            batch=batch,
            # After a night that failed, one on which nothing does: what comes then is the test.
            faults=_faults(chance, limits, streams) if chance.random() < 0.6 or not is_last else (),
            changes=_changes(chance),
        )
        nights.append(night)
        if kills and (not is_last or chance.random() < 0.5):
            ending = _ending(chance, limits)
            nights[-1] = _with_ending(night, ending)
            if is_last or chance.random() < 0.5:
                nights.append(_resumed(chance, night))
    if nights[-1].ending:
        nights.append(_resumed(chance, nights[-1]))
    return tuple(nights)


def _with_ending(night: Night, ending: Ending) -> Night:
    return Night(**{**vars(night), "ending": ending})


def _resumed(chance: random.Random, night: Night) -> Night:
    plain = {"growth": 0, "faults": (), "changes": (), "ending": None}
    return Night(**{**vars(night), "gap": chance.choice((0, 60)), **plain})


def _other(
    chance: random.Random, config: dict[str, Any], campaigns: tuple[int, ...]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    kinds = ["campaigns", "flags", "lookback", "page_size", "counters", "end"]
    # Those that widen what is wanted are where a bookmark is not enough.
    kinds += ["campaigns"] * 6 if campaigns else []
    kinds += ["counters"] * 8 if "counter_source" in config else []
    kind = chance.choice(kinds)
    if kind == "campaigns":
        return config, ()
    if kind == "flags":
        return {
            n: v for n, v in config.items() if not n.startswith(("include_", "starred"))
        }, campaigns
    if kind == "lookback":
        return {**config, "lookback_window": chance.choice((0, 24, 72))}, campaigns
    if kind == "page_size":
        return {**config, "page_size": chance.choice(PAGE_SIZES)}, campaigns
    if kind == "counters" and "counter_source" in config:
        other = {"APIKey": "Campaign", "Campaign": "APIKey"}[config["counter_source"]]
        return {**config, "counter_source": other}, campaigns
    return {name: value for name, value in config.items() if name != "end_date"}, campaigns


def _deselected(chance: random.Random, streams: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    wanted = {
        "messages": ("Subject", "ContactAlt"),
        "open_events": ("UserAgent", "ContactALT"),
        "contacts": ("Email",),
        "templates": ("Categories",),
    }
    if chance.random() > 0.15:
        return {}
    return {stream: wanted[stream] for stream in streams if stream in wanted}


def _faults(chance: random.Random, limits: Limits, streams: tuple[str, ...]) -> tuple[Fault, ...]:
    faults = []
    children = [stream for stream in streams if stream in CHILDREN]
    if children and chance.random() < 0.15:
        kind = chance.choice(("400", "500 for good", *(() if limits.benign else ("403",))))
        faults.append(Fault(kind, chance.choice(children), chance.randrange(1, 40), times=0))
    for _ in range(chance.choices((0, 1, 2, 4), (70, 20, 6, 4))[0]):
        stream = chance.choice((None, *streams))
        if chance.random() < 0.15:
            share = chance.choice((0.02, 0.1, 0.3))
            faults.append(Fault(chance.choice(TRANSIENT), stream, times=2, share=share))
            continue
        nth = chance.choice((1, 1, 2, 3, 5, 9, 20))
        if stream in CHILDREN:
            nth = chance.randrange(1, 40)
        draw_fatal = chance.random() < 0.4
        if not limits.benign and chance.random() < 0.06:
            faults.append(Fault("limited", stream, nth))
        elif draw_fatal:
            kinds = [kind for kind in FATAL if not limits.benign or kind not in {"403", "404"}]
            kind = chance.choice(kinds)
            faults.append(Fault(kind, stream, nth, times=0, rest=chance.random() < 0.5))
        else:
            faults.append(
                Fault(chance.choice(TRANSIENT), stream, nth, times=chance.randrange(1, 3))
            )
    return tuple(faults)


def _changes(chance: random.Random) -> tuple[Change, ...]:
    if chance.random() > 0.25:
        return ()
    count, last = chance.choice((1, 2, 3, 8)), chance.choice((5, 25, 60))
    return tuple(Change(chance.randrange(1, last), chance.choice(CHANGES)) for _ in range(count))


def _ending(chance: random.Random, limits: Limits) -> Ending:
    kinds = ("request", "write", "cut", "worst", "start")
    kind = chance.choices(kinds, (25, 12, 28, 30, 5))[0]
    if kind in {"cut", "worst"} or (kind == "start" and limits.benign):
        return Ending("cut" if kind == "start" else kind, chance.random())
    if kind == "request":
        return Ending(kind, chance.choice((1, 2, 3, 5, 8, 13, 25, 50)))
    return Ending(kind, chance.randrange(1, 12) if kind == "write" else 0)
