"""A fixed set of the fuzzer's cases; `python -m tests.fuzz` plays as many as there is time for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.drawing import Limits, draw_case
from tests.fuzz.runner import Player

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator


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


@pytest.mark.parametrize("first", [1, 11, 21, 31])
def test_benign_cases_find_nothing(player: Player, first: int) -> None:
    for seed in range(first, first + 10):
        assert found(player, seed, Limits(benign=True)) == []
