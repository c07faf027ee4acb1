"""Where the parts meet the SDK: what every stream has."""

from __future__ import annotations

import abc
import functools
import threading
from typing import TYPE_CHECKING, ClassVar, cast

from singer_sdk import metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from tap_mailjet import schemas
from tap_mailjet.api.errors import ForbiddenError, NotFoundError, error_context, format_error
from tap_mailjet.api.page import decode_page
from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.reading.queries import build_queries
from tap_mailjet.singer.bookmarks import BookmarkedStream
from tap_mailjet.singer.converting_stream import ConvertingStream
from tap_mailjet.singer.schema_files import SchemaFiles
from tap_mailjet.singer.sync_report import StreamProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_mailjet.api.client import RequestOutcome
    from tap_mailjet.reading.queries import Query
    from tap_mailjet.singer.runtime import SyncRuntime


class MailjetStream(BookmarkedStream, ConvertingStream, abc.ABC):
    """A resource of Mailjet's; what a subclass declares is all there is to it.

    Attributes:
        resource: its name in `/v3/REST/<resource>`.
        params: query parameters that go with every request.
        is_core: whether every account has it, so that being refused it is an error.
    """

    resource: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    is_core: ClassVar[bool] = False

    selected_by_default = False
    # So that a sync that is killed has little to read again: less than a window.
    STATE_MSG_FREQUENCY = 1000
    primary_keys: Sequence[str] = ("ID",)
    schema = StreamSchema(SchemaFiles(schemas))
    # Records are typed in records.py, at a fraction of the cost.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, access: Callable[[], SyncRuntime]) -> None:
        super().__init__(tap)
        self._access = access
        self._counting = threading.Lock()
        self._requests = metrics.http_request_counter(self.name, endpoint=self.resource)
        self.row_key = tuple(self.primary_keys)
        self.outcome = StreamProgress(self.name)

    @property
    @override
    def access(self) -> SyncRuntime:
        """Settings, client and start of this sync; asking makes them, so not at discovery."""
        return self._access()

    @functools.cached_property
    def queries(self) -> list[Query]:
        """The queries whose answers make up the stream."""
        return build_queries(self.access.settings, self.filters, self.params)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # A catalogue without keys would make all rows one.
        self.primary_keys = self.primary_keys or self.row_key

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read the records; a stream that fails ends here, and leaves the others be.

        Raises:
            CredentialsError: the key pair is not known: no stream can be read.
            UnreachableError: Mailjet has not answered once: none can be read either.
        """
        outcome = self.begin()
        with self._requests:
            self._open_all()
            reader = self.reader()
            try:
                with error_context(self.name):
                    for record in self.in_chunks(self.read(reader, context), reader.page_size):
                        outcome.rows += 1
                        yield record
                    if not outcome.rows:
                        outcome.problems.refuse_if_unusable()
                outcome.finished = True
            except Exception as error:
                if self.access.client.is_fatal_for_sync(error):
                    outcome.failure = format_error(error)
                    raise
                self._fail(error)
            finally:
                outcome.end()
                self._warn_of_problems()

    def reader(self) -> PageReader:
        """Make what reads the stream's resource."""
        return PageReader(
            self.access.client,
            self.resource,
            page_size=self.access.settings.page_size,
            pool=self.access.pool,
            ahead=self.access.settings.max_concurrency,
            decode=decode_page if self.needs_conversion else self.struct.page,
            observe=self._observe,
            early=self.access.early,
            findings=self.access.findings,
            warn=self.report,
        )

    def _open_all(self) -> None:
        """Ask for the first page of every stream of this sync, if that has not been done."""
        if self.ABORT_AT_RECORD_COUNT is None and self.access.early.open():
            for stream in cast("Iterable[MailjetStream]", self._tap.streams.values()):
                if stream is not self and not stream.parent_stream_type:
                    stream.open()

    def open(self) -> None:
        """Ask for the first page, if the stream is to be read at all; raises nothing."""
        if self.selected or self.has_selected_descendents:
            self.outcome = self.access.report.begin(self.name)
            self.outcome.is_early = True
            try:
                self.ask_early(self.reader())
            except Exception as error:
                self.logger.debug("Asked for when its turn comes:", exc_info=error)

    def ask_early(self, reader: PageReader) -> None:
        """Ask for the pages that the stream surely will want first, if any are known."""

    def begin(self) -> StreamProgress:
        """Begin to count, for this stream and for those that are read for its rows."""
        if not self.outcome.is_early:
            self.outcome = self.access.report.begin(self.name)
        self.outcome.is_early = False
        self.outcome.resume()
        for child in self.selected_children:
            child.outcome = self.access.report.begin(child.name, self.outcome)
            child.outcome.finished = True
        return self.outcome

    def _fail(self, error: Exception) -> None:
        outcome = self.outcome
        outcome.finished = False
        if isinstance(error, (ForbiddenError, NotFoundError)) and self._may_be_missing():
            outcome.lacking = format_error(error)
            self.logger.warning("%s The sync goes on without it.", outcome.lacking)
            return
        outcome.failure = format_error(error)
        self.logger.error("%s", outcome.failure)
        self.logger.debug("Traceback:", exc_info=error)

    def _may_be_missing(self) -> bool:
        """Return True if a refusal can mean that the account does not have the resource.

        It cannot if the user selected this very stream, if every account has the resource, or if
        Mailjet has already answered a request of the stream.
        """
        if self.is_core or self.outcome.is_answered:
            return False
        return self.selected_by_default or self.access.wants_all

    def _warn_of_problems(self) -> None:
        """Log what could not be carried over; a parent does so for the streams read for its rows.

        This is done at the end of a stream, also of one that is interrupted: its bookmark may
        have passed the rows that were skipped.
        """
        if self.parent_stream_type is not None:
            return
        for stream in (self, *self.selected_children):
            for description in stream.outcome.problems.descriptions():
                self.logger.warning("%s: %s.", stream.name, description)

    @override
    def log_sync_costs(self) -> None:
        """Tell what became of the stream, and after the last one whether all is well.

        The SDK calls this once for each stream when all have been synced.

        Raises:
            IncompleteSyncError: after the last stream, if one has failed.
        """
        self.access.report.tell(self.name, self.logger, self.metrics_logger)
        if self.name == self.access.streams[-1]:
            self.access.report.check()

    @abc.abstractmethod
    def read(self, reader: PageReader, context: Context | None) -> Iterator[Record]:
        """Read the records that this sync is to emit, in the order to emit them."""

    def _observe(self, exchange: RequestOutcome) -> None:
        self.outcome.note(exchange)
        with self._counting:
            self._requests.increment()
        metrics.log(
            self.metrics_logger,
            metrics.Point(
                "timer",
                metric=metrics.Metric.HTTP_REQUEST_DURATION,
                value=exchange.seconds,
                tags={
                    metrics.Tag.STREAM: self.name,
                    metrics.Tag.ENDPOINT: self.resource,
                    metrics.Tag.HTTP_STATUS_CODE: exchange.status,
                },
            ),
        )
