"""The fuzzer itself: what it must notice, shown by output that was tampered with."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.fuzz.account import Account
from tests.fuzz.behaviour import Behaviour
from tests.fuzz.case import Case, Ending, Night
from tests.fuzz.command import KEY_PAIR
from tests.fuzz.counters import count
from tests.fuzz.drawing import BEGAN, Limits, draw_case
from tests.fuzz.faults import Fault
from tests.fuzz.growth import fill
from tests.fuzz.maker import DAY, Maker, Oddities, Size
from tests.fuzz.promises import broken_promises
from tests.fuzz.resources import RESOURCES, TOTALS
from tests.fuzz.runner import Player
from tests.helpers import SCHEMAS

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    Lines = list[dict[str, Any]]

FIRST = Night(0, 0, {"page_size": 7}, ("contacts", "messages", "open_events"))
NIGHTS = (FIRST, dataclasses.replace(FIRST, gap=3 * DAY, growth=6))
CASE = Case(1, BEGAN, Size(burst=3), Behaviour(), NIGHTS)


class Tampered(Player):
    """Plays cases whose first output something was done to on its way."""

    tamper: Callable[[Lines], Lines]

    @override
    def received(self, stdout: bytes, _run: int) -> bytes:
        if _run > 1:
            return stdout
        lines = [json.loads(line) for line in stdout.splitlines()]
        return b"".join(json.dumps(line).encode() + b"\n" for line in self.tamper(lines))


@pytest.fixture
def player(tmp_path: pathlib.Path) -> Iterator[Tampered]:
    player = Tampered(tmp_path)
    with player.ready():
        yield player


def of(lines: Lines, kind: str, stream: str | None = None) -> list[int]:
    """The places of the messages of a kind."""
    return [
        at
        for at, line in enumerate(lines)
        if line["type"] == kind and stream in {None, line.get("stream")}
    ]


def unchanged(lines: Lines) -> Lines:
    return lines


def without_a_message(lines: Lines) -> Lines:
    del lines[of(lines, "RECORD", "messages")[4]]
    return lines


def without_a_contact(lines: Lines) -> Lines:
    del lines[of(lines, "RECORD", "contacts")[-1]]
    return lines


def with_a_message_twice(lines: Lines) -> Lines:
    at = of(lines, "RECORD", "messages")[4]
    return [*lines[:at], lines[at], *lines[at:]]


def with_another_status(lines: Lines) -> Lines:
    lines[of(lines, "RECORD", "messages")[4]]["record"]["Status"] = "clicked twice"
    return lines


def with_a_number_as_text(lines: Lines) -> Lines:
    record = lines[of(lines, "RECORD", "open_events")[0]]["record"]
    record["UserAgentID"] = str(record["UserAgentID"])
    return lines


def with_a_stranger(lines: Lines) -> Lines:
    lines[of(lines, "RECORD", "contacts")[0]]["record"]["ID"] = 10**9
    return lines


def with_a_record_before_its_schema(lines: Lines) -> Lines:
    return [lines[of(lines, "RECORD", "messages")[0]], *lines]


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (unchanged, None),
        (without_a_message, "loss"),
        (without_a_contact, "loss"),
        (with_a_message_twice, "doubled"),
        (with_another_status, "wrong value"),
        (with_a_number_as_text, "wrong value"),
        (with_a_stranger, "invented"),
        (with_a_record_before_its_schema, "malformed"),
    ],
)
def test_tampered_output_is_noticed(
    player: Tampered, tamper: Callable[[Lines], Lines], kind: str | None
) -> None:
    player.tamper = tamper
    kinds = {finding.kind for finding in player.play(CASE)}
    assert kinds == set() if kind is None else kind in kinds


def test_state_that_vouches_for_what_came_after_it_is_noticed(player: Tampered) -> None:
    def state_first(lines: Lines) -> Lines:
        schemas = [lines[at] for at in of(lines, "SCHEMA")]
        return [*schemas, lines[of(lines, "STATE")[-1]]]

    killed = dataclasses.replace(FIRST, ending=Ending("cut", 1.0))
    case = dataclasses.replace(CASE, nights=(killed, NIGHTS[1]))
    player.tamper = unchanged
    assert player.play(case) == []
    player.tamper = state_first
    found = player.play(case)
    assert {(finding.kind, finding.run) for finding in found} == {("loss", 2)}
    # A full table is read again anyway.
    assert {finding.words.partition(":")[0] for finding in found} == {"messages", "open_events"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"code": 1}, "false failure"),
        ({"code": 143}, "exit code"),
        ({"is_stopped": True}, "exit code"),
        ({"is_broken": True}, "exit code"),
        ({"code": None, "problem": "endless"}, "endless"),
        ({"log": f"sent as {KEY_PAIR[1]}"}, "leak"),
        ({"log": "for person.7@mail.example"}, "leak"),
        ({"refusals": 2000}, "hammering"),
    ],
)
def test_broken_promises_are_noticed(player: Tampered, change: dict[str, Any], kind: str) -> None:
    player.tamper = unchanged
    player.play(CASE)
    run = player.last_runs[0]
    assert list(broken_promises(CASE, Account(), run)) == []
    tampered = dataclasses.replace(run, end=dataclasses.replace(run.end, **change))
    assert {finding.kind for finding in broken_promises(CASE, Account(), tampered)} == {kind}


def test_failure_that_is_fair_is_no_finding(player: Tampered) -> None:
    player.tamper = unchanged
    fault = Fault("400", "messages", nth=1, times=0, rest=True)
    failing = dataclasses.replace(FIRST, faults=(fault,))
    assert player.play(dataclasses.replace(CASE, nights=(failing, NIGHTS[1]))) == []
    assert [run.end.code for run in player.last_runs] == [1, 0]


def test_seed_is_the_same_case_with_the_same_requests_each_time(player: Tampered) -> None:
    player.tamper = unchanged
    seen = []
    for _ in range(2):
        case = draw_case(6, Limits(benign=True))
        assert case.inline
        player.play(case)
        seen.append((case, [run.end.exchanges for run in player.last_runs]))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("stream", RESOURCES)
def test_what_the_account_has_is_known_to_the_schema_of_its_stream(stream: str) -> None:
    account = Account()
    fill(Maker(account, Size(), Oddities(), now=BEGAN, read=()), 1)
    count(account, [("Campaign", "Event", "Day")], 1, 0, BEGAN)
    known = {name for item in account.tables[stream] for name in (*item.now.fields, *item.known)}
    assert known or stream in TOTALS
    assert known | {*RESOURCES[stream].key} <= {*SCHEMAS.get_schema(stream)["properties"]}
