"""Points 1, 2, 5 and 7: how fast rows come, how that scales, and in how much memory."""

from __future__ import annotations

import http.client
import math
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks import lineup
from tests.benchmarks.results import Bar, Findings, Table
from tests.benchmarks.server import serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.lineup import Contender
    from tests.benchmarks.measure import Run
    from tests.benchmarks.plan import Plan
    from tests.benchmarks.server import Server

PAGE = 1000
TAP, FLOOR, EIGHT = "tap-mailjet", "floor", "tap-mailjet, max_concurrency 8"
GROWING = ", server slower with Offset"


def interleaved(contenders: Sequence[Contender], server: Server, repeats: int) -> list[Run]:
    """Run each contender `repeats` times, in turns."""
    runs = []
    for _ in range(repeats):
        for contender in contenders:
            run = contender.run(server.url, server.rows)
            sys.stderr.write(f"{run.contender}: {run.delivered:,} rows in {run.wall:.2f} s\n")
            runs.append(run)
    return runs


def without_latency(plan: Plan) -> Findings:
    """Points 1 and 7."""
    with serving(plan.rows, until=plan.until) as server:
        facts = [_capacity(server)]
        server.read_ledger()
        contenders = [*lineup.everybody(), lineup.batches()]
        runs = interleaved(contenders, server, plan.repeats)
    title = f"No latency, {plan.rows:,} messages"
    table = Table("speed", title, runs)
    mine = table.best(TAP).wall
    airbyte, dlt = (contender().name for contender in (lineup.airbyte, lineup.dlt))
    bare = lineup.bare_sdk().name
    bars = [
        Bar(1, "wall time relative to the floor", 2.0, mine / table.best(FLOOR).wall),
        Bar(1, f"times faster than {airbyte}", 3.5, table.best(airbyte).wall / mine, at_least=True),
        Bar(1, f"times faster than {dlt}", 3.0, table.best(dlt).wall / mine, at_least=True),
        Bar(7, f"peak memory relative to the {bare}", 1.5, table.peak(TAP) / table.peak(bare)),
    ]
    return Findings([table], bars, facts)


def _capacity(server: Server) -> str:
    """Return a sentence on how fast the server is by itself."""
    server.read_ledger()
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    count, size = 0, 0
    began = time.perf_counter()
    while time.perf_counter() - began < 1:
        offset = count * PAGE % max(PAGE, server.rows)
        connection.request("GET", f"/v3/REST/message?Limit={PAGE}&Offset={offset}")
        size += len(connection.getresponse().read())
        count += 1
    took = time.perf_counter() - began
    connection.close()
    cpu = server.read_ledger().cpu
    return (
        f"The server by itself: {count / took:,.0f} pages of {size / count / 1e3:,.0f} kB a second "
        f"to one connection that only reads, at {cpu / count * 1e3:.2f} ms of CPU time a page."
    )


def with_latency(plan: Plan) -> Findings:
    """Point 2."""
    eight = lineup.tap(EIGHT, max_concurrency=8)
    contenders = [*lineup.everybody(), eight, lineup.floor_of_eight()]
    runs, starts = [], []
    with serving(plan.fewer, until=plan.until, pace=plan.slow) as server:
        for _ in range(plan.repeats):
            runs += interleaved(contenders, server, 1)
            starts.append(lineup.start_up(server.url))
    latency = plan.slow.latency
    table = Table("latency", f"{latency * 1000:.0f} ms per response, {plan.fewer:,} messages", runs)
    mine = table.best(TAP).wall
    others = [one.name for one in lineup.everybody() if one.name != TAP]
    bars = [
        Bar(2, f"times faster than {other}", 3.5, table.best(other).wall / mine, at_least=True)
        for other in others
    ]
    can_be_done, done = table.best(lineup.floor_of_eight().name).wall, table.best(EIGHT).wall
    bars.append(
        Bar(
            2,
            "with 8 connections: wall time relative to the floor with 8 connections",
            1.5,
            done / can_be_done,
        )
    )
    start = min(starts)
    rounds = math.ceil(plan.fewer / PAGE / 8)
    fact = (
        f"{rounds} rounds of 8 responses take {rounds * latency:.2f} s by themselves. The tap with "
        f"8 took {done:.2f} s, of which {start:.2f} s are its start-up: without that, "
        f"{max(0.0, done - start) / (rounds * latency):.2f} times as long."
    )
    return Findings([table], bars, [fact])


def at_scale(plan: Plan) -> Findings:
    """Point 5."""
    runs: list[Run] = []
    starts = []
    for rows in (plan.few, plan.rows, plan.many):
        with serving(rows, until=plan.until) as server:
            contenders = [lineup.floor(), lineup.tap()]
            runs += interleaved(contenders, server, plan.repeats_at_scale)
            starts.append(lineup.start_up(server.url))
        with serving(rows, until=plan.until, pace=plan.growing) as server:
            contenders = [_growing(lineup.tap())]
            if rows < plan.many:  # else it would wait for most of an hour
                contenders.append(_growing(lineup.floor()))
            runs += interleaved(contenders, server, plan.repeats_at_scale)
    growth = plan.growing.growth * 1000
    title = f"Scale, also with responses that take {growth:.0f} ms more per 1000 rows of Offset"
    table = Table("scale", title, runs)
    start = min(starts)
    ratios = {
        name: (table.best(name, plan.many).wall - start)
        / (table.best(name, plan.rows).wall - start)
        * (plan.rows / plan.many)
        for name in (TAP, TAP + GROWING)
    }
    what = f"time per row at {plan.many:,} rows relative to {plan.rows:,}, without start-up"
    return Findings(
        [table],
        [
            Bar(5, what, 1.1, ratios[TAP]),
            Bar(5, f"{what}; server that slows down with Offset", 1.1, ratios[TAP + GROWING]),
        ],
    )


def _growing(contender: Contender) -> Contender:
    return lineup.Contender(contender.name + GROWING, contender.command, contender.count)
