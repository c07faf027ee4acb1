"""The fuzzer's command: `uv run python -m tests.fuzz --cases 10000 --seed 1`."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.fuzz.case import parse_pins
from tests.fuzz.drawing import Limits, draw_case
from tests.fuzz.resources import RESOURCES
from tests.fuzz.runner import Player
from tests.fuzz.shrink import shrink

if TYPE_CHECKING:
    from tests.fuzz.case import Case
    from tests.fuzz.findings import Finding


def main() -> int:
    """Play cases, and return 1 if any of them found something."""
    options = _options()
    limits = Limits(parse_pins(options.only), options.benign, tuple(options.streams))
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        player = Player(pathlib.Path(folder))
        with player.ready():
            if options.case is not None:
                return _replay(player, draw_case(options.case, limits), log=options.log)
            seeds = range(options.seed, options.seed + options.cases)
            return _soak(player, seeds, limits, reported=options.report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=300, help="how many cases (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (%(default)s)")
    parser.add_argument("--case", type=int, metavar="SEED", help="replay one case and describe it")
    parser.add_argument("--log", action="store_true", help="with --case: show the tap's own log")
    parser.add_argument("--benign", action="store_true", help="only what no version may fail at")
    parser.add_argument("--only", action="append", default=[], metavar="BEHAVIOUR=VALUE")
    parser.add_argument("--streams", nargs="+", default=[], choices=sorted(RESOURCES))
    parser.add_argument(
        "--report",
        type=int,
        default=20,
        metavar="N",
        help="shrink and describe the first N failing cases (%(default)s)",
    )
    return parser.parse_args()


def _soak(player: Player, seeds: range, limits: Limits, *, reported: int) -> int:
    began, cpu = time.monotonic(), time.process_time()
    kinds: dict[str, list[int]] = defaultdict(list)
    causes: dict[str, list[int]] = defaultdict(list)
    failed: list[int] = []
    shrinking = 0.0
    played = 0
    for seed in seeds:
        case = draw_case(seed, limits)
        try:
            findings = player.play(case)
        except KeyboardInterrupt:
            break
        played += 1
        if findings:
            failed.append(seed)
            _say(f"case {seed} failed: {findings[0]}")
            for kind in {finding.kind for finding in findings}:
                kinds[kind].append(seed)
            if len(failed) <= reported:
                started = time.process_time()
                smallest = _smallest(player, case, findings[0])
                shrinking += time.process_time() - started
                causes[f"{findings[0].kind} with {', '.join(smallest.causes)}"].append(seed)
                _report(smallest, findings)
        if played % 500 == 0:
            _say(f"... {played} cases, {len(failed)} of them failed")
    _say("")
    for title, of in [*_most_first(causes), *_most_first(kinds)]:
        some = " ".join(map(str, of[:30])) + (" ..." if len(of) > 30 else "")
        _say(f"{title}: {len(of)} cases: {some}")
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu - shrinking
    _say(
        f"{played} cases from seed {seeds.start}, {player.runs} runs and {player.requests} "
        f"requests, in {seconds:.0f} s ({played / cpu * 60:.0f} cases a minute of one core): "
        f"{len(failed)} failed"
    )
    return int(bool(failed))


def _most_first(cases: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    return sorted(cases.items(), key=lambda one: -len(one[1]))


def _smallest(player: Player, case: Case, finding: Finding) -> Case:
    """Shrink a case, as long as the same promise about the same stream is broken."""
    about = finding.words.partition(":")[0].partition(" ")[0]

    def fails(candidate: Case) -> bool:
        return any(
            one.kind == finding.kind and one.words.startswith(about)
            for one in player.play(candidate)
        )

    return shrink(case, fails)


def _report(case: Case, findings: list[Finding]) -> None:
    _say(f"\n{findings[0]}")
    counts = Counter(finding.kind for finding in findings)
    if len(findings) > 1:
        _say("and in all: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()))
    _say(f"the smallest case that still fails so:\n{case.describe()}")


def _replay(player: Player, case: Case, *, log: bool) -> int:
    _say(case.describe())
    findings = player.play(case)
    for run in player.last_runs:
        _say(
            f"run {run.place}: exit code {run.end.code}, {len(run.end.exchanges)} requests, "
            f"{sum(map(len, run.output.records.values()))} records, "
            f"{len(run.output.states)} states, {run.end.waited:.0f} s simulated"
        )
        if log:
            _say(run.end.log)
            for exchange in run.end.exchanges:
                _say(f"    {exchange.status} {exchange.rows} {exchange.path} {exchange.params}")
    for finding in findings:
        _say(finding)
    _say(f"{len(findings)} findings")
    return int(bool(findings))


def _say(words: object) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
