"""The contenders: what each is called, how it is started, and how its rows are counted."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.benchmarks.environments import AIRBYTE, DLT, Product, python_of, tap_folder
from tests.benchmarks.measure import Count, Run, by_batches, by_mark, by_word, timed
from tests.benchmarks.rows import SINCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CONTENDERS = pathlib.Path(__file__).parent / "contenders"
PACKAGE = "tests.benchmarks.contenders"


@dataclass(frozen=True)
class Contender:
    """Something that reads messages.

    Attributes:
        command: from a server's URL and a folder for its files to what is to be run.
        count: how its rows are counted.
    """

    name: str
    command: Callable[[str, pathlib.Path], list[str]]
    count: Count = by_mark

    def run(self, url: str, rows: int) -> Run:
        """Run it once."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            usage, output = timed(self.command(url, folder), folder)
            delivered = self.count(output)
        return Run(self.name, rows, delivered, usage.wall, usage.cpu, usage.peak)


def command_of_tap() -> list[str]:
    """The command of the tap as it is installed."""
    return [str(tap_folder() / "tap-mailjet")]


def python() -> str:
    """The interpreter of the environment of the tap; others that need no more live there too."""
    return str(tap_folder() / "python")


def floor() -> Contender:
    """The script that does the least that can be done."""
    script = str(CONTENDERS / "floor.py")
    return Contender("floor", lambda url, _: [python(), script, url])


def floor_of_eight() -> Contender:
    """The same with eight connections."""
    script = str(CONTENDERS / "floor_of_eight.py")
    return Contender("floor, 8 connections", lambda url, _: [python(), script, url])


def tap(
    name: str = "tap-mailjet", *, state: Mapping[str, Any] | None = None, **given: Any
) -> Contender:
    """The tap, with what is given set apart from the defaults."""
    return Contender(name, lambda url, folder: tap_command(url, folder, state=state, given=given))


def start_up(url: str) -> float:
    """Return the seconds that the tap takes for a sync without any request."""
    given = {"end_date": "2024-01-02T00:00:00Z"}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        state = state_of("2025-01-01T00:00:00Z")
        usage, _ = timed(tap_command(url, folder, state=state, given=given), folder)
    return usage.wall


def state_of(bookmark: str) -> dict[str, Any]:
    """A state in which every stream that has a bookmark has this one."""
    return {
        "bookmarks": {
            entry["stream"]: {
                "replication_key": entry["replication_key"],
                "replication_key_value": bookmark,
            }
            for entry in catalogue()["streams"]
            if entry.get("replication_key")
        }
    }


def batches() -> Contender:
    """The tap as it feeds loaders that take files."""

    def command(url: str, folder: pathlib.Path) -> list[str]:
        (folder / "batches").mkdir()
        storage = {"root": f"file://{folder / 'batches'}"}
        encoding = {"format": "jsonl", "compression": "gzip"}
        given = {"batch_config": {"encoding": encoding, "storage": storage}}
        return tap_command(url, folder, given=given)

    return Contender("tap-mailjet, BATCH", command, by_batches)


def bare_sdk() -> Contender:
    """A tap as the SDK's template makes it."""
    return Contender("bare SDK tap", lambda url, folder: _sdk("bare_sdk", url, folder))


def quick_sdk() -> Contender:
    """The same, with the remedies that are known."""
    name = "bare SDK tap, no conformance, buffered msgspec"
    return Contender(name, lambda url, folder: _sdk("quick_sdk", url, folder))


def airbyte() -> Contender:
    """Airbyte's declarative CDK."""
    return _elsewhere(AIRBYTE, "airbyte_declarative", by_mark)


def dlt() -> Contender:
    """dlt's rest_api."""
    return _elsewhere(DLT, "dlt_rest_api", by_word)


def everybody() -> list[Contender]:
    """All but the tap in its variants."""
    return [floor(), tap(), quick_sdk(), bare_sdk(), airbyte(), dlt()]


def tap_command(
    url: str,
    folder: pathlib.Path,
    *,
    streams: Sequence[str] | None = ("messages",),
    state: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
) -> list[str]:
    """The command of the tap, its files written; `streams` are those to read, or the default."""
    config = {"api_key": "key", "api_secret": "secret", "start_date": SINCE, "api_url": url}
    options = ["--config", _file(folder, "config", {**config, **(given or {})})]
    if streams is not None:
        options += ["--catalog", _file(folder, "catalog", catalogue(frozenset(streams)))]
    if state is not None:
        options += ["--state", _file(folder, "state", state)]
    return [*command_of_tap(), *options]


def catalogue(streams: frozenset[str] | None = None) -> dict[str, Any]:
    """What the tap discovers, with these streams selected, or those that are so by default."""
    found: dict[str, Any] = json.loads(_discovered())
    for entry in found["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"] and streams is not None:
                item["metadata"]["selected"] = entry["stream"] in streams
    return found


@cache
def _discovered() -> str:
    return subprocess.run(
        [*command_of_tap(), "--discover"], check=True, capture_output=True, text=True
    ).stdout


def start_of(script: str, option: str) -> list[str]:
    """The command of an SDK tap, started as an installed one is."""
    code = f"from {PACKAGE}.{script} import main; main()"
    return [python(), "-c", code, option]


def _sdk(script: str, url: str, folder: pathlib.Path) -> list[str]:
    return [*start_of(script, "--config"), _file(folder, "config", {"api_url": url})]


def _elsewhere(product: Product, script: str, count: Count) -> Contender:
    def command(url: str, folder: pathlib.Path) -> list[str]:
        return [python_of(product), "-m", f"{PACKAGE}.{script}", url, str(folder)]

    return Contender(f"{product.name} {product.version}", command, count)


def _file(folder: pathlib.Path, name: str, content: object) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content))
    return str(path)
