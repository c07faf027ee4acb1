"""Runs of the tap that may fail: what they wrote, how they ended, and what they logged."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox import BrokenValue, Faults, ScheduledFault
from tap_mailjet.tap import TapMailjet
from tests.helpers import Run, as_set, catalog_of, config_of, truth

if TYPE_CHECKING:
    import pytest

    from tap_mailjet.sandbox import Sandbox

Record = dict[str, Any]


@dataclass
class Attempt(Run):
    """What a tap wrote to stdout, and the error that it ended with; None is exit code 0."""

    error: Exception | None = None


def attempt(
    sandbox: Sandbox, *streams: str, state: dict[str, Any] | None = None, **given: Any
) -> Attempt:
    """Sync streams of a sandbox, and return what the tap wrote even if it failed."""
    tap = TapMailjet(
        config=copy.deepcopy(config_of(sandbox, **given)),
        state=copy.deepcopy(state),
        catalog=catalog_of(*streams),
    )
    error = None
    with contextlib.redirect_stdout(io.StringIO()) as written:
        try:
            tap.sync_all()
        except Exception as failure:  # noqa: BLE001 - each test says which errors it allows
            error = failure
    return Attempt([json.loads(line) for line in written.getvalue().splitlines()], error)


def schedule(sandbox: Sandbox, resource: str, **given: Any) -> None:
    """Set one scheduled fault as the sandbox's only fault."""
    sandbox.faults = Faults(scheduled=(ScheduledFault(resource=resource, **given),))


def break_value(sandbox: Sandbox, resource: str, field: str, **given: Any) -> None:
    """Set one broken value as the sandbox's only fault."""
    sandbox.faults = Faults(broken=(BrokenValue(resource=resource, field=field, **given),))


def warnings_of(caplog: pytest.LogCaptureFixture, *patterns: str) -> list[str]:
    """Return the warnings in which all of these patterns are found."""
    messages = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    return [text for text in messages if all(re.search(pattern, text) for pattern in patterns)]


def count(number: int) -> str:
    """Return a pattern for a number that stands by itself."""
    return rf"(?<![\w.:-]){number}(?![\w.:-])"


def assert_complete(sandbox: Sandbox, run: Run, stream: str) -> None:
    """Fail unless a run has every row of a stream as the sandbox holds it."""
    held = truth(sandbox, stream)
    got = run.records[stream]
    assert held
    assert as_set(got) == as_set(held), f"{len(got)} of {len(held)} rows of {stream} were delivered"
