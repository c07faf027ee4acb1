"""The plot: rows a second for each contender, and wall time against rows.

A process of its own in an environment of its own: `python -m tests.benchmarks.plot JSON SVG`.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]
from matplotlib.figure import Figure  # type: ignore[import-not-found,unused-ignore]

OURS, OTHERS = "#2b6cb0", "#a0aec0"

Run = dict[str, Any]


def draw(speed: list[Run], scale: list[Run], path: pathlib.Path) -> None:
    """Draw the best runs of two tables into a file."""
    # The same plot is the same file: no date in it, and no chance.
    mpl.rcParams["svg.hashsalt"] = "tap-mailjet"
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_speed(left, speed)
    _draw_scale(right, scale)
    figure.savefig(path, metadata={"Date": None})


def _draw_speed(axes: Any, bests: list[Run]) -> None:
    runs = sorted(bests, key=lambda run: run["wall"], reverse=True)
    speeds = [run["delivered"] / run["wall"] for run in runs]
    names = [run["contender"].replace(", no", ",\nno") for run in runs]
    drawn = axes.barh(names, speeds, color=[_colour(run["contender"]) for run in runs])
    axes.bar_label(drawn, [f"{speed:,.0f}" for speed in speeds], padding=3)
    axes.margins(x=0.2)
    axes.set_title(f"{runs[0]['rows']:,} messages, no latency")
    axes.set_xlabel("rows a second")


def _draw_scale(axes: Any, bests: list[Run]) -> None:
    for name in dict.fromkeys(run["contender"] for run in bests):
        runs = [run for run in bests if run["contender"] == name]
        points = sorted((run["rows"], run["wall"]) for run in runs)
        axes.plot(
            *zip(*points, strict=True),
            marker="o",
            linestyle="--" if "," in name else "-",
            color=_colour(name),
            label=name,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title("Wall time against rows")
    axes.set_xlabel("messages")
    axes.set_ylabel("seconds")
    axes.legend(loc="upper left")


def _colour(contender: str) -> str:
    return OURS if contender.startswith("tap-mailjet") else OTHERS


def main() -> None:
    """Draw what a benchmark found, if it measured both halves."""
    source, target = map(pathlib.Path, sys.argv[1:])
    tables = {table["part"]: table["best"] for table in json.loads(source.read_text())["tables"]}
    if {"speed", "scale"} <= tables.keys():
        draw(tables["speed"], tables["scale"], target)


if __name__ == "__main__":
    main()
