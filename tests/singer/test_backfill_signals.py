"""A signal at any line while a history is read newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.reading import windowed_reader
from tap_mailjet.singer.message_writer import TerminationSignal
from tests.helpers import catalog_of
from tests.singer.test_batch_interruptions import Interruption, assert_nothing_is_lost
from tests.support.resuming import attempt, delivered

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox


@pytest.mark.usefixtures("_own_sandbox_is_direct")
@pytest.mark.parametrize("streams", [("messages",), ("messages", "message_events")])
def test_signal_at_any_point_of_a_backfill_loses_no_row(
    own_sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
    streams: tuple[str, ...],
) -> None:
    """At 12 points, spread over the run; with `--soak` at 200."""
    monkeypatch.setattr(windowed_reader, "MAX_PAGES_PER_WINDOW", 2)
    monkeypatch.setattr(windowed_reader, "TARGET_PAGES_PER_SPLIT", 1)
    times = sorted(row["ArrivedAt"] for row in own_sandbox.rows("message"))
    given = {"backfill": "newest_first", "page_size": 10, "lookback_window": 0}
    given["end_date"] = times[60]

    def run(state: Any = None) -> Any:
        return attempt(own_sandbox, catalog=catalog_of(*streams), state=state, **given)

    with (counted := Interruption()):
        whole = delivered(run()[0].messages)
    resumed: dict[str, Any] = {}
    points = 200 if pytestconfig.getoption("--soak") else 12
    for at in range(1, counted.lines, max(1, counted.lines // points)):
        with Interruption(at):
            stopped, error = run()
        assert isinstance(error, TerminationSignal)
        assert_nothing_is_lost(stopped, run, resumed, whole)
