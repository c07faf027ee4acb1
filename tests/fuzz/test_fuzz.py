"""A fixed set of the fuzzer's cases; `python -m tests.fuzz` plays as many as there is time for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.behaviour import CHOICES, PLAIN
from tests.fuzz.case import parse_pins
from tests.fuzz.drawing import Limits, draw_case
from tests.fuzz.runner import Player

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

# For each behaviour that not every version of the tap survived, a case that showed it.
HARD = {
    "today=from_ts": 2,
    "today=any_filter": 3,
    "event_filter=ignored": 17,
    "event_filter=refused": 9,
    "event_filter=lower_only": 17,
    "event_filter=upper_only": 17,
    "total=huge": 4,
    "count_only=zero": 10,
    "count_only=negative": 10,
    "count_only=account": 38,
    "count_only=ignored": 17,
    "cap=small": 9,
    "cap=hundred": 39,
    "hidden=uncounted": 10,
    "hidden=counted": 10,
    "offset=ignored": 1,
    "offset=refused_beyond": 1,
    "offset=empty_beyond": 1,
    "offset=clamped_beyond": 31,
    "deleted_events=hidden": 26,
    "values=decimals": 9,
    "spelling=clock": 4,
    "data=null": 1,
    "broken=surrogate": 1,
    "broken=nan": 1,
    "broken=infinite": 8,
    "broken=time": 1,
    "broken=letters": 8,
    "keyless=some": 4,
    "error_body=quotes": 3,
    "pipe=full": 11,
    "pipe=short": 1,
}
# Runs that are odd though the server is not, by what was lost in them.
ODD_RUNS = {
    "403 in the middle of a child stream": 881,
    "SIGTERM while the tap starts": 123,
    "429 with Retry-After 0 for six seconds": 291,
    "other campaign_ids than the bookmark's": 2478,
    "other flags than the bookmark's": 1427,
    "other counters than the bookmark's": 16,
    "BATCH files that come after the STATE": 324,
    "pages of one row while rows are deleted": 2183,
}


DRAWN, AT_ONCE = 70, 10
"""Cases that are drawn from the whole space, and how many of them are one test."""


@pytest.fixture
def player(tmp_path: pathlib.Path) -> Iterator[Player]:
    player = Player(tmp_path)
    with player.ready():
        yield player


def found(player: Player, seed: int, limits: Limits) -> list[str]:
    """What a case finds, with what is odd about it."""
    case = draw_case(seed, limits)
    findings = [str(finding) for finding in player.play(case)]
    return [*findings, case.describe()] if findings else []


@pytest.mark.parametrize("first", [1, 11])
def test_benign_cases_find_nothing(player: Player, first: int) -> None:
    for seed in range(first, first + 6):
        assert found(player, seed, Limits(benign=True)) == []


@pytest.mark.parametrize(("behaviour", "drawn"), HARD.items())
def test_hard_behaviour_loses_nothing(player: Player, behaviour: str, drawn: int) -> None:
    assert found(player, drawn, Limits(parse_pins([behaviour]), benign=True)) == []


@pytest.mark.parametrize("drawn", ODD_RUNS.values(), ids=ODD_RUNS.keys())
def test_odd_runs_of_a_plain_server_lose_nothing(player: Player, drawn: int) -> None:
    assert found(player, drawn, Limits(PLAIN)) == []


@pytest.mark.parametrize("first", range(101, 101 + DRAWN, AT_ONCE))
def test_cases_of_the_whole_space_find_nothing(player: Player, first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        assert found(player, seed, Limits()) == []


def test_every_hard_behaviour_has_its_case() -> None:
    hard = {
        f"{name}={choice.value}"
        for name, choices in CHOICES.items()
        for choice in choices
        if not choice.is_benign
    }
    assert set(HARD) == hard
