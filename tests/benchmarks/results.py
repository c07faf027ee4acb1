"""What a benchmark finds: tables of runs, and bars that are met or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.measure import Run


@dataclass(frozen=True)
class Bar:
    """One target, and what was measured.

    Attributes:
        point: which of the seven it belongs to.
        at_least: whether `limit` is the minimum of `measured`, not the maximum.
        by_time: whether it was measured by the clock, so that it says nothing of a short run.
    """

    point: int
    what: str
    limit: float
    measured: float
    at_least: bool = False
    by_time: bool = True

    @property
    def is_met(self) -> bool:
        """Whether what was measured is within the limit."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def verdict(self, *, short: bool) -> str:
        """What to say of it."""
        if short and self.by_time:
            return "not judged"
        return "met" if self.is_met else "**NOT met**"


@dataclass(frozen=True)
class Table:
    """The runs of several contenders with one server.

    Attributes:
        part: which part of the benchmark it is, in a word.
        runs: all of them; what is reported of a contender is the best of its.
    """

    part: str
    title: str
    runs: list[Run]

    def best(self, contender: str, rows: int | None = None) -> Run:
        """Return the quickest run of a contender, with this number of rows unless it is None."""
        return min(
            (run for run in self.runs if run.contender == contender and rows in {None, run.rows}),
            key=lambda run: run.wall,
        )

    def bests(self) -> list[Run]:
        """The quickest run of each contender with each number of rows."""
        seen = dict.fromkeys((run.contender, run.rows) for run in self.runs)
        return [self.best(*one) for one in seen]

    def peak(self, contender: str) -> float:
        """The least of the peaks of a contender's runs, in MiB."""
        return min(run.peak for run in self.runs if run.contender == contender)


@dataclass
class Findings:
    """All that was found.

    Attributes:
        facts: what else is worth knowing, each a sentence.
    """

    tables: list[Table] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def add(self, *others: Findings) -> None:
        """Take over what others found."""
        for other in others:
            self.tables += other.tables
            self.bars += other.bars
            self.facts += other.facts

    @property
    def broken(self) -> list[Run]:
        """Runs that did not deliver what was there, which no speed excuses."""
        return [run for table in self.tables for run in table.runs if not run.is_whole]

    def failed(self, *, short: bool) -> list[Bar]:
        """Bars that are judged and not met."""
        return [bar for bar in self.judged(short=short) if not bar.is_met]

    def judged(self, *, short: bool) -> Iterable[Bar]:
        """Bars that can be judged."""
        return (bar for bar in self.bars if not (short and bar.by_time))
