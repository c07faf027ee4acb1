"""A resource in memory whose server is odd in ways that are not documented either way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pendulum

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.reading.server_findings import ServerFindings
from tests.support.moving import Inline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    Json = dict[str, Any]

LOWER, UPPER = "EventFromTs", "EventToTs"
BEGIN = pendulum.datetime(2026, 1, 1)


def at(second: int) -> str:
    """Return the timestamp `second` seconds after the first one."""
    return BEGIN.add(seconds=second).strftime("%Y-%m-%dT%H:%M:%SZ")


def events(*seconds: int) -> list[Json]:
    """Rows in the order of their IDs, each with its time."""
    return [{"ID": number, "At": at(second)} for number, second in enumerate(seconds)]


@dataclass
class OddServer:
    """Stands in for MailjetClient.

    Attributes:
        rows: What the resource holds.
        total: Whether Total counts the page, all rows, or far too many.
        count_records: Whether countRecords=1 is honoured, ignored or refused.
        count_only: What countOnly=1 returns: a number is returned as it is.
        cap: The most rows of a page.
        hidden: IDs of rows that are dropped after the limit was applied.
        offset_limit: The offset from which on `beyond` applies.
        beyond: What a request beyond the limit gets.
        time_filter: Whether the bounds of time are honoured; `upper` honours that one only.
        requests: The parameters of all requests, in order.
    """

    rows: list[Json]
    total: Literal["page", "result", "huge"] = "page"
    count_records: Literal["honoured", "ignored", "refused"] = "ignored"
    count_only: Literal["rows", "account"] | int = "rows"
    cap: int = 1000
    hidden: frozenset[int] = frozenset()
    offset_limit: int = 10**9
    beyond: Literal["refused", "empty", "clamped"] = "refused"
    time_filter: Literal["honoured", "ignored", "refused", "upper", "lower"] = "honoured"
    requests: list[Mapping[str, str]] = field(default_factory=list)

    def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
        """Return a page or a count, like MailjetClient.get."""
        self.requests.append(params)
        assert len(self.requests) < 3000, "this would go on without end"
        if "countRecords" in params and self.count_records == "refused":
            msg = "Unknown parameter countRecords"
            raise BadRequestError(msg)
        rows = self._selected(params)
        if "countOnly" in params:
            return self._respond([], self._counted(rows), how)
        page = self._page(rows, int(params["Offset"]), int(params["Limit"]))
        return self._respond(page, self._total(rows, page, params), how)

    def _selected(self, params: Mapping[str, str]) -> list[Json]:
        if self.time_filter == "refused" and LOWER in params:
            raise BadRequestError(*["Unknown parameter EventFromTs"])
        lower = params.get(LOWER, "") if self.time_filter in {"honoured", "lower"} else ""
        upper = params.get(UPPER, "9") if self.time_filter in {"honoured", "upper"} else "9"
        return [row for row in self.rows if not row["At"] or lower <= row["At"] <= upper]

    def _counted(self, rows: list[Json]) -> int:
        if isinstance(self.count_only, int):
            return self.count_only
        return len(rows if self.count_only == "rows" else self.rows)

    def _page(self, rows: list[Json], offset: int, limit: int) -> list[Json]:
        if offset > self.offset_limit:
            if self.beyond == "refused":
                raise BadRequestError(*["Offset is too large"])
            if self.beyond == "empty":
                return []
            offset = self.offset_limit
        page = rows[offset : offset + min(limit, self.cap)]
        return [row for row in page if row["ID"] not in self.hidden]

    def _total(self, rows: list[Json], page: list[Json], params: Mapping[str, str]) -> int:
        is_counted = "countRecords" in params and self.count_records == "honoured"
        if self.total == "huge":
            return 10**7
        return len(rows) if is_counted or self.total == "result" else len(page)

    @staticmethod
    def _respond(data: list[Json], total: int, how: Json) -> Any:
        return how["decode"](
            msgspec.json.encode({"Count": len(data), "Data": data, "Total": total})
        )

    def reader(
        self,
        page_size: int = 10,
        resource: str = "openinformation",
        pool: Executor | None = None,
    ) -> PageReader:
        """A reader of this resource, in a run of its own."""
        return PageReader(
            self,  # type: ignore[arg-type]
            resource,
            page_size=page_size,
            pool=pool or Inline(),
            ahead=3,
            findings=ServerFindings(),
        )
