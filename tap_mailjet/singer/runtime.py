"""The resources that all streams of one sync share, closed at its end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from typing_extensions import Self

from tap_mailjet.reading.prefetch import PagePrefetcher
from tap_mailjet.reading.server_findings import ServerFindings
from tap_mailjet.reading.windowed_reader import WINDOWS_AHEAD
from tap_mailjet.singer.sync_report import SyncReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import pendulum

    from tap_mailjet.api.client import MailjetClient
    from tap_mailjet.config.settings import Settings


class SyncRuntime:
    """Settings, client, threads and findings of one sync; a context manager that closes them.

    Args:
        settings: The parsed settings.
        client: Sends the requests.
        started: When the sync started.
        selects_all: Returns True if every stream is selected, so that no stream is selected by
            name. A dry run selects the streams after it has begun.

    Attributes:
        executor: Runs requests, and the reads of windows that wait for requests.
        prefetcher: Sends the first requests of all streams before the streams are read.
        report: The results of the streams.
        is_dry_run: True if the sync only checks whether the streams can be read.
        findings: The facts about the server that this sync has found.
    """

    def __init__(
        self,
        settings: Settings,
        client: MailjetClient,
        started: pendulum.DateTime,
        *,
        selects_all: Callable[[], bool],
    ) -> None:
        self.settings = settings
        self.client = client
        self.started = started
        self.selects_all = selects_all
        # The read of a window occupies a thread while it waits for the threads of its pages.
        threads = settings.max_concurrency + WINDOWS_AHEAD
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix="mailjet")
        self.prefetcher = PagePrefetcher(client, self.executor, 2 * settings.max_concurrency)
        self.report = SyncReport()
        self.findings = ServerFindings()
        self.is_dry_run = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.client.stop()
        # After a signal, do not wait for requests, because a server may delay them.
        self.executor.shutdown(wait=not isinstance(error, SystemExit), cancel_futures=True)
        self.client.close()
