"""The command `demo`: two runs from the sandbox through the tap to a warehouse."""

from __future__ import annotations

import os
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

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tap-mailjet-demo"),
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
            sandbox.clock.set(now)
            second = pipeline.run(folder, log)
        except pipeline.PipelineError as error:
            raise click.ClickException(str(error)) from error
        whole = _report([first, second], sandbox, store)
    click.echo(f"\nFirst run {first.seconds:.1f} s; second, a day later, {second.seconds:.1f} s.")
    click.echo(f"The database is in {folder / 'postgres'}, the log in {log}. To query it:")
    by_uv = "uv run --no-dev --extra demo " if "UV_RUN_RECURSION_DEPTH" in os.environ else ""
    click.echo(f"  {by_uv}tap-mailjet-sandbox query '{EXAMPLE}'")
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


def _report(runs: Sequence[pipeline.Run], sandbox: Sandbox, store: Warehouse) -> bool:
    """Print one line per stream; return True if warehouse and sandbox have the same rows."""
    keys = runs[0].keys
    head = ("stream", "first run", "second run", "warehouse", "sandbox")
    click.echo("{:<20}{:>12}{:>12}{:>12}{:>12}".format(*head))
    whole = True
    for stream, key in keys.items():
        loaded, there = store.count(stream), _held(sandbox, stream, key)
        sent = [run.records[stream] for run in runs]
        same = loaded == there
        whole &= same
        verdict = "equal" if same else "DIFFERENT"
        click.echo(f"{stream:<20}{sent[0]:>12,}{sent[1]:>12,}{loaded:>12,}{there:>12,}  {verdict}")
    return whole


def _held(sandbox: Sandbox, stream: str, key: Sequence[str]) -> int:
    """Count the keys of a stream in the sandbox: equal clicks in one second have one key."""
    rows: Sequence[Mapping[str, object]]
    if stream == "statcounters":
        counted = sandbox.counters(source="APIKey", timing="Event", resolution="Day")
        rows = [{**COUNTED, **row} for row in counted]
    else:
        time = TIMES.get(stream, "")
        rows = [row for row in sandbox.rows(RESOURCES[stream]) if not time or row[time]]
    if stream == "unsubscribe_events":
        rows = [{**row, "ListRecipientID": row["ID"]} for row in rows]
    return len({tuple(row[name] for name in key) for row in rows})
