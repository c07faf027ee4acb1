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
"""The points that can be measured separately; point 7 is measured with point 1."""


def main() -> int:
    """Measure, print the results, and return the exit code: 1 if rows are missing."""
    options = _arguments()
    plan = short() if options.short else Plan()
    if options.repeats:
        plan = dataclasses.replace(
            plan, repeats=options.repeats, repeats_at_scale=options.repeats, starts=options.repeats
        )
    findings = measured(plan, set(options.points or POINTS))
    options.out.mkdir(parents=True, exist_ok=True)
    results, chart = options.out / "benchmark.json", options.out / "benchmark.svg"
    results.write_bytes(report.as_json(findings, plan, short=options.short))
    subprocess.run(
        [python_of(MATPLOTLIB), "-m", "tests.benchmarks.plot", str(results), str(chart)], check=True
    )
    sys.stdout.write(report.as_markdown(findings, plan, short=options.short) + "\n")
    failed = options.strict and findings.failed(short=options.short)
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
