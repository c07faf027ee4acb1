"""Points 3, 4 and 6: what is spent where there is little to do."""

from __future__ import annotations

import math
import pathlib
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks import lineup
from tests.benchmarks.measure import timed
from tests.benchmarks.results import Bar, Findings, Table
from tests.benchmarks.rows import timestamp
from tests.benchmarks.server import serving

if TYPE_CHECKING:
    from tests.benchmarks.plan import Plan
    from tests.benchmarks.server import Asked
    from tests.benchmarks.site import Entry

PAGE = 1000
OPTIONS = ("--version", "--discover")


@dataclass(frozen=True)
class Starts:
    """Seconds that each command took to start, the best of several, by option."""

    tap: dict[str, float]
    bare: dict[str, float]

    @property
    def start(self) -> float:
        """What it takes to start the tap."""
        return self.tap["--discover"]

    def findings(self) -> Findings:
        """Point 6."""
        bars = [
            Bar(
                6,
                f"{option}: seconds more than a bare SDK tap",
                0.2,
                self.tap[option] - self.bare[option],
            )
            for option in OPTIONS
        ]
        facts = [
            f"`tap-mailjet {option}` takes {self.tap[option]:.2f} s, "
            f"a bare SDK tap {self.bare[option]:.2f} s."
            for option in OPTIONS
        ]
        return Findings([], bars, facts)


def starts(plan: Plan) -> Starts:
    """Start the tap and a bare one, in turns."""
    taken: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(plan.starts):
            for option in OPTIONS:
                for who, command in (
                    ("tap", [*lineup.command_of_tap(), option]),
                    ("bare", lineup.start_of("bare_sdk", option)),
                ):
                    usage, _ = timed(command, pathlib.Path(name))
                    taken.setdefault((who, option), []).append(usage.wall)
    best = {one: min(walls) for one, walls in taken.items()}
    return Starts(
        tap={option: best["tap", option] for option in OPTIONS},
        bare={option: best["bare", option] for option in OPTIONS},
    )


def idle(plan: Plan, start: float) -> Findings:
    """Point 3: all default streams, with nothing new; `start` is what it takes to start the tap."""
    walls, asked = [], None
    with serving(PAGE, until=plan.until, pace=plan.slow) as server:
        for _ in range(plan.repeats):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                command = lineup.tap_command(
                    server.url, folder, streams=None, state=state_of_now(), given={}
                )
                usage, _ = timed(command, folder)
            walls.append(usage.wall)
            asked = server.asked()
    net, latency = max(0.0, min(walls) - start), plan.slow.latency
    counts = asked.by_resource if asked else {}
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    at_once = asked.most_at_once if asked else 0
    answers = f"at {latency * 1000:.0f} ms an answer"
    bars = [
        Bar(3, f"idle run less start-up, in answers' times, {answers}", 3.0, net / latency),
        Bar(3, "most requests for a stream", 1, max(counts.values(), default=0), by_time=False),
    ]
    fact = (
        f"Idle run of all default streams {answers}: {min(walls):.2f} s, at most {at_once} "
        f"requests at once; requests: {listed}."
    )
    return Findings([], bars, [fact])


def state_of_now() -> dict[str, Any]:
    """A state in which every stream that has a bookmark has read all there is."""
    now = timestamp(int(time.time()) - 1)
    return {
        "bookmarks": {
            entry["stream"]: {
                "replication_key": entry["replication_key"],
                "replication_key_value": now,
            }
            for entry in lineup.catalogue()["streams"]
            if entry.get("replication_key")
        }
    }


def allowed(rows: int) -> int:
    """How many requests so many rows may cost."""
    return math.floor(1.05 * math.ceil(rows / PAGE) + 2)


def requests(plan: Plan) -> Findings:
    """Point 4: what a full sync asks."""
    with serving(plan.rows, until=plan.until) as server:
        run = lineup.tap().run(server.url, server.rows)
        asked = server.asked()
    return Findings(
        [Table("requests", "The run whose requests were counted", [run])], *spent(asked, run.rows)
    )


def spent(asked: Asked, rows: int) -> tuple[list[Bar], list[str]]:
    """Judge what was asked: by window, as a whole, and what of it was for nothing."""
    read = [entry for entry in asked.entries if entry.served >= entry.matched]
    cut = [entry for entry in asked.entries if entry.served < entry.matched]
    total = sum(entry.requests for entry in asked.entries)
    wasted = sum(entry.requests for entry in cut)
    bars = [
        Bar(4, "windows that cost more than they may", 0, sum(map(_is_dear, read)), by_time=False),
        Bar(4, f"requests for all {rows:,} rows", allowed(rows), total, by_time=False),
        Bar(4, "requests whose answer was thrown away", 0, wasted, by_time=False),
    ]
    served = sum(entry.served for entry in asked.entries)
    fact = (
        f"Requests for {rows:,} messages: {total}, of which {wasted} in {len(cut)} windows that "
        f"were cut before they were read, and {total - wasted} in {len(read)} that were read; "
        f"{served / max(rows, 1):.3f} rows served for each that is there."
    )
    return bars, [fact]


def _is_dear(entry: Entry) -> bool:
    return entry.requests > allowed(entry.matched)
