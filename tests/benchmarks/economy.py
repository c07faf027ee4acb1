"""Points 3, 4 and 6: what is spent where there is little to do."""

from __future__ import annotations

import math
import pathlib
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks import lineup
from tests.benchmarks.measure import timed
from tests.benchmarks.results import Bar, Findings, Table
from tests.benchmarks.rows import SINCE, arrivals, seconds, timestamp
from tests.benchmarks.server import serving

if TYPE_CHECKING:
    from tests.benchmarks.plan import Plan
    from tests.benchmarks.server import RequestSummary, Server
    from tests.benchmarks.site import Entry

PAGE = 1000
LOOKBACK = 86400
"""The tap's default lookback window in seconds."""
OPTIONS = ("--version", "--discover")


@dataclass(frozen=True)
class Starts:
    """Seconds that each command took to start, the best of several, by option."""

    tap: dict[str, float]
    bare: dict[str, float]

    def findings(self) -> Findings:
        """Point 6."""
        bars = [
            Bar(
                6,
                f"{option}: seconds more than the bare SDK tap",
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


def idle(plan: Plan) -> Findings:
    """Point 3: all default streams, with nothing new."""
    with serving(PAGE, until=plan.until, pace=plan.slow) as server:
        runs = [_idle_run(server) for _ in range(plan.starts)]
    start, wall = min(run.start for run in runs), min(run.wall for run in runs)
    latency = plan.slow.latency
    summary = runs[-1].summary
    per_response = f"at {latency * 1000:.0f} ms per response"
    most = max(entry.requests for entry in summary.entries)
    net = max(0.0, wall - start) / latency
    bars = [
        Bar(
            3, f"idle run without start-up, in response times of {latency * 1000:.0f} ms", 3.0, net
        ),
        Bar(3, "idle run: maximum requests per query of a stream", 1, most, by_time=False),
    ]
    counts = summary.by_resource
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    fact = (
        f"Idle run of all default streams {per_response}: {wall:.2f} s, of which {start:.2f} s are "
        f"its start-up; at most {summary.most_at_once} requests at once; requests: {listed} (of "
        f"campaigns and lists there is a query for those deleted)."
    )
    return Findings([], bars, [fact])


class _IdleRun(NamedTuple):
    """Seconds of a start and of an idle run, and the requests of the idle run."""

    start: float
    wall: float
    summary: RequestSummary


def _idle_run(server: Server) -> _IdleRun:
    start = lineup.start_up(server.url)
    server.read_ledger()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        state = lineup.state_of(timestamp(int(time.time()) - 1))
        command = lineup.tap_command(server.url, folder, streams=None, state=state)
        usage, _ = timed(command, folder)
    return _IdleRun(start, usage.wall, server.read_ledger())


def allowed(rows: int) -> int:
    """Return how many requests a number of rows may cost."""
    return math.floor(1.05 * math.ceil(rows / PAGE) + 2)


def requests(plan: Plan) -> Findings:
    """Point 4: the requests of a full sync and of a nightly sync."""
    times = list(arrivals(plan.rows, seconds(SINCE), plan.until))
    bookmark = times[-plan.rows // 20]
    new = sum(at >= bookmark - LOOKBACK for at in times)
    nightly = lineup.tap("tap-mailjet, nightly", state=lineup.state_of(timestamp(bookmark)))
    with serving(plan.rows, until=plan.until) as server:
        runs = [lineup.tap().run(server.url, plan.rows)]
        first = spent(server.read_ledger(), plan.rows)
        runs.append(nightly.run(server.url, new))
        second = spent(server.read_ledger(), new)
    table = Table("requests", "The runs whose requests were counted", runs)
    findings = Findings([table])
    findings.add(first, second)
    return findings


def spent(summary: RequestSummary, rows: int) -> Findings:
    """Judge the requests: by window, in total, and those whose pages were discarded."""
    read = [entry for entry in summary.entries if entry.served >= entry.matched]
    cut = [entry for entry in summary.entries if entry.served < entry.matched]
    total = sum(entry.requests for entry in summary.entries)
    wasted = sum(math.ceil(entry.served / PAGE) for entry in cut)
    most = math.floor(1.05 * math.ceil(rows / PAGE)) + 2 * len(read)
    what = f"{rows:,} rows"
    bars = [
        Bar(
            4,
            f"{what}: windows above their request budget",
            0,
            sum(map(_is_dear, read)),
            by_time=False,
        ),
        Bar(4, f"{what}: requests, including 2 per window", most, total, by_time=False),
        Bar(4, f"{what}: pages that were discarded", 0, wasted, by_time=False),
    ]
    served = sum(entry.served for entry in summary.entries)
    fact = (
        f"Requests for {rows:,} messages: {total}, in {len(read)} windows and {len(cut)} that were "
        f"cut before they were read; {served / max(rows, 1):.3f} rows served for each that is "
        f"there."
    )
    return Findings([], bars, [fact])


def _is_dear(entry: Entry) -> bool:
    return entry.requests > allowed(entry.matched)
