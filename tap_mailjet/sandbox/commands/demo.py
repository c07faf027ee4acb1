"""The command `demo`: two runs from the sandbox through the tap to a warehouse."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

import tap_mailjet.sandbox as local
from tap_mailjet.sandbox.account.clock import Clock
from tap_mailjet.sandbox.account.size import LEAST, MESSAGES_PER_CAMPAIGN, Size
from tap_mailjet.sandbox.commands import pipeline, warehouse
from tap_mailjet.sandbox.commands.comparison import Held, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.sandbox.commands.warehouse import Warehouse
    from tap_mailjet.sandbox.server.sandbox import Sandbox

RESOURCES = {
    "bounce_events": "bouncestatistics",
    "bounce_reasons": "messagesentstatistics",
    "click_events": "clickstatistics",
    "contact_lists": "contactslist",
    "contacts": "contact",
    "messages": "message",
    "open_events": "openinformation",
    "segmentation": "contactfilter",
    "senders": "sender",
    "sent_campaigns": "campaign",
    "spam_events": "messagesentstatistics",
    "unsubscribe_events": "listrecipient",
}
TIMES = {
    "bounce_reasons": "BounceDate",
    "spam_events": "ComplaintDate",
    "unsubscribe_events": "UnsubscribedAt",
}
"""The field that a row of the resource has if it belongs to the stream."""
COUNTED = {"CounterSource": "APIKey", "CounterTiming": "Event", "CounterResolution": "Day"}
BETWEEN_RUNS = timedelta(days=1)
EXAMPLE = 'SELECT "Status", count(*) FROM messages GROUP BY 1'

FOLDER = Path("tap-mailjet-demo")
NOT_IN_PATHS = re.compile(r"[\s'\"\\$`;&|<>()*?\[\]{}#!]")
"""What a shell would read: the wheel of PostgreSQL passes the path of its socket without quotes."""

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="The folder for settings, state, log and database.",
)


@click.command()
@folder_option
@click.option("--seed", type=int, default=1, show_default=True, help="The seed of the account.")
@click.option(
    "--messages",
    type=click.IntRange(min=LEAST["messages"]),
    default=5000,
    show_default=True,
    help="The number of messages of the account.",
)
def demo(*, folder: Path, seed: int, messages: int) -> None:
    """Load a generated account into PostgreSQL twice: as it was a day ago, and as it is now."""
    if found := NOT_IN_PATHS.search(str(folder.resolve())):
        message = f"PostgreSQL cannot run in {folder.resolve()}, whose path contains {found[0]!r}"
        raise click.BadParameter(message, param_hint="--folder")
    now = datetime.now(timezone.utc)
    size = Size(
        messages=messages,
        contacts=max(messages // 10, LEAST["contacts"]),
        campaigns=min(Size.campaigns, messages // MESSAGES_PER_CAMPAIGN),
    )
    clock = Clock(at=now - BETWEEN_RUNS)
    log = folder / "log.txt"
    with (
        warehouse.running(folder / "postgres") as store,
        local.Sandbox(size=size, seed=seed, until=now, clock=clock) as sandbox,
    ):
        store.empty()
        _settings(folder, sandbox, store)
        try:
            first = pipeline.run(folder, log)
            before = {stream: _held(sandbox, stream, key) for stream, key in first.keys.items()}
            sandbox.clock.set(now)
            second = pipeline.run(folder, log)
        except pipeline.PipelineError as error:
            raise click.ClickException(str(error)) from error
        whole = _report([first, second], sandbox, store, before)
    click.echo(f"\nFirst run {first.seconds:.1f} s; second, a day later, {second.seconds:.1f} s.")
    click.echo(f"The database is in {folder / 'postgres'}, the log in {log}. To query it:")
    click.echo(f"  {_command()} query{_folder_option(folder)} '{EXAMPLE}'")
    if not whole:
        message = "The rows of the warehouse differ from those of the sandbox."
        raise click.ClickException(message)


@click.command()
@folder_option
@click.argument("statement")
def query(*, folder: Path, statement: str) -> None:
    """Run an SQL statement in the database that `demo` has loaded."""
    data = folder / "postgres"
    if not data.exists():
        message = f"{data} does not exist: run `tap-mailjet-sandbox demo` first"
        raise click.ClickException(message)
    with warehouse.running(data) as store:
        sys.exit(store.psql(statement))


def _settings(folder: Path, sandbox: Sandbox, store: Warehouse) -> None:
    """Write the settings of tap and target, and delete the state."""
    tap = {
        "api_url": sandbox.url,
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "start_date": "2020-01-01",
    }
    target = {"sqlalchemy_url": store.sqlalchemy_url, "default_target_schema": warehouse.SCHEMA}
    (folder / "tap.json").write_bytes(msgspec.json.encode(tap))
    (folder / "target.json").write_bytes(msgspec.json.encode(target))
    (folder / "state.json").unlink(missing_ok=True)
    (folder / "log.txt").unlink(missing_ok=True)


def _command() -> str:
    """Return the command of this process, as it can be repeated in the same terminal."""
    if "UV_RUN_RECURSION_DEPTH" not in os.environ:
        return "tap-mailjet-sandbox"
    uv = "uv" if shutil.which("uv", path=_outer_path()) else os.environ.get("UV", "uv")
    return f"{shlex.quote(uv)} run --no-dev --extra demo tap-mailjet-sandbox"


def _outer_path() -> str:
    """Return PATH without the environment that `uv run` has put in front."""
    own = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(one for one in folders if one != own)


def _folder_option(folder: Path) -> str:
    return "" if folder == FOLDER else f" --folder {shlex.quote(str(folder))}"


def _report(
    runs: Sequence[pipeline.Run], sandbox: Sandbox, store: Warehouse, before: Mapping[str, Held]
) -> bool:
    """Print one line per stream; return True if warehouse and sandbox have the same rows."""
    keys = runs[0].keys
    head = ("stream", "first run", "second run", "warehouse", "sandbox")
    click.echo("{:<20}{:>12}{:>12}{:>12}{:>12}".format(*head))
    whole = True
    for stream, key in keys.items():
        loaded, there = store.rows(stream), _held(sandbox, stream, key)
        sent = [run.records[stream] for run in runs]
        found = compare(loaded, key, runs[0].clocks.get(stream), before[stream], there)
        whole &= found.is_equal
        counts = f"{sent[0]:>12,}{sent[1]:>12,}{len(loaded):>12,}{len(there):>12,}"
        click.echo(f"{stream:<20}{counts}  {found}")
    return whole


def _held(sandbox: Sandbox, stream: str, key: Sequence[str]) -> Held:
    """Return the rows of a stream in the sandbox."""
    rows: Sequence[Mapping[str, object]]
    if stream == "statcounters":
        counted = sandbox.counters(source="APIKey", timing="Event", resolution="Day")
        rows = [{**COUNTED, **row} for row in counted]
    else:
        time = TIMES.get(stream, "")
        rows = [row for row in sandbox.rows(RESOURCES[stream]) if not time or row[time]]
    if stream == "unsubscribe_events":
        rows = [{**row, "ListRecipientID": row["ID"]} for row in rows]
    return Held(rows, key)
