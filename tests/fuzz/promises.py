"""What a run promises besides its rows: an exit code that is true, an end, and discretion."""

from __future__ import annotations

import base64
import math
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.fuzz.command import KEY_PAIR
from tests.fuzz.findings import Finding, Run
from tests.fuzz.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.fuzz.account import Account
    from tests.fuzz.case import Case, Night

SIGTERM = 143
FEW_CHANGES = 3
"""Changes during a run from which a read can always recover."""
REFUSALS = 40
"""Refusals in a row, within six seconds, from which on it is hammering."""
QUERIES = {"sent_campaigns": 2, "contact_lists": 2, "campaign_drafts": 4}
"""Queries that a stream is made of, where it is more than one."""
PAGES_HELD = 10
"""Pages from which on a window may be cut."""
_SECRETS = {
    "the key": KEY_PAIR[0],
    "the secret": KEY_PAIR[1],
    "the secret, percent-encoded": quote(KEY_PAIR[1], safe=""),
    "the token of the key pair": base64.b64encode(":".join(KEY_PAIR).encode()).decode()[:40],
    "a mail address": "@mail.example",
    "a percent-encoded mail address": "%40mail.example",
}


def broken_promises(case: Case, account: Account, run: Run) -> Iterator[Finding]:
    """List what is wrong with a run, whatever its rows are."""
    end = run.end
    if end.problem:
        words = f"{end.problem} after {len(end.exchanges)} requests: {_busiest(run)}"
        yield Finding(
            "endless" if end.problem in {"endless", "hangs"} else "crash", run.place, words
        )
        return
    yield from _wrong_code(case, account, run)
    for problem in run.output.problems[:3]:
        yield Finding("malformed", run.place, problem)
    for name, secret in _SECRETS.items():
        if secret in end.log:
            line = next(line for line in end.log.splitlines() if secret in line)
            yield Finding("leak", run.place, f"{name}: {line[:200]}")
    if end.refusals > REFUSALS:
        yield Finding("hammering", run.place, f"{end.refusals} refused requests in six seconds")


def _wrong_code(case: Case, account: Account, run: Run) -> Iterator[Finding]:
    end = run.end
    expected = {0, 1}
    if end.is_stopped or end.is_broken:
        expected = {*([SIGTERM] if end.is_stopped else []), *([1] if end.is_broken else [])}
    if end.code not in expected:
        words = f"exit code {end.code}, expected {expected}: {_last_error(run)}"
        yield Finding("exit code", run.place, words)
    elif end.code == 1 and not (reasons := list(_reasons(case, account, run))):
        yield Finding("false failure", run.place, _last_error(run))
    elif end.code == 1 and "ERROR" not in end.log and not reasons:
        yield Finding("exit code", run.place, "exit code 1 without a word")


def _reasons(case: Case, account: Account, run: Run) -> Iterator[str]:
    """List why a run may fail."""
    night = run.night
    if case.behaviour.may_fail:
        yield "the server cannot be read right"
    if run.end.is_broken:
        yield "stdout broke"
    if night.config["page_size"] == 1:
        yield "pages of one row"
    yield from (str(fault) for fault in night.faults if fault.is_fatal)
    if len(night.changes) > FEW_CHANGES:
        yield "the account changes all the time"
    for stream in night.streams:
        rows = account.tables[stream]
        if rows and all(item.key is None for item in rows):
            yield f"all rows of {stream} lack their key"
        statuses = {one.status for one in run.end.exchanges if one.stream == stream}
        if RESOURCES[stream].parent and 404 in statuses:
            yield f"a row was said to be unknown where {stream} was read"


def forgotten(run: Run, before: Sequence[Run]) -> Iterator[Finding]:
    """List the bookmarks that a state came with and that a later STATE does not have.

    A bookmark that other settings made is dropped on purpose.
    """
    if run.state is None or not before or any(one.config != run.config for one in before):
        return
    given = _bookmarks(run.state)
    for state in run.output.states:
        now = _bookmarks(state)
        for stream, bookmark in given.items():
            # One that is turned back lets rows come again; without one all of them do.
            if stream not in now:
                words = f"{stream}: a STATE without the bookmark {bookmark}"
                yield Finding("bookmark forgotten", run.place, words)
                return


def _bookmarks(state: dict[str, Any]) -> dict[str, str]:
    bookmarks: dict[str, dict[str, Any]] = state.get("bookmarks") or {}
    return {
        stream: str(bookmark["replication_key_value"])
        for stream, bookmark in bookmarks.items()
        if bookmark.get("replication_key_value") is not None
    }


def most_requests(case: Case, account: Account, night: Night, config: dict[str, Any]) -> int:
    """Return how many requests no run needs more of.

    A page of a table may be needed a few times over, where rows move or a server must be found
    out. A window that has more rows than may be held is cut, eight parts at a time, down to a
    second. A child is one request for each row of its parent.
    """
    page = min(int(config["page_size"]), case.behaviour.page_limit or 1000)
    most = 60
    streams = {*night.streams} | {RESOURCES[name].parent or name for name in night.streams}
    for stream in streams:
        resource = RESOURCES[stream]
        pages = math.ceil((len(account.tables[stream]) + 10) / max(1, page - 1))
        if resource.parent:
            most += 3 * len(account.tables[resource.parent]) + 4 * pages
        elif stream == "statcounters":
            sources = len(account.tables["sent_campaigns"]) + 1
            most += 30 * sources + 6 * pages + 4 * math.ceil(sources / max(1, page - 1)) + 200
        else:
            queries = QUERIES.get(stream, 1) * max(1, len(config.get("campaign_ids", ())))
            most += queries * (12 + 6 * pages)
            if resource.bounds and pages > PAGES_HELD:
                most += queries * 350
    if case.behaviour.may_fail:  # then pages are confirmed, and windows read twice
        most = 4 * most + 300
    if night.faults or night.changes:
        most += most // 2 + 60 * len(night.faults) + 30 * len(night.changes)
    return most


def _busiest(run: Run) -> str:
    counts = Counter(exchange.stream for exchange in run.end.exchanges)
    return ", ".join(f"{stream} {count}" for stream, count in counts.most_common(3))


def _last_error(run: Run) -> str:
    lines = [line for line in run.end.log.splitlines() if "| ERROR" in line or "| CRITICAL" in line]
    return " // ".join(line.split("|", 3)[-1].strip() for line in lines[-2:])[:400]
