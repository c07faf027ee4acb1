"""Measures the tap beside what else could be used, and prints what it found as Markdown.

`uv run python -m tests.benchmarks`; with `--short` in a minute, without judging by time.
"""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks import economy, report, speed
from tests.benchmarks.environments import MATPLOTLIB, python_of
from tests.benchmarks.plan import Plan, short
from tests.benchmarks.results import Findings

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = (1, 2, 3, 4, 5, 6)
"""Those that can be asked for apart; 7 comes with 1."""


def main() -> int:
    """Measure, tell, and say by the exit code whether every contender delivered every row."""
    asked = _arguments()
    plan = short() if asked.short else Plan()
    if asked.repeats:
        plan = dataclasses.replace(
            plan, repeats=asked.repeats, repeats_at_scale=asked.repeats, starts=asked.repeats
        )
    findings = measured(plan, set(asked.points or POINTS))
    asked.out.mkdir(parents=True, exist_ok=True)
    told, drawn = asked.out / "benchmark.json", asked.out / "benchmark.svg"
    told.write_bytes(report.as_json(findings, plan, short=asked.short))
    subprocess.run(
        [python_of(MATPLOTLIB), "-m", "tests.benchmarks.plot", str(told), str(drawn)], check=True
    )
    sys.stdout.write(report.as_markdown(findings, plan, short=asked.short) + "\n")
    failed = asked.strict and findings.failed(short=asked.short)
    return 1 if findings.broken or failed else 0


def measured(plan: Plan, points: set[int]) -> Findings:
    """Measure some of the points."""
    parts: dict[int, Callable[[], Findings]] = {
        1: lambda: speed.without_latency(plan),
        2: lambda: speed.with_latency(plan),
        3: lambda: economy.idle(plan),
        4: lambda: economy.requests(plan),
        5: lambda: speed.at_scale(plan),
        6: lambda: economy.starts(plan).findings(),
    }
    findings = Findings()
    findings.add(*(parts[point]() for point in POINTS if point in points))
    return findings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="few rows: shows that all works, judges no time"
    )
    parser.add_argument(
        "--points", type=int, nargs="+", choices=POINTS, help="only these of the points"
    )
    parser.add_argument("--repeats", type=int, help="runs of each contender")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is not met")
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("build/benchmarks"),
        help="the folder for benchmark.json and benchmark.svg (%(default)s)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
