"""The gate of the first response by itself."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tap_mailjet.api.errors import NoResponseError
from tap_mailjet.api.first_response import BUDGET, WHOLE_RUN, FirstResponse

if TYPE_CHECKING:
    from tap_mailjet.api.first_response import Limits


def test_fault_before_the_first_response_lets_another_request_be_the_first() -> None:
    gate = FirstResponse(timeout=1)

    def broken(_limits: Limits, _again: bool) -> bytes:
        raise KeyError

    def sent(_limits: Limits, _again: bool) -> bytes:
        gate.open()
        return b"ok"

    assert gate.claim()
    with pytest.raises(KeyError):
        gate.lead(broken)
    assert gate.claim()
    assert gate.lead(sent) == b"ok"
    assert not gate.claim()


def test_response_that_comes_too_late_does_not_open_the_gate() -> None:
    gate = FirstResponse(timeout=1, budget=0.1)
    late = threading.Event()

    def slow(_limits: Limits, _again: bool) -> None:
        late.wait(5)
        gate.open()

    assert gate.claim()
    with pytest.raises(NoResponseError):
        gate.lead(slow)
    late.set()
    time.sleep(0.05)
    with pytest.raises(NoResponseError):
        gate.claim()


def test_connection_has_half_of_the_time_so_that_a_second_address_gets_a_try() -> None:
    gate = FirstResponse(timeout=120)
    given: list[Limits] = []

    def take(limits: Limits, _again: bool) -> None:
        given.append(limits)
        raise requests.exceptions.InvalidURL

    assert gate.claim()
    with pytest.raises(NoResponseError):
        gate.lead(take)
    (limits,) = given
    assert BUDGET - 1 < limits.read <= BUDGET
    assert limits.connect == pytest.approx(limits.read / 2, abs=0.01)


@pytest.mark.parametrize(
    ("taken", "left"), [(0.0, BUDGET), (0.5, WHOLE_RUN - 0.5), (3.0, WHOLE_RUN - 3), (60.0, 5.0)]
)
def test_slow_start_of_the_command_shortens_the_time_so_that_the_run_ends_within_15_s(
    taken: float, left: float
) -> None:
    gate = FirstResponse(timeout=120, began=time.monotonic() - taken)
    now = time.monotonic()
    assert gate._ends(now) - now == pytest.approx(left, abs=0.05)
    assert BUDGET > 14
    assert WHOLE_RUN < 15
