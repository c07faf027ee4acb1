"""A stop that Python drops, as in the callback of a weak reference, is not lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import weakref
from typing import TYPE_CHECKING

import pytest
from singer_sdk.singerlib import RecordMessage

from tap_mailjet import command
from tap_mailjet.singer.message_writer import MessageWriter, TerminationSignal
from tap_mailjet.tap import TapMailjet
from tests.helpers import config_of
from tests.support.commands import write

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

DROPS = """
import os, signal, sys, threading, weakref
import tap_mailjet.singer.base_stream as base

class Referent: pass

def kill(*_): os.kill(os.getpid(), signal.SIGTERM)

def drop():
    if WAY == "weakref":
        referent = Referent()
        reference = weakref.ref(referent, kill)
        del referent
    else:
        type("Dying", (), {"__del__": kill})()

original = base.MailjetStream.read_records

def read_records(stream, context, **how):
    for number, record in enumerate(original(stream, context, **how)):
        if number == 3 and stream.name == "messages":
            drop()
            if THEN == "waits":  # as for a response that does not come
                threading.Event().wait(60)
        yield record

base.MailjetStream.read_records = read_records
from tap_mailjet.cli import main; main()
"""


@pytest.mark.parametrize("then", ["goes on", "waits"])
@pytest.mark.parametrize("way", ["weakref", "del"])
def test_stop_that_python_drops_ends_the_sync_soon(
    sandbox: Sandbox, tmp_path: pathlib.Path, way: str, then: str
) -> None:
    script = f"WAY, THEN = {way!r}, {then!r}\n{DROPS}"
    config = write(tmp_path, "config.json", config_of(sandbox, page_size=100))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, "--config", config],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 143, done.stderr
    assert time.monotonic() - began < 20
    assert "Interrupted by SIGTERM. The next sync resumes" in done.stderr
    assert "Exception ignored" not in done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages[-1]["type"] == "STATE"
    assert "messages" in messages[-1]["value"]["bookmarks"]
    # What comes after it was not begun.
    assert not any(one.get("stream") == "open_events" for one in messages)


def test_stop_that_another_error_covers_is_still_a_stop() -> None:
    stop = TerminationSignal(signal.SIGTERM, TapMailjet(config={}, validate_config=False))
    error = KeyError("while it ended")
    error.__context__ = ValueError()
    assert command._signal_behind(error) is None
    error.__context__.__cause__ = stop
    assert command._signal_behind(error) is stop


def test_dropped_stop_in_a_library_is_raised_by_the_next_write() -> None:
    tap = TapMailjet(config={}, validate_config=False)
    assert isinstance(tap.message_writer, MessageWriter)

    class Referent:
        pass

    referent = Referent()
    reference = weakref.ref(referent, lambda _: tap._handle_termination(signal.SIGTERM, None))
    dropped: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, dropped.append
    del referent
    sys.unraisablehook = before
    assert reference() is None
    assert len(dropped) == 1
    with pytest.raises(TerminationSignal):
        tap.write_message(RecordMessage("contacts", {"ID": 1}))
