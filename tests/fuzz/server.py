"""A fake Mailjet, independent of the sandbox: small, quick, and as odd as its settings say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fuzz.account import Item, Place, seconds, wire_time
from tests.fuzz.resources import RESOURCES, TOTALS, Resource
from tests.fuzz.totals import totals
from tests.fuzz.wire import write_error, write_fields, write_page, write_row

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from tests.fuzz.account import Account
    from tests.fuzz.behaviour import Behaviour

DAY = 86400
LARGEST_PAGE, DEFAULT_PAGE = 1000, 10
RESOLUTIONS = {"Day": DAY, "Hour": 3600, "Highest": 300}
_PARENT = re.compile(r"/(\d+)")


class Response(NamedTuple):
    """A response: its status and body, and how many rows it has."""

    status: int
    body: bytes
    rows: int = 0


class Refused(Exception):  # noqa: N818 - a response
    """A request whose response is an error."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Server:
    """Returns the responses to requests for one account.

    Attributes:
        now: the Unix second that it is.
        lacking: the streams whose resources the account does not have.
        quoted: what a careless server quotes in its errors.
    """

    def __init__(self, account: Account, behaviour: Behaviour, lacking: tuple[str, ...]) -> None:
        self.account = account
        self.behaviour = behaviour
        self.lacking = lacking
        self.now = 0
        self.quoted = ""
        self._listed: dict[Hashable, list[Any]] = {}
        self._epoch = -1

    def respond(self, path: str, params: Mapping[str, str]) -> Response:
        """Return the response to a path below /v3/REST/ with parameters."""
        try:
            return self._respond(path, params)
        except Refused as refusal:
            return self.error(refusal.status, refusal.words)

    def error(self, status: int, words: str) -> Response:
        """Return an error response."""
        return Response(status, write_error(status, words, self.behaviour, self.quoted))

    def find(self, path: str) -> tuple[Resource, int | None]:
        """Return the resource of a path, and the parent's ID in the path."""
        found = _PARENT.search(path)
        if found and path == f"message/{found[1]}":
            return RESOURCES["messages"], int(found[1])
        template = _PARENT.sub("/{ID}", path, count=1)
        for resource in RESOURCES.values():
            if resource.path == template:
                return resource, int(found[1]) if found else None
        raise Refused(400, f"unknown resource {path}")

    def _respond(self, path: str, params: Mapping[str, str]) -> Response:
        behaviour = self.behaviour
        resource, parent = self.find(path)
        if resource.stream in self.lacking:
            status = 403 if behaviour["lacking"] == "forbidden" else 404
            raise Refused(status, "Operation not allowed")
        if behaviour["unknown"] == "refused" and (unknown := set(params) - resource.known):
            raise Refused(400, f"unknown parameter {min(unknown)}")
        if "countRecords" in params and behaviour["count_records"] == "refused":
            raise Refused(400, "unknown parameter countRecords")
        rows = self._list(resource, parent, params)
        if "countOnly" in params and behaviour["count_only"] != "ignored":
            return Response(200, write_page([], self._count(resource, rows), behaviour))
        return self._page(resource, rows, params)

    def _count(self, resource: Resource, rows: list[Any]) -> int:
        behaviour = self.behaviour
        lies = {"zero": 0, "negative": -1}
        if behaviour["count_only"] in lies:
            return lies[behaviour["count_only"]]
        if behaviour["count_only"] == "account":
            return max(len(self.account.living(resource.stream)), len(rows))
        return self._visible(rows)

    def _visible(self, rows: list[Any]) -> int:
        if self.behaviour["hidden"] == "uncounted":
            return sum(not _is_hidden(row) for row in rows)
        return len(rows)

    def _page(self, resource: Resource, rows: list[Any], params: Mapping[str, str]) -> Response:
        behaviour = self.behaviour
        limit = int(params.get("Limit", DEFAULT_PAGE))
        offset = int(params.get("Offset", 0))
        if not 0 <= limit <= LARGEST_PAGE or offset < 0:
            raise Refused(400, "invalid Limit or Offset")
        offset = 0 if limit == 0 else offset
        limit = min(limit or LARGEST_PAGE, behaviour.page_limit or LARGEST_PAGE)
        if behaviour["offset"] == "ignored":
            offset = 0
        elif behaviour["offset"] != "honoured" and offset > behaviour.largest_offset:
            if behaviour["offset"] == "refused_beyond":
                raise Refused(400, "Offset is too large")
            is_clamped = behaviour["offset"] == "clamped_beyond"
            offset = behaviour.largest_offset if is_clamped else len(rows)
        rows = self._ordered(resource, rows, params)
        page = [row for row in rows[offset : offset + limit] if not _is_hidden(row)]
        total = len(page)
        if behaviour["total"] == "result" or (
            "countRecords" in params and behaviour["count_records"] == "honoured"
        ):
            total = self._visible(rows)
        if behaviour["total"] == "huge":
            total = 10**9
        written = [
            write_row(row, behaviour) if isinstance(row, Item) else write_fields(row, behaviour)
            for row in page
        ]
        return Response(200, write_page(written, total, behaviour), len(page))

    def _ordered(self, resource: Resource, rows: list[Any], params: Mapping[str, str]) -> list[Any]:
        behaviour = self.behaviour
        order = behaviour["order"]
        if sort := params.get("Sort"):
            is_known = resource.is_sortable or behaviour["sort"] != "by_metadata"
            if behaviour["sort"] == "refused" or not is_known:
                raise Refused(400, f"Cannot sort on field {sort}")
            if behaviour["sort"] != "ignored":
                order = "id" if sort.partition("+")[0] == "ID" else order
        if order == "shuffled" and all(isinstance(row, Item) for row in rows):
            return sorted(rows, key=lambda row: row.order)
        return rows[::-1] if order == "descending" else rows

    def _list(self, resource: Resource, parent: int | None, params: Mapping[str, str]) -> list[Any]:
        """List what a request selects, in the order of its ID."""
        if self._epoch != self.account.epoch:
            self._epoch = self.account.epoch
            self._listed.clear()
        selecting = {
            name: value
            for name, value in params.items()
            if name not in {"Limit", "Offset", "Sort", "countOnly", "countRecords"}
        }
        place = (resource.stream, parent, *sorted(selecting.items()))
        rows = self._listed.get(place)
        if rows is None:
            rows = self._listed[place] = self._select(resource, parent, selecting)
        return rows

    def _select(
        self, resource: Resource, parent: int | None, params: Mapping[str, str]
    ) -> list[Any]:
        if resource.parent:
            return self._of_parent(resource, parent, params)
        if resource.stream == "messages" and parent is not None:
            return self._single(parent)
        if resource.stream == "statcounters":
            return self._counters(params)
        if resource.stream in TOTALS:
            messages = self._filtered(resource, self.account.living("messages"), params)
            return totals(resource.stream, messages)
        return self._filtered(resource, self.account.living(resource.stream), params)

    def _single(self, number: int) -> list[Item]:
        rows = [row for row in self.account.living("messages") if row.key == (number,)]
        if not rows:
            raise Refused(404, "Object not found")
        return rows

    def _of_parent(
        self, resource: Resource, parent: int | None, params: Mapping[str, str]
    ) -> list[Item]:
        if parent is None:
            parent = int(params.get("CampaignId", 0))
        rows = self.account.children[Place(resource.stream, parent)]
        living = [row for row in rows if row.died is None]
        is_unknown = not living and resource.root != "messagehistory"
        if is_unknown and self.behaviour["unknown_child"] == "not_found":
            raise Refused(404, "Object not found")
        return living

    def _counters(self, params: Mapping[str, str]) -> list[Item]:
        source, timing, resolution = (
            params.get(name) for name in ("CounterSource", "CounterTiming", "CounterResolution")
        )
        if source is None or timing is None or resolution not in RESOLUTIONS:
            raise Refused(400, "CounterSource, CounterTiming, CounterResolution are required")
        if source != "APIKey" and "SourceID" not in params:
            raise Refused(400, "SourceID is required")
        first, last = (seconds(params.get(name, "0")) for name in ("FromTS", "ToTS"))
        if not params.get("FromTS"):
            first = self.now - 100 * RESOLUTIONS[resolution]
        if last == 0:
            last = self.now
        if last - first > 100 * RESOLUTIONS[resolution]:
            raise Refused(400, "too many slices")
        number = params.get("SourceID")
        return [
            row
            for row in self.account.living("statcounters")
            if row.known["CounterSource"] == source
            and row.known["CounterTiming"] == timing
            and row.known["CounterResolution"] == resolution
            and (number is None or str(row.known["SourceID"]) == number)
            and row.now.at is not None
            and first < row.now.at <= last
        ]

    def _filtered(
        self, resource: Resource, rows: list[Item], params: Mapping[str, str]
    ) -> list[Item]:
        behaviour = self.behaviour
        if resource.campaign and (number := params.get(resource.campaign)):
            rows = [row for row in rows if str(row.campaign.now.fields["ID"]) == number]
        for name in resource.flags:
            if name in params:
                wanted = params[name].lower() in {"true", "1"}
                rows = [row for row in rows if row.campaign.flags.get(name, False) == wanted]
            elif name in {"IsDeleted", "IsArchived"}:
                kind = "deleted_events" if resource.stream not in _BY_OWN_FLAG else "deleted"
                if behaviour[kind] == "hidden":
                    rows = [row for row in rows if not row.campaign.flags.get(name, False)]
        if resource.stream == "senders" and params.get("ShowDeleted") != "true":
            rows = [row for row in rows if not row.flags["deleted"]]
        if resource.stream == "message_sent_statistics" and params.get("AllMessages") != "true":
            rows = [row for row in rows if row.is_first]
        return self._timed(resource, rows, params)

    def _timed(self, resource: Resource, rows: list[Item], params: Mapping[str, str]) -> list[Item]:
        behaviour = self.behaviour
        is_timed = False
        if resource.bounds and resource.bounds[0] != "FromTS":
            lower, upper = (params.get(name) for name in resource.bounds)
            if resource.bounds[0] == "EventFromTs" and (lower or upper):
                lower, upper = self._event_bounds(lower, upper)
            is_timed = bool(lower or upper)
            rows = self._between(rows, lower, upper, is_own=True)
        if not resource.dated:
            return rows
        lower, upper = params.get("FromTS"), params.get("ToTS")
        is_lifted = bool(lower and seconds(lower) != 0)
        if behaviour["today"] == "any_filter":
            is_lifted = is_lifted or is_timed or bool(upper)
        is_own = resource.clock is not None and resource.bounds == ("FromTS", "ToTS")
        if behaviour["today"] != "off" and not is_lifted:
            midnight = self.now - self.now % DAY
            rows = self._between(rows, wire_time(midnight - 1), None, is_own=is_own)
        return self._between(rows, lower, upper, is_own=is_own)

    def _event_bounds(self, lower: str | None, upper: str | None) -> tuple[str | None, str | None]:
        mode = self.behaviour["event_filter"]
        if mode == "refused":
            raise Refused(400, "unknown filter EventFromTs")
        return (
            lower if mode in {"honoured", "lower_only"} else None,
            upper if mode in {"honoured", "upper_only"} else None,
        )

    def _between(
        self, rows: list[Item], lower: str | None, upper: str | None, *, is_own: bool
    ) -> list[Item]:
        if not lower and not upper:
            return rows
        first = seconds(lower) if lower else -(2**40)
        last = seconds(upper) if upper else 2**40
        first += lower is not None and self.behaviour["lower"] == "exclusive"
        last -= upper is not None and self.behaviour["upper"] == "exclusive"
        if is_own:
            return [row for row in rows if row.now.at is not None and first <= row.now.at <= last]
        return [row for row in rows if row.sent is not None and first <= row.sent <= last]


def _is_hidden(row: Any) -> bool:
    return isinstance(row, Item) and row.is_hidden


_BY_OWN_FLAG = {"sent_campaigns", "contact_lists", "campaign_drafts"}
