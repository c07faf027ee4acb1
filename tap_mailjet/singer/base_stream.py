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
from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.reading.queries import build_queries
from tap_mailjet.records.problems import DataProblems
from tap_mailjet.records.row_codec import RowCodec
from tap_mailjet.singer.bookmarks import BookmarkedStream
from tap_mailjet.singer.schema_files import SchemaFiles
from tap_mailjet.singer.sync_report import StreamProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_mailjet.api.client import RequestOutcome
    from tap_mailjet.reading.queries import Query
    from tap_mailjet.records.derived_fields import DerivedField
    from tap_mailjet.singer.runtime import SyncRuntime


class MailjetStream(BookmarkedStream, abc.ABC):
    """Base class of all Mailjet streams. Subclasses only declare attributes.

    Attributes:
        resource: The resource's name in `/v3/REST/<resource>`.
        params: Query parameters that go with every request.
        is_core: Whether every account has the resource, so that a refusal is an error.
        derived_fields: Fields that are made of a row, each with the function that makes it.
        withheld: Fields of the wire that are credentials and never leave the tap.
        masked: Fields that are URLs, in which a user and a password are masked.
        adds_fields: Whether rows get more fields before they are converted.
        row_key: The fields of the key, whatever the catalog says.
    """

    resource: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    is_core: ClassVar[bool] = False
    derived_fields: ClassVar[Mapping[str, DerivedField]] = {}
    withheld: ClassVar[Sequence[str]] = ()
    masked: ClassVar[Sequence[str]] = ()

    selected_by_default = False
    # So that a sync that is killed has little to read again: less than a window.
    STATE_MSG_FREQUENCY = 1000
    primary_keys: Sequence[str] = ("ID",)
    schema = StreamSchema(SchemaFiles(schemas))
    # RowCodec types the records, at a fraction of the cost.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, runtime: Callable[[], SyncRuntime]) -> None:
        super().__init__(tap)
        self._runtime = runtime
        self._counting = threading.Lock()
        self._requests = metrics.http_request_counter(self.name, endpoint=self.resource)
        self.row_key = tuple(self.primary_keys)
        self.progress = StreamProgress(self.name)

    @property
    @override
    def runtime(self) -> SyncRuntime:
        """What this sync shares; the first access creates it, so not at discovery."""
        return self._runtime()

    @property
    def adds_fields(self) -> bool:
        """Return True if rows get more fields before they are converted."""
        return False

    @functools.cached_property
    def queries(self) -> list[Query]:
        """The queries whose responses make up the stream."""
        return build_queries(self.runtime.settings, self.filters, self.params)

    @functools.cached_property
    def codec(self) -> RowCodec:
        """What reads the rows of the stream, and converts them to records."""
        return RowCodec(
            self.schema,
            key=self.row_key,
            clock=self.replication_key if self.is_sorted else None,
            derived=self.derived_fields,
            withheld=self.withheld,
            masked=self.masked,
            adds_fields=self.adds_fields,
            warn=self.warn_once,
        )

    @functools.cached_property
    def warn_once(self) -> Callable[[str], None]:
        """Log a warning about the data; the same sentence only once."""
        return functools.cache(functools.partial(self.logger.warning, "%s: %s", self.name))

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # A catalog without keys would make all rows one.
        self.primary_keys = self.primary_keys or self.row_key

    @override
    def read_records(self, context: Context | None, *, structs: bool) -> Iterator[Record | Struct]:
        """Read the records; if the stream fails, it ends here, and the others go on.

        Raises:
            CredentialsError: Mailjet refused the key pair: no stream can be read.
            NoResponseError: Mailjet has not responded once: no stream can be read either.
        """
        progress = self.begin()
        with self._requests:
            reader = self.reader()
            try:
                with error_context(self.name):
                    records = cast("Iterator[Record]", self.read(reader, context, structs=structs))
                    for record in self.batch_for_children(records, reader.page_size):
                        progress.rows += 1
                        yield record
                    if not progress.rows:
                        progress.problems.refuse_if_unusable()
                progress.finished = True
            except Exception as error:
                if self.runtime.client.is_fatal_for_sync(error):
                    progress.failure = format_error(error)
                    raise
                self._fail(error)
            finally:
                progress.end()
                self._warn_of_problems()

    def reader(self) -> PageReader:
        """Return a reader of the stream's resource."""
        runtime = self.runtime
        return PageReader(
            runtime.prefetcher,
            self.resource,
            page_size=runtime.settings.page_size,
            pool=runtime.executor,
            ahead=runtime.settings.max_concurrency,
            decode=self.codec.decode_page,
            observe=self._observe,
            findings=runtime.findings,
            warn=self.warn_once,
        )

    def prefetch(self) -> None:
        """Request the first pages before the stream's turn, if it is going to be read.

        An error is left to the stream's turn, where it is handled.
        """
        if self.selected or self.has_selected_descendents:
            self._count_anew(None)
            try:
                self.prefetch_pages(self.reader())
            except Exception as error:
                self.logger.debug("Could not prefetch:", exc_info=error)

    def prefetch_pages(self, reader: PageReader) -> None:
        """Request the pages that the stream is going to want first, if any are known."""

    def begin(self) -> StreamProgress:
        """Begin to count, for this stream and for its child streams."""
        if not self.runtime.report.has_begun(self.name):
            self._count_anew(None)
        self.progress.resume()
        for child in cast("list[MailjetStream]", self.selected_children):
            child.begin_below(self.progress)
        return self.progress

    def begin_below(self, parent: StreamProgress) -> None:
        """Begin to count for a child stream, which is read batch by batch."""
        self._count_anew(parent)
        self.progress.finished = True

    def _count_anew(self, parent: StreamProgress | None) -> None:
        self.codec.problems = DataProblems()
        self.progress = self.runtime.report.begin(self.name, self.codec.problems, parent)

    def _fail(self, error: Exception) -> None:
        progress = self.progress
        progress.finished = False
        if isinstance(error, (ForbiddenError, NotFoundError)) and self._may_be_missing():
            progress.unavailable_reason = format_error(error)
            self.logger.warning("%s The sync goes on without it.", progress.unavailable_reason)
            return
        progress.failure = format_error(error)
        self.logger.error("%s", progress.failure)
        self.logger.debug("Traceback:", exc_info=error)

    def _may_be_missing(self) -> bool:
        """Return True if a refusal can mean that the account does not have the resource.

        It cannot if the user selected this very stream, if every account has the resource, or if
        Mailjet has already responded to a request of the stream with success.
        """
        if self.is_core or self.progress.is_answered:
            return False
        return self.selected_by_default or self.runtime.selects_all

    def _warn_of_problems(self) -> None:
        """Log what could not be converted; a parent does so for its child streams.

        This is done at the end of a stream, also of one that is interrupted: its bookmark may
        have passed the rows that were skipped.
        """
        if self.parent_stream_type is not None:
            return
        for stream in (self, *self.selected_children):
            for description in stream.progress.problems.descriptions():
                self.logger.warning("%s: %s.", stream.name, description)

    @override
    def log_sync_costs(self) -> None:
        """Log what became of the stream; the SDK calls this when all streams have been synced."""
        self.runtime.report.log(self.name, self.logger, self.metrics_logger)

    @abc.abstractmethod
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        """Read the records of this sync in the order in which they are emitted.

        Args:
            reader: Reads the stream's resource.
            context: The SDK's.
            structs: Whether records may be structs, because they are only written.
        """

    def _observe(self, request: RequestOutcome) -> None:
        self.progress.count_request(request)
        with self._counting:
            self._requests.increment()
        metrics.log(
            self.metrics_logger,
            metrics.Point(
                "timer",
                metric=metrics.Metric.HTTP_REQUEST_DURATION,
                value=request.seconds,
                tags={
                    metrics.Tag.STREAM: self.name,
                    metrics.Tag.ENDPOINT: self.resource,
                    metrics.Tag.HTTP_STATUS_CODE: request.status,
                },
            ),
        )
