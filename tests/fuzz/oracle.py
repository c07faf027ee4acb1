"""Compares what came out of the runs with the account that was read, and with nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.fuzz.expected import is_wanted, matches
from tests.fuzz.findings import Finding, Run
from tests.fuzz.resources import RESOURCES, TOTALS, Resource
from tests.fuzz.totals import totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.account import Account, Item
    from tests.fuzz.case import Case

# For these, 404 means that a row of the parent has nothing: a link that nobody has clicked.
OPTIONAL = {"link_clicks", "contact_list_memberships"}

Key = tuple[str, tuple[Any, ...]]
Emissions = dict[Key, list[tuple[int, dict[str, Any]]]]


class Oracle:
    """What is wrong with the runs of a case.

    Args:
        case: what was played.
        account: what there was.
    """

    def __init__(self, case: Case, account: Account) -> None:
        self.case = case
        self.account = account
        self.runs: list[Run] = []
        self._emitted: Emissions = defaultdict(list)
        self._items: dict[Key, list[Item]] = {}
        # Streams that a run could rightly say the account does not have.
        self._excused: list[set[str]] = []

    @property
    def came(self) -> set[Key]:
        """The stream and the key of every record so far."""
        return set(self._emitted)

    def judge(self, run: Run) -> Iterator[Finding]:
        """Add the next run, and yield what is wrong with it."""
        self.runs.append(run)
        self._excused.append(self._lacking(run))
        self._index()
        for stream, records in run.output.records.items():
            for record in records:
                key = tuple(record.get(name) for name in RESOURCES[stream].key)
                self._emitted[stream, key].append((run.place, record))
        yield from self._wrong_records(run)
        yield from self._doubles(run)
        if run.is_whole:
            yield from self._losses(run)

    def _index(self) -> None:
        self._items = defaultdict(list)
        for stream in {stream for run in self.runs for stream in run.night.streams}:
            for item in self.account.tables[stream]:
                if item.key is not None:
                    self._items[stream, item.key].append(item)

    def _lacking(self, run: Run) -> set[str]:
        """List the streams whose resource refused the very first request for it."""
        wants_all = run.night.wants_all and all(
            RESOURCES[stream].parent in {None, *run.night.streams} for stream in run.night.streams
        )
        first: dict[str, int] = {}
        for exchange in run.end.exchanges:
            if exchange.status in {200, 403, 404}:
                first.setdefault(exchange.stream, exchange.status)
        lacking = {
            stream
            for stream in run.night.streams
            if first.get(stream) in {403, 404}
            and not RESOURCES[stream].essential
            and (wants_all or stream == "senders" or (stream in OPTIONAL and first[stream] == 404))
        }
        return lacking | {
            stream for stream in run.night.streams if RESOURCES[stream].parent in lacking
        }

    def _wrong_records(self, run: Run) -> Iterator[Finding]:
        for stream, records in run.output.records.items():
            if stream in TOTALS:
                continue
            for record in records:
                yield from self._wrong_record(run, RESOURCES[stream], record)

    def _wrong_record(
        self, run: Run, resource: Resource, record: dict[str, Any]
    ) -> Iterator[Finding]:
        key = tuple(record.get(name) for name in resource.key)
        items = self._items.get((resource.stream, key))
        if not items:
            yield Finding("invented", run.place, f"{resource.stream}: no row has the key {key}")
            return
        reasons = [
            reason
            for item in items
            for version in item.versions_within(run.begun, run.ended)
            for reason in [matches(record, item, version, run.night)]
        ]
        if "" not in reasons:
            words = f"{resource.stream} {key}: {reasons[-1] if reasons else 'was not there then'}"
            yield Finding("wrong value", run.place, words)

    def _doubles(self, run: Run) -> Iterator[Finding]:
        for stream, records in run.output.records.items():
            resource = RESOURCES[stream]
            is_sure = resource.bounds is not None or (
                run.is_still
                and self.case.behaviour["offset"] == "honoured"
                and self.case.behaviour["hidden"] == "none"
            )
            if not is_sure or stream in TOTALS:
                continue
            if resource.parent and not run.is_still:
                continue
            if self.case.behaviour["hidden"] != "none" and self._has_equal_rows(stream):
                continue  # pages with rows missing between them are joined by their last row
            came = Counter(tuple(record.get(name) for name in resource.key) for record in records)
            for key, times in came.items():
                known = sum(
                    len([*item.versions_within(run.begun, run.ended)]) if not run.is_still else 1
                    for item in self._items.get((stream, key), ())
                    if item.died is None or item.died > run.begun
                )
                if times > max(1, known):
                    words = f"{stream} {key} came {times} times, the account has it {known} times"
                    yield Finding("doubled", run.place, words)

    def _has_equal_rows(self, stream: str) -> bool:
        return any(len(items) > 1 for key, items in self._items.items() if key[0] == stream)

    def _losses(self, run: Run) -> Iterator[Finding]:
        for stream in run.night.streams:
            if stream in self._excused[-1]:
                continue
            if stream in TOTALS:
                yield from self._wrong_totals(run, stream)
                continue
            lost = []
            needed: Counter[Key] = Counter()
            for item in self.account.tables[stream]:
                if item.key is None or not self._is_required(item, run):
                    continue
                needed[stream, item.key] += 1
            is_hiding = self.case.behaviour["hidden"] != "none"
            for key, times in needed.items():
                # Pages with rows missing between them are joined by their last row, so that the
                # copies of an equal event cannot be counted.
                if self._came(key, run) < (1 if is_hiding else times):
                    lost.append(key[1])
            if lost:
                words = f"{stream}: {len(lost)} of {len(needed)} rows, such as {min(lost, key=str)}"
                yield Finding("loss", run.place, words)

    def _is_required(self, item: Item, run: Run) -> bool:
        parent = item.parent
        listed = [item] if parent is None else [item, parent]
        if not all(self._is_listed(one, run) for one in listed):
            return False
        if len([*item.versions_within(run.begun, run.ended)]) > 1:
            return False
        if RESOURCES[listed[-1].stream].clock is not None:
            return self._is_due(item, run)
        return parent is None or not self._said_unknown(item, run)

    def _is_listed(self, item: Item, run: Run) -> bool:
        """Return True if the server listed a row throughout a run."""
        # Counters are read campaign by campaign, of the campaigns that the server lists.
        source = item.owner if item.stream == "statcounters" else None
        is_listed = not (item.is_hidden or (source and source.is_hidden))
        is_there = item.is_there(run.begun, run.ended) and is_listed
        return is_there and is_wanted(item, run.config)

    def _is_due(self, item: Item, run: Run) -> bool:
        """Return True if a correct bookmark cannot have passed a row before the row existed."""
        clocked = item.parent or item
        at = clocked.now.at
        start = max(one.start for one in self.runs)
        if at is None or not start <= at < run.limit:
            return False
        if len([*clocked.versions_within(run.begun, run.ended)]) > 1:
            return False
        before = self._before(item)
        if not before:
            return True
        passed = max(one.limit for one in before)
        lookback = min(one.lookback for one in self.runs[len(before) :])
        return at >= passed - lookback

    def _before(self, item: Item) -> list[Run]:
        """List the runs that began before a row was as it is now."""
        since = max(item.now.tick, item.parent.born if item.parent else 0)
        count = sum(run.begun <= since for run in self.runs[:-1])
        if item.parent:
            # What a run could say the account does not have, no later one reads again.
            excused = [streams for streams in self._excused[:-1] if item.stream in streams]
            count = max([count, *(self._excused.index(streams) + 1 for streams in excused)])
        return self.runs[:count]

    def _said_unknown(self, item: Item, run: Run) -> bool:
        """Return True if the server returned 404 for a row's parent.

        Then there is nothing to read now. The next run reads it, unless the parent has a bookmark.
        """
        assert item.parent is not None
        number = str(item.parent.now.fields["ID"])
        return any(
            exchange.status == 404
            and exchange.stream == item.stream
            and (f"/{number}" in exchange.path or exchange.params.get("CampaignId") == number)
            for exchange in run.end.exchanges
        )

    def _came(self, key: Key, run: Run) -> int:
        """Count the records of a row that are as it is now."""
        resource = RESOURCES[key[0]]
        items = [item for item in self._items[key] if item.died is None or item.died > run.ended]
        is_table = resource.clock is None and (
            resource.parent is None or RESOURCES[resource.parent].clock is None
        )
        counts: Counter[int] = Counter()
        for place, record in self._emitted.get(key, ()):
            if is_table and place != run.place:
                continue
            night = self.runs[place - 1].night
            if any(not matches(record, item, item.now, night) for item in items):
                counts[place] += 1
        # Equal rows come together, in one run or another.
        return max(counts.values(), default=0)

    def _wrong_totals(self, run: Run, stream: str) -> Iterator[Finding]:
        if not run.is_still or self.case.behaviour["deleted_events"] == "hidden":
            return
        messages = [
            item for item in self.account.living("messages") if is_wanted(item, run.config, stream)
        ]
        records = run.output.records[stream]
        for row in totals(stream, messages):
            if not any(row.items() <= record.items() for record in records):
                yield Finding("loss", run.place, f"{stream}: no record says {row}")
