"""The findings as Markdown for people, and as JSON for whoever compares runs."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import platform
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from tests.benchmarks.speed import FLOOR, TAP

if TYPE_CHECKING:
    from tests.benchmarks.measure import Run
    from tests.benchmarks.plan import Plan
    from tests.benchmarks.results import Findings, Table


def machine() -> str:
    """What this was measured with."""
    cores = os.cpu_count()
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("tap-mailjet", "singer-sdk")
    )
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _lines(path: str) -> list[str]:
    there = pathlib.Path(path)
    return there.read_text().splitlines() if there.exists() else []


def as_markdown(findings: Findings, plan: Plan, *, short: bool) -> str:
    """Everything, as Markdown."""
    today = datetime.now(timezone.utc).date()
    parts = [f"Measured on {today} with {machine()}. {_manner(plan, short=short)}"]
    parts += [f"### {table.title}\n\n{_table(table)}" for table in findings.tables]
    if findings.bars:
        parts.append(f"### Targets\n\n{bars(findings, short=short)}")
    parts += findings.facts
    parts += [
        f"**{run.contender} delivered {run.delivered:,} rows of {run.rows:,}.**"
        for run in findings.broken
    ]
    return "\n\n".join(parts)


def _manner(plan: Plan, *, short: bool) -> str:
    if short:
        return "A short run, whose times say nothing."
    return (
        f"Contenders took turns; given is the best of {plan.repeats} runs, at scale of "
        f"{plan.repeats_at_scale}, of a start of {plan.starts}."
    )


def _table(table: Table) -> str:
    bests = table.bests()
    lines = [
        "| contender | rows | wall, s | rows/s | / floor | CPU, s | peak, MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for run in sorted(bests, key=lambda run: (run.rows, run.wall)):
        floor = [one.wall for one in bests if (one.contender, one.rows) == (FLOOR, run.rows)]
        lines.append(_line(run, floor[0] if floor else None))
    return "\n".join(lines)


def _line(run: Run, floor: float | None) -> str:
    name = f"**{run.contender}**" if run.contender.startswith(TAP) else run.contender
    ratio = f"{run.wall / floor:.2f}" if floor else ""
    delivered = f"{run.rows:,}" if run.is_whole else f"**{run.delivered:,} of {run.rows:,}**"
    return (
        f"| {name} | {delivered} | {run.wall:.2f} | {run.delivered / run.wall:,.0f} | {ratio} "
        f"| {run.cpu:.2f} | {run.peak:.0f} |"
    )


def bars(findings: Findings, *, short: bool) -> str:
    """The bars, as a table that says of each whether it is met."""
    lines = ["| point | what | target | measured | |", "| ---: | --- | ---: | ---: | --- |"]
    for bar in sorted(findings.bars, key=lambda bar: bar.point):
        sign = "≥" if bar.at_least else "≤"
        measured = f"{bar.measured:.2f}" if bar.by_time else f"{bar.measured:g}"
        lines.append(
            f"| {bar.point} | {bar.what} | {sign} {bar.limit:g} | {measured} "
            f"| {bar.verdict(short=short)} |"
        )
    return "\n".join(lines)


def as_json(findings: Findings, plan: Plan, *, short: bool) -> bytes:
    """Everything, as JSON."""
    content: dict[str, Any] = {
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "short": short,
        "plan": asdict(plan),
        "tables": [
            {**asdict(table), "best": [asdict(run) for run in table.bests()]}
            for table in findings.tables
        ],
        "bars": [
            {**asdict(bar), "verdict": bar.verdict(short=short).strip("*")} for bar in findings.bars
        ],
        "facts": findings.facts,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2)
