"""What the benchmark's server answers, and the ledger of what it was asked; no network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec

from tests.benchmarks.rows import seconds

if TYPE_CHECKING:
    from tests.benchmarks.rows import Rows

ROOT = "/v3/REST/"
LEDGER = "/ledger"
"""Where the ledger is read, and then begun anew."""
SORTS = {"ID", "ArrivedAt"}
"""What messages can be sorted by: both are the order they are in."""
PARTS = {"Limit", "Offset", "Sort", "countOnly", "countRecords"}
MOST, ORDINARY = 1000, 10
"""The largest Limit, and that of a request without one."""


@dataclass(frozen=True)
class Pace:
    """How long an answer is made to take, over and above the work it is.

    Attributes:
        latency: seconds an answer.
        growth: seconds more for each 1000 rows of Offset.
    """

    latency: float = 0.0
    growth: float = 0.0

    def delay(self, offset: int) -> float:
        """Seconds to wait before answering."""
        return self.latency + self.growth * offset / 1000


class Answer(NamedTuple):
    """Status and body, in parts that are to be sent one after the other, and when to send them."""

    status: int
    body: tuple[bytes | memoryview, ...]
    delay: float = 0.0


@dataclass
class Entry:
    """What was asked for with one query.

    Attributes:
        query: its parameters, but for those that say which part of the answer is wanted, and how.
        matched: rows that there are.
        requests: how many there were, those for a count included.
        served: rows given, all answers together.
    """

    resource: str
    query: str
    matched: int = 0
    requests: int = 0
    served: int = 0


@dataclass
class Ledger:
    """What was asked since the ledger was begun.

    Attributes:
        under_way: requests that wait for their answer now.
        most_at_once: the most that ever did.
        cpu_before: the seconds of CPU time that the server had spent when it began.
    """

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    under_way: int = 0
    most_at_once: int = 0
    cpu_before: float = field(default_factory=time.process_time)

    def begin(self) -> None:
        """Take note that a request came."""
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)

    def end(self) -> None:
        """Take note that it was answered."""
        self.under_way -= 1

    def note(self, resource: str, asked: dict[str, str], *, matched: int, served: int) -> None:
        """Take note of what it was for."""
        query = {name: value for name, value in asked.items() if name not in PARTS}
        what = (resource, urlencode(query))
        entry = self.entries.setdefault(what, Entry(*what))
        entry.matched, entry.requests = matched, entry.requests + 1
        entry.served += served

    def told(self) -> bytes:
        """The ledger as JSON."""
        return msgspec.json.encode(
            {
                "entries": list(self.entries.values()),
                "most_at_once": self.most_at_once,
                "cpu": time.process_time() - self.cpu_before,
            }
        )


class Site:
    """A Mailjet that has messages, and nothing of anything else.

    FromTS is taken as later than, ToTS as not later than; `Total` is the rows of the page.
    """

    def __init__(self, rows: Rows, pace: Pace) -> None:
        self._rows = rows
        self._pace = pace
        self.ledger = Ledger()

    def answer(self, target: str) -> Answer:
        """Answer a GET of a path with its query."""
        path, _, query = target.partition("?")
        if path == LEDGER:
            ledger, self.ledger = self.ledger, Ledger()
            return Answer(200, (ledger.told(),))
        if not path.startswith(ROOT):
            return Answer(404, _error(404, "no such path"))
        asked = dict(parse_qsl(query))
        try:
            return self._listing(path.removeprefix(ROOT), asked)
        except ValueError as error:
            return Answer(400, _error(400, str(error)), self._pace.latency)

    def _listing(self, resource: str, asked: dict[str, str]) -> Answer:
        first, last = self._range(asked) if resource == "message" else (0, 0)
        if asked.get("countOnly") in {"1", "true"}:
            self.ledger.note(resource, asked, matched=last - first, served=0)
            return Answer(200, _envelope(last - first, b""), self._pace.latency)
        offset = _number(asked, "Offset", 0)
        begin = min(first + offset, last)
        end = min(begin + min(_number(asked, "Limit", ORDINARY), MOST), last)
        self.ledger.note(resource, asked, matched=last - first, served=end - begin)
        page = _envelope(end - begin, self._rows.slice(begin, end))
        return Answer(200, page, self._pace.delay(offset))

    def _range(self, asked: dict[str, str]) -> tuple[int, int]:
        if asked.get("Sort", "ID") not in SORTS:
            message = f"cannot sort by {asked['Sort']}"
            raise ValueError(message)
        lower, upper = (
            seconds(asked[name]) if name in asked else None for name in ("FromTS", "ToTS")
        )
        return self._rows.between(lower, upper)


def _number(asked: dict[str, str], name: str, otherwise: int) -> int:
    number = int(asked.get(name, otherwise))
    if number < 0:
        message = f"{name} is negative"
        raise ValueError(message)
    return number


def _envelope(count: int, data: bytes | memoryview) -> tuple[bytes | memoryview, ...]:
    return (b'{"Count":%d,"Data":[' % count, data, b'],"Total":%d}' % count)


def _error(status: int, message: str) -> tuple[bytes]:
    return (
        msgspec.json.encode(
            {"ErrorInfo": "", "ErrorMessage": message, "StatusCode": status},
        ),
    )
