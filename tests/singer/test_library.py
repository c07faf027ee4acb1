"""The tap as a library: a sync leaves nothing behind in the program that runs it."""

from __future__ import annotations

import gc
import logging
import os
import pathlib
import random
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tap_mailjet.tap import TapMailjet
from tests.helpers import config_of

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def open_connections(url: str) -> int:
    """Count the connections of this machine to a server, from the client's side."""
    port = urlsplit(url).port
    table = pathlib.Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    peers = [(line.split()[2], line.split()[3]) for line in table]
    return sum(int(peer.split(":")[1], 16) == port and state == "01" for peer, state in peers)


def shared_by_the_program() -> dict[str, Any]:
    """Everything outside the tap that a sync could change."""
    root = logging.getLogger()
    return {
        "handlers of signals": {signum: signal.getsignal(signum) for signum in SIGNALS},
        "unraisablehook": sys.unraisablehook,
        "stdout": sys.stdout,
        "timeout of sockets": socket.getdefaulttimeout(),
        "garbage collection": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
        "random": random.getstate(),
        "handlers of logs": list(root.handlers),
        "filters of logs": [list(handler.filters) for handler in root.handlers],
        "environment": dict(os.environ),
        "working directory": pathlib.Path.cwd(),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("is_refused", [False, True], ids=["complete", "refused"])
def test_two_syncs_in_one_process_leave_nothing_behind(
    own_sandbox: Sandbox, capfd: pytest.CaptureFixture[str], *, is_refused: bool
) -> None:
    secret = {"api_secret": "wrong"} if is_refused else {}
    threads = {*threading.enumerate()}
    shared = shared_by_the_program()
    for _ in range(2):
        tap = TapMailjet(config={**config_of(own_sandbox), **secret})
        held = tap.runtime  # so that nothing is closed only because nobody refers to it
        if is_refused:
            with pytest.raises(Exception, match="api_key"):
                tap.sync_all()
        else:
            tap.sync_all()
        assert held.settings.api_url == own_sandbox.url
        assert {*threading.enumerate()} <= threads
        assert open_connections(own_sandbox.url) == 0
    assert shared_by_the_program() == shared
    written = capfd.readouterr().out
    assert ('"type":"STATE"' in written) == (not is_refused)
