"""What every stream of one sync shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    import pendulum

    from tap_mailjet.api.client import MailjetClient
    from tap_mailjet.config.settings import Settings
    from tap_mailjet.reading.prefetch import PagePrefetcher
    from tap_mailjet.reading.server_findings import ServerFindings
    from tap_mailjet.singer.sync_report import SyncReport


@dataclass(frozen=True)
class SyncRuntime:
    """What every stream of one sync shares.

    Attributes:
        streams: the names of all streams, in the order in which the SDK goes through them.
        wants_all: whether each of them is selected, so that none is by its name.
    """

    settings: Settings
    client: MailjetClient
    pool: Executor
    started: pendulum.DateTime
    report: SyncReport
    early: PagePrefetcher
    findings: ServerFindings
    streams: Sequence[str]
    wants_all: bool
