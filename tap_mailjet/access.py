"""What every stream of one sync shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    import pendulum

    from tap_mailjet.client import MailjetClient
    from tap_mailjet.early import EarlyPages
    from tap_mailjet.report import Report
    from tap_mailjet.server_findings import ServerFindings
    from tap_mailjet.settings import Settings


@dataclass(frozen=True)
class Access:
    """What every stream of one sync shares.

    Attributes:
        streams: the names of all streams, in the order in which the SDK goes through them.
        wants_all: whether each of them is selected, so that none is by its name.
    """

    settings: Settings
    client: MailjetClient
    pool: Executor
    started: pendulum.DateTime
    report: Report
    early: EarlyPages
    findings: ServerFindings
    streams: Sequence[str]
    wants_all: bool
