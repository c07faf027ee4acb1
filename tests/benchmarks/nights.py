"""Count the requests of a night, stream by stream: `uv run python -m tests.benchmarks.nights`.

It generates an account (a million messages take minutes and 2 GiB of disk), syncs it once, and then
syncs an idle night, in which nothing happened, and an ordinary night.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from unittest import mock

from typing_extensions import override

from tap_mailjet.sandbox import Clock, Sandbox, Size
from tap_mailjet.tap import TapMailjet
from tests.helpers import DEFAULT, catalog_of, config_of

BEGIN = datetime(2026, 5, 1, 3, tzinfo=timezone.utc)
CHILDREN = ("link_clicks", "esp_statistics")
_SUMMARY = re.compile(r"^(\w+): ([\d,]+) rows, ([\d,]+) requests")


class Night(NamedTuple):
    """The rows and the requests of each stream in one sync, and its seconds."""

    rows: dict[str, int]
    requests: dict[str, int]
    seconds: float


class _Summaries(logging.Handler):
    """Collects the summary lines of a sync."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def main() -> None:
    """Print a Markdown table."""
    options = _options()
    size = Size(
        contacts=options.messages // 20,
        lists=10,
        campaigns=max(20, options.messages // 2500),
        messages=options.messages,
        days=options.days,
        future_days=3,
    )
    with Sandbox(size=size, seed=7, until=BEGIN, clock=Clock(at=BEGIN)) as sandbox:
        first, state = _sync(sandbox, None, options.page_size)
        _write(f"first sync: {sum(first.rows.values()):,} rows, {first.seconds:.0f} s")
        # Rows of the last hours appear late, and the tap learns what it can only learn from counts.
        sandbox.clock.advance(timedelta(days=1))
        learned, state = _sync(sandbox, state, options.page_size)
        idle, state = _sync(sandbox, state, options.page_size)
        sandbox.clock.advance(timedelta(days=1))
        ordinary, _ = _sync(sandbox, state, options.page_size)
    _print(first, learned, idle, ordinary)


def _sync(sandbox: Sandbox, state: Any, page_size: int) -> tuple[Night, Any]:
    handler = _Summaries()
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    began = time.monotonic()
    clock = property(lambda _: int(sandbox.clock.now().timestamp() * 1000))
    with (
        mock.patch.object(TapMailjet, "initialized_at", clock),
        contextlib.redirect_stdout(io.StringIO()) as written,
    ):
        tap = TapMailjet(
            config=config_of(sandbox, page_size=page_size),
            state=state,
            catalog=catalog_of(*DEFAULT, *CHILDREN),
        )
        tap.sync_all()
    logging.getLogger().removeHandler(handler)
    found = [match for match in map(_SUMMARY.match, handler.lines) if match]
    numbers = {
        match[1]: [int(text.replace(",", "")) for text in match.groups()[1:]] for match in found
    }
    states = [
        json.loads(line) for line in written.getvalue().splitlines() if '"STATE"' in line[:20]
    ]
    night = Night(
        {name: rows for name, (rows, _) in numbers.items()},
        {name: requests for name, (_, requests) in numbers.items()},
        time.monotonic() - began,
    )
    return night, states[-1]["value"] if states else state


def _print(*nights: Night) -> None:
    _write("| stream | first sync | | first night | | idle night | | ordinary night | |")
    _write("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    _write("| | rows | requests | rows | requests | rows | requests | rows | requests |")
    for name in nights[0].rows:
        cells = [f"{night.rows[name]:,} | {night.requests[name]:,}" for night in nights]
        _write(f"| `{name}` | {' | '.join(cells)} |")
    totals = [
        f"{sum(night.rows.values()):,} | {sum(night.requests.values()):,}" for night in nights
    ]
    _write(f"| all | {' | '.join(totals)} |")
    _write("seconds: " + ", ".join(f"{night.seconds:.1f}" for night in nights))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.nights", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="(%(default)s)")
    parser.add_argument("--days", type=int, default=365, help="days of history (%(default)s)")
    parser.add_argument("--page-size", type=int, default=1000, help="(%(default)s)")
    return parser.parse_args()


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
