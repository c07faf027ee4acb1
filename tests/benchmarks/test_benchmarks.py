from __future__ import annotations

import http.client
import itertools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.benchmarks import economy, report
from tests.benchmarks.contenders.schema import schema
from tests.benchmarks.measure import FailedError, Run, by_mark, timed
from tests.benchmarks.plan import Plan
from tests.benchmarks.results import Bar, Findings, Table
from tests.benchmarks.rows import SINCE, message, render, seconds, timestamp
from tests.benchmarks.server import RequestSummary, Server, serving
from tests.benchmarks.site import Entry, Pace, Site

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

UNTIL = seconds("2026-05-01T12:00:00Z")
COUNT = 2345
ROWS = render(COUNT, until=UNTIL)
TRUTH = [message(number, at) for number, at in enumerate(ROWS.times)]


@pytest.fixture
def site() -> Site:
    return Site(ROWS, Pace(latency=0.2, growth=0.5))


def get(site: Site, resource: str = "message", **params: object) -> Any:
    response = site.respond(f"/v3/REST/{resource}?{urlencode(params)}")
    assert response.status == 200
    return json.loads(b"".join(response.body))


def test_rows_are_as_the_schema_says() -> None:
    properties = schema()["properties"]
    assert len(properties) == 25
    json_types: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    for row in TRUTH:
        assert row.keys() == properties.keys()
        for name, value in row.items():
            types = properties[name]["type"]
            allowed = [types] if isinstance(types, str) else types
            assert any(isinstance(value, json_types[one]) for one in allowed if one != "null"), name


def test_rows_come_in_order_of_time_and_id() -> None:
    assert list(ROWS.times) == sorted(ROWS.times)
    assert seconds(SINCE) <= ROWS.times[0] <= ROWS.times[-1] <= UNTIL
    assert len({row["ID"] for row in TRUTH}) == len({row["UUID"] for row in TRUTH}) == COUNT


@pytest.mark.parametrize("limit", [1, 10, 999, 1000])
def test_pages_are_the_rows(site: Site, limit: int) -> None:
    for offset in (0, 1, 777, COUNT - limit, COUNT - 1, COUNT, COUNT + 5):
        page = get(site, Limit=limit, Offset=offset)
        assert page["Data"] == TRUTH[offset : offset + limit]
        assert page["Count"] == page["Total"] == len(page["Data"])


def test_limit_is_ten_if_not_given_and_at_most_a_thousand(site: Site) -> None:
    assert get(site)["Count"] == 10
    assert get(site, Limit=5000)["Count"] == 1000


def test_windows_are_later_than_one_bound_and_not_later_than_the_other(site: Site) -> None:
    for low, high in ((0, 0), (0, 1), (5, 1200), (1000, 900), (COUNT - 2, COUNT - 1)):
        bounds: dict[str, Any] = {
            "FromTS": TRUTH[low]["ArrivedAt"],
            "ToTS": TRUTH[high]["ArrivedAt"],
        }
        inside = [
            row
            for row in TRUTH
            if str(bounds["FromTS"]) < str(row["ArrivedAt"]) <= str(bounds["ToTS"])
        ]
        counted = {"Count": len(inside), "Data": [], "Total": len(inside)}
        assert get(site, **bounds, countOnly=1) == counted
        found: list[Any] = []
        for offset in itertools.count(0, 1000):
            page = get(site, **bounds, Limit=1000, Offset=offset, Sort="ID")["Data"]
            found += page
            if len(page) < 1000:
                break
        assert found == inside


def test_what_else_mailjet_has_is_empty(site: Site) -> None:
    for resource in ("contact", "statcounters", "bouncestatistics"):
        assert get(site, resource, Limit=1000) == {"Count": 0, "Data": [], "Total": 0}
    assert site.respond("/elsewhere").status == 404


@pytest.mark.parametrize("query", ["Sort=Status", "Offset=-1", "Limit=x", "FromTS=yesterday"])
def test_what_it_does_not_understand_it_refuses(site: Site, query: str) -> None:
    assert site.respond(f"/v3/REST/message?{query}").status == 400


def test_responses_take_longer_with_offset(site: Site) -> None:
    assert site.respond("/v3/REST/message?Offset=0").delay == 0.2
    assert site.respond("/v3/REST/message?Offset=2000").delay == pytest.approx(1.2)


def test_ledger_lists_the_requests(site: Site) -> None:
    get(site, Limit=1000)
    get(site, Limit=1000, Offset=2000)
    get(site, countOnly=1)
    get(site, FromTS=timestamp(UNTIL))
    get(site, "contact")
    ledger = json.loads(b"".join(site.respond("/ledger").body))
    assert [list(entry.values()) for entry in ledger["entries"]] == [
        ["message", "", COUNT, 3, 1345],
        ["message", urlencode({"FromTS": timestamp(UNTIL)}), 0, 1, 0],
        ["contact", "", 0, 1, 0],
    ]
    assert json.loads(b"".join(site.respond("/ledger").body))["entries"] == []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(50, until=UNTIL, pace=Pace(latency=0.05)) as server:
        yield server


def test_server_keeps_connections_open_and_serves_them_concurrently(server: Server) -> None:
    server.read_ledger()
    host = urlsplit(server.url).netloc
    connections = [http.client.HTTPConnection(host, timeout=10) for _ in range(3)]
    for offset in (0, 7):
        for connection in connections:
            connection.request("GET", f"/v3/REST/message?Limit=7&Offset={offset}")
        for connection in connections:
            page = json.loads(connection.getresponse().read())
            ids = [row["ID"] - TRUTH[0]["ID"] for row in page["Data"]]
            assert ids == list(range(offset, offset + 7))
    for connection in connections:
        connection.close()
    summary = server.read_ledger()
    assert summary.by_resource == {"message": 6}
    assert summary.most_at_once == 3


def test_process_is_timed_and_its_records_counted(tmp_path: pathlib.Path) -> None:
    line = '{"type":"RECORD","record":{"a":"' + "x" * 100 + '"}}'
    usage, output = timed(["sh", "-c", f"yes '{line}' | head -n 30000"], tmp_path)
    assert by_mark(output) == 30_000
    assert usage.wall > 0
    assert usage.peak > 0
    with pytest.raises(FailedError, match="no luck"):
        timed(["sh", "-c", "echo no luck >&2; exit 3"], tmp_path)


def run(contender: str, wall: float, delivered: int = 100) -> Run:
    return Run(contender, 100, delivered, wall, wall, 50.0)


def findings() -> Findings:
    table = Table(
        "speed", "Some", [run("floor", 2.0), run("tap-mailjet", 5.0), run("tap-mailjet", 3.0)]
    )
    bars = [
        Bar(1, "within", 2.0, 1.5),
        Bar(1, "beyond", 2.0, 2.5),
        Bar(2, "enough", 3.5, 3.5, at_least=True),
        Bar(2, "too little", 3.5, 3.4, at_least=True),
        Bar(4, "counted, within", 1, 1, by_time=False),
        Bar(4, "counted, beyond", 1, 2, by_time=False),
    ]
    return Findings([table], bars, ["A fact."])


def verdicts(*, short: bool) -> dict[str, str]:
    lines = report.bars(findings(), short=short).splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {line[1]: line[4] for line in cells}


def test_report_marks_bars_right() -> None:
    assert verdicts(short=False) == {
        "within": "met",
        "beyond": "**NOT met**",
        "enough": "met",
        "too little": "**NOT met**",
        "counted, within": "met",
        "counted, beyond": "**NOT met**",
    }
    assert [bar.what for bar in findings().failed(short=False)] == [
        "beyond",
        "too little",
        "counted, beyond",
    ]


def test_short_run_judges_nothing_by_time() -> None:
    judged = {
        what: verdict for what, verdict in verdicts(short=True).items() if "not j" not in verdict
    }
    assert judged == {"counted, within": "met", "counted, beyond": "**NOT met**"}
    assert [bar.what for bar in findings().failed(short=True)] == ["counted, beyond"]


def test_report_gives_the_best_run_and_its_ratio() -> None:
    text = report.as_markdown(findings(), Plan(), short=False)
    assert "| **tap-mailjet** | 100 | 3.00 | 33 | 1.50 | 3.00 | 50 |" in text
    assert "A fact." in text
    results = json.loads(report.as_json(findings(), Plan(), short=False))
    assert [bar["verdict"] for bar in results["bars"]] == ["met", "NOT met"] * 3


def test_rows_that_did_not_come_are_said() -> None:
    found = findings()
    assert not found.broken
    found.add(Findings([Table("speed", "Other", [run("dlt", 1.0, delivered=99)])]))
    assert [one.contender for one in found.broken] == ["dlt"]
    assert "**dlt delivered 99 rows of 100.**" in report.as_markdown(found, Plan(), short=True)


def test_requests_are_judged_by_window_and_as_a_whole() -> None:
    entries = [
        Entry("message", "a-z", matched=6000, requests=2, served=1000),  # cut in two
        Entry("message", "a-m", matched=3000, requests=5, served=3000),
        Entry("message", "m-z", matched=3000, requests=6, served=3000),  # one too many
    ]
    bars = economy.spent(RequestSummary(entries, 1, 0.0), 6000).bars
    assert [(bar.limit, bar.measured) for bar in bars] == [(0, 1), (10, 13), (0, 1)]
    assert economy.allowed(0) == 2
    assert economy.allowed(100_000) == 107
