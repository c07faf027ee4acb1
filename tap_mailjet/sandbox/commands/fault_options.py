"""The options of `serve` for faults."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import msgspec

from tap_mailjet.sandbox.commands.attribute_docs import attributes
from tap_mailjet.sandbox.faults.broken_values import BrokenValue
from tap_mailjet.sandbox.faults.config import Faults
from tap_mailjet.sandbox.faults.scheduled import ScheduledFault

Command = Callable[..., None]

_PACE = re.compile(r"(\d+)/(\d+(?:\.\d+)?)")


def faults_of(text: str) -> Faults:
    """Return the faults that the JSON file at a path describes, or raise click.BadParameter."""
    known = [field.name for field in fields(Faults)]
    try:
        given = msgspec.json.decode(Path(text).read_bytes(), type=dict[str, Any])
        unknown = sorted(given.keys() - set(known))
        if unknown:
            message = f"{text}: {unknown[0]!r} is not one of {', '.join(known)}"
            raise click.BadParameter(message)
        return msgspec.convert(given, Faults)
    except OSError as error:
        message = f"{text}: {error.strerror}"
        raise click.BadParameter(message) from error
    except msgspec.MsgspecError as error:
        message = f"{text}: {error}"
        raise click.BadParameter(message) from error


def rate_limit_of(text: str) -> tuple[int, float]:
    """Return a number of calls and of seconds, or raise click.BadParameter."""
    match = _PACE.fullmatch(text)
    if match is None:
        message = f"{text!r} is not a number of calls in a number of seconds such as 100/60"
        raise click.BadParameter(message)
    return int(match[1]), float(match[2])


_OPTIONS = (
    click.option(
        "--faults",
        type=faults_of,
        metavar="FILE",
        help="A JSON file that configures faults of requests; see below.",
    ),
    click.option(
        "--fault-rate",
        type=click.FloatRange(0, 1),
        metavar="RATE",
        help="Instead of --faults: the share of requests that suffer a random, short fault.",
    ),
    click.option(
        "--rate-limit",
        type=rate_limit_of,
        metavar="CALLS/SECONDS",
        help="Accept this number of requests in each window of seconds; the others get 429.",
    ),
    click.option(
        "--latency", type=click.FloatRange(min=0), help="Seconds by which every response is late."
    ),
)
NAMES = ("faults", "fault_rate", "rate_limit", "latency")


def fault_options(command: Command) -> Command:
    """Add the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(
    seed: int,
    *,
    faults: Faults | None,
    fault_rate: float | None,
    rate_limit: tuple[int, float] | None,
    latency: float | None,
) -> Faults:
    """Return the faults that the options configure together, or raise click.UsageError."""
    if faults is not None and fault_rate is not None:
        message = "--fault-rate and --faults exclude each other"
        raise click.UsageError(message)
    base = faults or Faults.storm(fault_rate or 0.0, seed)
    given = {"rate_limit": rate_limit, "latency": latency}
    changes: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
    try:
        return replace(base, **changes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def epilog() -> str:
    """Return the help for the file, paragraph by paragraph."""
    return (
        'FILE holds an object such as {"too_many": 0.1, "rate_limit": [100, 60]} with any of:'
        f"\n\n{_described(Faults)}"
        '\n\nA scheduled fault is an object such as {"resource": "sender", "params": '
        '{"Offset": ">0"}, "status": 403, "times": null} with any of:'
        f"\n\n{_described(ScheduledFault)}"
        '\n\nA broken value is an object such as {"resource": "message", "field": "Subject", '
        '"where": {"ID": 1152921504606846976}, "raw": "NaN"} with any of:'
        f"\n\n{_described(BrokenValue)}"
    )


def _described(described: type) -> str:
    """Return the attributes of a class, one entry each, in a paragraph that keeps its lines."""
    entries = (
        textwrap.fill(f"{name}: {text}", 78, subsequent_indent="    ", break_on_hyphens=False)
        for name, text in attributes(described).items()
    )
    # click wraps a paragraph unless it starts with this mark.
    return "\b\n" + "\n".join(entries)
