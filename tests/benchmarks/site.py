"""The responses of the benchmark's server, and the ledger of its requests; no network."""

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
"""The path that returns the ledger and starts a new one."""
SORTS = {"ID", "ArrivedAt"}
"""What messages can be sorted by: both are the order they are in."""
PARTS = {"Limit", "Offset", "Sort", "countOnly", "countRecords"}
MOST, ORDINARY = 1000, 10
"""The largest Limit, and that of a request without one."""


@dataclass(frozen=True)
class Pace:
    """The delay that is added to each response.

    Attributes:
        latency: seconds per response.
        growth: seconds more for each 1000 rows of Offset.
    """

    latency: float = 0.0
    growth: float = 0.0

    def delay(self, offset: int) -> float:
        """Return the seconds to wait before a response."""
        return self.latency + self.growth * offset / 1000


class Response(NamedTuple):
    """Status, body in parts that are sent one after the other, and seconds to wait before."""

    status: int
    body: tuple[bytes | memoryview, ...]
    delay: float = 0.0


@dataclass
class Entry:
    """The requests for one query.

    Attributes:
        query: its parameters, except the paging, sorting and counting ones.
        matched: rows that the query selects.
        requests: their number, including requests for a count.
        served: rows of all responses together.
    """

    resource: str
    query: str
    matched: int = 0
    requests: int = 0
    served: int = 0


@dataclass
class Ledger:
    """The requests since the ledger was started.

    Attributes:
        under_way: requests that wait for their response now.
        most_at_once: the maximum of `under_way`.
        cpu_before: the seconds of CPU time that the server had used when the ledger started.
    """

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    under_way: int = 0
    most_at_once: int = 0
    cpu_before: float = field(default_factory=time.process_time)

    def begin(self) -> None:
        """Count a request that has arrived."""
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)

    def end(self) -> None:
        """Count a request as served."""
        self.under_way -= 1

    def note(self, resource: str, params: dict[str, str], *, matched: int, served: int) -> None:
        """Add a request to the entry of its query."""
        query = {name: value for name, value in params.items() if name not in PARTS}
        what = (resource, urlencode(query))
        entry = self.entries.setdefault(what, Entry(*what))
        entry.matched, entry.requests = matched, entry.requests + 1
        entry.served += served

    def to_json(self) -> bytes:
        """Return the ledger as JSON."""
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

    def respond(self, target: str) -> Response:
        """Return the response to a GET of a path with its query."""
        path, _, query = target.partition("?")
        if path == LEDGER:
            ledger, self.ledger = self.ledger, Ledger()
            return Response(200, (ledger.to_json(),))
        if not path.startswith(ROOT):
            return Response(404, _error(404, "no such path"))
        params = dict(parse_qsl(query))
        try:
            return self._listing(path.removeprefix(ROOT), params)
        except ValueError as error:
            return Response(400, _error(400, str(error)), self._pace.latency)

    def _listing(self, resource: str, params: dict[str, str]) -> Response:
        first, last = self._range(params) if resource == "message" else (0, 0)
        if params.get("countOnly") in {"1", "true"}:
            self.ledger.note(resource, params, matched=last - first, served=0)
            return Response(200, _envelope(last - first, b""), self._pace.latency)
        offset = _number(params, "Offset", 0)
        begin = min(first + offset, last)
        end = min(begin + min(_number(params, "Limit", ORDINARY), MOST), last)
        self.ledger.note(resource, params, matched=last - first, served=end - begin)
        page = _envelope(end - begin, self._rows.slice(begin, end))
        return Response(200, page, self._pace.delay(offset))

    def _range(self, params: dict[str, str]) -> tuple[int, int]:
        if params.get("Sort", "ID") not in SORTS:
            message = f"cannot sort by {params['Sort']}"
            raise ValueError(message)
        lower, upper = (
            seconds(params[name]) if name in params else None for name in ("FromTS", "ToTS")
        )
        return self._rows.between(lower, upper)


def _number(params: dict[str, str], name: str, otherwise: int) -> int:
    number = int(params.get(name, otherwise))
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
