from __future__ import annotations

import io
import signal
import sys
import time
import weakref
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from singer_sdk.singerlib import RecordMessage, StateMessage
from typing_extensions import override

from tap_mailjet.singer.message_writer import (
    MAX_HELD_BYTES,
    MessageWriter,
    RecordLine,
    TerminationSignal,
)
from tap_mailjet.singer.stdout import OutputError
from tap_mailjet.tap import TapMailjet

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def stop() -> TerminationSignal:
    return TerminationSignal(signal.SIGTERM, TapMailjet(config={}, validate_config=False))


class Interrupted(io.StringIO):
    """A stdout during whose first write signals arrive."""

    def __init__(
        self, writer: MessageWriter, *signals: TerminationSignal, pause: float = 0.0
    ) -> None:
        super().__init__()
        self._writer = writer
        self._pause = pause
        self._signals = list(signals)

    @override
    def write(self, text: str) -> int:
        while self._signals:
            self._writer.stop(self._signals.pop())
            time.sleep(self._pause)
        return super().write(text)


def test_signal_in_the_middle_of_a_line_waits_for_its_end(
    monkeypatch: pytest.MonkeyPatch, stop: TerminationSignal
) -> None:
    writer = MessageWriter()
    written = Interrupted(writer, stop)
    monkeypatch.setattr(sys, "stdout", written)
    with pytest.raises(TerminationSignal) as caught:
        writer.write_message(StateMessage(value={}))
    assert caught.value is stop
    assert written.getvalue() == '{"type":"STATE","value":{}}\n'


def test_two_signals_in_the_middle_of_a_line_wait_for_its_end(
    monkeypatch: pytest.MonkeyPatch, stop: TerminationSignal
) -> None:
    writer = MessageWriter()
    second = TerminationSignal(signal.SIGINT, stop.tap)
    written = Interrupted(writer, second, stop)
    monkeypatch.setattr(sys, "stdout", written)
    with pytest.raises(TerminationSignal) as caught:
        writer.write_message(StateMessage(value={}))
    assert caught.value is stop
    assert written.getvalue() == '{"type":"STATE","value":{}}\n'


def test_second_signal_to_a_writer_that_hangs_does_not_wait(
    monkeypatch: pytest.MonkeyPatch, stop: TerminationSignal
) -> None:
    monkeypatch.setattr("tap_mailjet.singer.message_writer.PATIENCE", 0.05)
    writer = MessageWriter()
    written = Interrupted(writer, stop, stop, pause=0.1)
    monkeypatch.setattr(sys, "stdout", written)
    with pytest.raises(TerminationSignal):
        writer.write_message(StateMessage(value={}))
    assert written.getvalue() == ""
    # What was held back is lost: no STATE may vouch for it.
    for write in (writer.write_message, writer.write_last):
        with pytest.raises(OutputError, match="last line on stdout could not be completed"):
            write(StateMessage(value={}))
    assert written.getvalue() == ""


def test_stop_that_python_drops_is_raised_by_the_next_write(
    monkeypatch: pytest.MonkeyPatch, stop: TerminationSignal
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    writer = MessageWriter()
    writer.write_records([RecordLine("contacts", {"ID": 1})])

    class Referent:
        pass

    referent = Referent()
    reference = weakref.ref(referent, lambda _: writer.stop(stop))
    del referent
    assert reference() is None
    assert len(dropped) == 1
    writes: list[Callable[[], None]] = [
        lambda: writer.write_records([RecordLine("contacts", {"ID": 2})]),
        lambda: writer.write_message(StateMessage(value={"ahead": True})),
        writer.flush,
    ]
    for write in writes:
        with pytest.raises(TerminationSignal) as caught:
            write()
        assert caught.value is stop
    assert written.getvalue() == ""
    writer.write_last(StateMessage(value={"bookmarks": {}}))
    assert written.getvalue() == (
        '{"type":"RECORD","stream":"contacts","record":{"ID":1}}\n'
        '{"type":"STATE","value":{"bookmarks":{}}}\n'
    )


def test_record_that_cannot_be_written_does_not_end_the_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    writer = MessageWriter()
    with pytest.raises(UnicodeEncodeError):
        writer.write_records([RecordLine("contacts", {"Name": "\ud800"})])
    writer.write_message(StateMessage(value={}))
    assert written.getvalue() == '{"type":"STATE","value":{}}\n'


def test_records_are_held_back_until_a_state_vouches_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    writer = MessageWriter()
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    writer.write_records([RecordLine("contacts", {"ID": 2**60, "Name": "é"}, None, now)])
    assert written.getvalue() == ""
    writer.write_message(StateMessage(value={}))
    assert written.getvalue() == (
        '{"type":"RECORD","stream":"contacts","record":{"ID":1152921504606846976,"Name":"é"},'
        '"time_extracted":"2026-05-01T00:00:00Z"}\n{"type":"STATE","value":{}}\n'
    )


def test_no_more_than_so_much_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    writer = MessageWriter()
    for _ in range(3):
        writer.write_records([RecordLine("contacts", {"Name": "x" * MAX_HELD_BYTES})])
        assert written.getvalue().endswith("}}\n")


def test_line_of_a_record_is_the_sdks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 5, 1, 1, 2, 3, 456, tzinfo=timezone.utc)
    lines = []
    for version in (None, 7):
        written = io.StringIO()
        monkeypatch.setattr(sys, "stdout", written)
        writer = MessageWriter()
        writer.write_message(RecordMessage("s", {"b": 1, "a": None}, version, now))
        writer.write_records([RecordLine("s", {"b": 1, "a": None}, version, now)])
        writer.flush()
        lines.append(written.getvalue().splitlines())
    assert [one == other for one, other in lines] == [True, True]


def test_signal_between_two_lines_does_not_wait(stop: TerminationSignal) -> None:
    with pytest.raises(TerminationSignal) as caught:
        MessageWriter().stop(stop)
    assert caught.value.code == 128 + signal.SIGTERM
