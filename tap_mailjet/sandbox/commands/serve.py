"""The command `serve`: a local Mailjet that runs until it is stopped."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NoReturn

import click
import msgspec

import tap_mailjet.sandbox as local
from tap_mailjet.sandbox.account.clock import Clock
from tap_mailjet.sandbox.account.size import LEAST, Size
from tap_mailjet.sandbox.api.quirks import Quirks, choices
from tap_mailjet.sandbox.commands import fault_options
from tap_mailjet.sandbox.commands.attribute_docs import attributes

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tap_mailjet.sandbox.server.sandbox import Sandbox

    Command = Callable[..., None]

DEFAULTS = Size()


def moment(text: str) -> datetime:
    """Return an ISO 8601 time, UTC if it has no offset, or raise click.BadParameter."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        message = f"{text!r} is not a time such as 2026-05-01T12:00:00Z"
        raise click.BadParameter(message) from error
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def quirk_options(command: Command) -> Command:
    """Add an option for every quirk."""
    command = click.option("--extra-field", is_flag=True, help="Add an unknown field to rows.")(
        command
    )
    said = attributes(Quirks)
    for name, known in reversed(choices().items()):
        option = click.option(
            f"--{name.replace('_', '-')}",
            name,
            type=click.Choice(known),
            default=known[0],
            show_default=True,
            help=said.get(name),
        )
        command = option(command)
    return command


def size_options(command: Command) -> Command:
    """Add an option for every part of the account's size."""
    for name, least in reversed(LEAST.items()):
        kind = click.IntRange(min=least)
        flag = f"--{name.replace('_', '-')}"
        option = click.option(
            flag, name, type=kind, default=getattr(DEFAULTS, name), show_default=True
        )
        command = option(command)
    return command


@click.command(epilog=fault_options.epilog())
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8025,
    show_default=True,
    help="0 is a free port.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The seed of the account.")
@click.option("--api-key", default="sandbox-key", show_default=True)
@click.option("--api-secret", default="sandbox-secret", show_default=True)
@click.option(
    "--now",
    type=moment,
    metavar="ISO",
    help="Stop the clock at this time.  [default: the wall clock]",
)
@click.option("--behind", type=click.FloatRange(min=0), help="Hours behind the wall clock.")
@size_options
@fault_options.fault_options
@quirk_options
def serve(
    *,
    host: str,
    port: int,
    seed: int,
    api_key: str,
    api_secret: str,
    now: datetime | None,
    behind: float | None,
    **switches: Any,
) -> None:
    """Serve a generated account until Ctrl-C or SIGTERM."""
    if now is not None and behind is not None:
        message = "--now and --behind exclude each other"
        raise click.UsageError(message)
    try:
        size = Size(**{name: switches.pop(name) for name in LEAST})
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    asked = {name: switches.pop(name) for name in fault_options.NAMES}
    sandbox = local.Sandbox(
        size=size,
        seed=seed,
        until=now,
        quirks=Quirks(**switches),
        faults=fault_options.chosen(seed, **asked),
        clock=Clock(at=now, behind=timedelta(hours=behind or 0)),
        api_key=api_key,
        api_secret=api_secret,
        host=host,
        port=port,
    )
    _stop_on_signals()
    _run(sandbox)


def _run(sandbox: Sandbox) -> NoReturn:
    """Serve until a signal ends the process, or raise click.ClickException."""
    with ExitStack() as stack:
        try:
            stack.enter_context(sandbox)
        except OSError as error:
            raise click.ClickException(error.strerror or str(error)) from error
        click.echo(_banner(sandbox))
        while True:
            # Short sleeps, because on Windows a signal does not end a sleep.
            time.sleep(0.5)


def _banner(sandbox: Sandbox) -> str:
    """Return the line that says how to scope the sandbox."""
    start = sandbox.clock.now() - timedelta(days=7)
    config = {
        "api_url": sandbox.url,
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "start_date": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return (
        f"Mailjet sandbox at {sandbox.url}, API key {sandbox.api_key}, secret key "
        f"{sandbox.api_secret}, config.json: {msgspec.json.encode(config).decode()}"
    )


def _stop_on_signals() -> None:
    """End the process normally on Ctrl-C and SIGTERM, with exit code 0."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        # A second signal must not interrupt the cleanup that the first signal started.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        sys.exit(0)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
