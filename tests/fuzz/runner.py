"""Plays a case: its nights one after the other, each resumed from the last STATE."""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
import random
import shutil
import signal
import tempfile
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.fuzz.account import Account
from tests.fuzz.command import KEY_PAIR, Command, Hanging
from tests.fuzz.counters import count
from tests.fuzz.cuts import cut
from tests.fuzz.faults import Schedule
from tests.fuzz.findings import LOOKBACK, Finding, Run
from tests.fuzz.growth import fill, grow, step
from tests.fuzz.maker import Maker
from tests.fuzz.oracle import Oracle
from tests.fuzz.output import Output
from tests.fuzz.promises import broken_promises, forgotten, most_requests
from tests.fuzz.server import Server
from tests.fuzz.transport import Line
from tests.fuzz.waits import Waits, Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.case import Case, Night
    from tests.fuzz.cuts import Key

PATIENCE = 30.0
"""Seconds of real time from which on a case hangs."""


class Player:
    """Plays cases, one after the other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.requests = 0
        self.runs = 0
        self.last_runs: list[Run] = []
        self._watchdog = Watchdog(signal.SIGUSR2)
        self._waits = Waits()
        self._is_playing = False

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Take over the signals that a case needs."""
        before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGUSR2)}
        signal.signal(signal.SIGTERM, self._late)
        signal.signal(signal.SIGUSR2, self._bark)
        # What a thread of a run that is over says is of no interest.
        nobody = logging.NullHandler()
        logging.getLogger().addHandler(nobody)
        try:
            # requests searches the whole environment for proxies, for each request.
            with mock.patch.dict(os.environ, clear=True), self._waits.simulated():
                yield
        finally:
            logging.getLogger().removeHandler(nobody)
            for one, handler in before.items():
                signal.signal(one, handler)

    def play(self, case: Case) -> list[Finding]:
        """Play a case, and list what is wrong."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self._is_playing = True
        self._watchdog.within(PATIENCE)
        try:
            return list(self._play(case, folder))
        except Hanging:
            return [Finding("endless", 0, f"the case took longer than {PATIENCE:.0f} s")]
        finally:
            self._watchdog.within(None)
            self._is_playing = False
            shutil.rmtree(folder, ignore_errors=True)

    def received(self, stdout: bytes, _run: int) -> bytes:
        """Return what a target received of a run: all that was written."""
        return stdout

    def _late(self, *_: Any) -> None:
        if not self._is_playing:
            raise KeyboardInterrupt

    def _bark(self, *_: Any) -> None:
        if self._is_playing:
            raise Hanging

    def _play(self, case: Case, folder: pathlib.Path) -> Iterator[Finding]:
        account = Account()
        read = tuple(sorted({stream for night in case.nights for stream in night.streams}))
        maker = Maker(account, case.size, case.oddities, now=case.began, read=read)
        fill(maker, case.seed)
        kinds = sorted(
            {_kind(night.config) for night in case.nights if "counter_source" in night.config}
        )
        count(account, kinds, case.seed, 0, case.began)
        server = Server(account, case.behaviour, case.lacking)
        oracle = Oracle(case, account)
        self.last_runs = oracle.runs
        state: dict[str, Any] | None = None
        for place, night in enumerate(case.nights, start=1):
            if place > 1:
                account.tick += 1
                before = maker.now
                maker.now += night.gap
                grow(maker, case.seed, before, night.growth)
                count(account, kinds, case.seed, before, maker.now)
            server.now = maker.now
            run = self._run(
                case, place, server, maker, state=state, came=oracle.came, folder=folder
            )
            self.runs += 1
            self.requests += len(run.end.exchanges)
            yield from broken_promises(case, account, run)
            yield from forgotten(run, oracle.runs)
            yield from oracle.judge(run)
            state = run.output.states[-1] if run.output.states else state

    def _run(
        self,
        case: Case,
        place: int,
        server: Server,
        maker: Maker,
        *,
        state: dict[str, Any] | None,
        came: set[Key],
        folder: pathlib.Path,
    ) -> Run:
        account, night = server.account, case.nights[place - 1]
        config = _config(night, account, folder)
        chance = random.Random(f"{case.seed}/pipe/{place}")
        kind = case.behaviour["pipe"]
        room = chance.choice((1, 7, 4096)) if kind == "short" else chance.randrange(1, 40_000)
        server_url = {
            "api_key": KEY_PAIR[0],
            "api_secret": KEY_PAIR[1],
            "api_url": "http://127.0.0.1:9",
        }
        command = Command(folder, night, {**config, **server_url}, state, maker.now, (kind, room))
        waits = self._waits
        waits.seconds = 0.0
        changes = sorted(night.changes, key=lambda change: change.request)

        def before(number: int) -> None:
            for at, change in enumerate(changes):
                if change.request == number:
                    step(maker, change.kind, maker.now, f"{case.seed}/{place}/{at}")
            command.before_request(number)

        line = Line(
            server,
            KEY_PAIR,
            Schedule(night.faults, f"{case.seed}/{place}"),
            waits=waits,
            most=most_requests(case, account, night, config),
            before=before,
        )
        begun, epoch = account.tick + 1, account.epoch
        end = command.run(line, waits, inline=case.inline)
        content, is_cut = self.received(end.stdout, place), end.is_broken
        if night.ending and night.ending.kind in {"cut", "worst"}:
            hours = int(config.get("lookback_window", LOOKBACK))
            content = cut(
                content,
                night.ending,
                account=account,
                night=night,
                came_before=came,
                lookback=hours * 3600,
            )
            is_cut = True
        return Run(
            place,
            night,
            maker.now,
            begun,
            account.tick,
            account.epoch == epoch,
            end.code == 0 and not is_cut,
            config,
            state,
            end,
            Output(content, is_cut=is_cut),
        )


def _kind(config: Any) -> tuple[str, str, str]:
    return config["counter_source"], config["counter_timing"], config["counter_resolution"]


def _config(night: Night, account: Account, folder: pathlib.Path) -> dict[str, Any]:
    """Return the settings of a night, for the account that it turned out to be."""
    config = dict(night.config)
    if night.campaigns:
        rows = account.tables["sent_campaigns"]
        config["campaign_ids"] = [
            rows[at].now.fields["ID"] for at in night.campaigns if at < len(rows)
        ]
    if night.shape == "map":
        config["stream_maps"] = {stream: {"Fuzz": "'x'"} for stream in night.streams}
    elif night.shape == "flatten":
        config |= {"flattening_enabled": True, "flattening_max_depth": 1}
    if night.batch:
        config["batch_config"] = {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": folder.as_uri()},
            "batch_size": night.batch,
        }
    return config
