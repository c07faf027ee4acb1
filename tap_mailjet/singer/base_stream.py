"""The base class of all streams, which connects the reading of rows with the SDK."""

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
from tap_mailjet.records.conversion import omitted_names
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


SCHEMA_FILES = SchemaFiles(schemas)


class MailjetStream(BookmarkedStream, abc.ABC):
    """Base class of all Mailjet streams. Subclasses only declare attributes.

    Attributes:
        resource: The resource's name in `/v3/REST/<resource>`.
        params: Query parameters that go with every request.
        is_core: True if every account has the resource, so that a refusal is an error.
        derived_fields: Fields that are computed from a row, each with its function.
        withheld: Wire fields with credentials, which never leave the tap.
        fields_of: The stream whose schema has all fields of the resource, if this stream has only
            some of them. The other fields are omitted; a field that neither has is warned of.
        masked: Fields with URLs, in which user and password are masked.
        adds_fields: True if rows get more fields before they are converted.
        row_key: The fields of the key, independent of the catalog.
    """

    resource: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    is_core: ClassVar[bool] = False
    derived_fields: ClassVar[Mapping[str, DerivedField]] = {}
    withheld: ClassVar[Sequence[str]] = ()
    fields_of: ClassVar[str | None] = None
    masked: ClassVar[Sequence[str]] = ()

    selected_by_default = False
    # A sync that is killed then has to read less than a window again.
    STATE_MSG_FREQUENCY = 1000
    primary_keys: Sequence[str] = ("ID",)
    schema = StreamSchema(SCHEMA_FILES)
    # RowCodec conforms the types at a fraction of the cost.
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
        """The shared resources of the sync, created by the first access and not by discovery."""
        return self._runtime()

    @property
    def adds_fields(self) -> bool:
        """Return True if rows get more fields before they are converted."""
        return False

    @functools.cached_property
    def queries(self) -> list[Query]:
        """The queries whose rows make up the stream."""
        return build_queries(self.runtime.settings, self.filters, self.params)

    @functools.cached_property
    def codec(self) -> RowCodec:
        """The codec that reads the rows of the stream and converts them to records."""
        fields = SCHEMA_FILES.get_schema(self.fields_of) if self.fields_of else self.schema
        return RowCodec(
            self.schema,
            key=self.row_key,
            clock=self.replication_key if self.is_sorted else None,
            derived=self.derived_fields,
            withheld=self.withheld,
            omitted=omitted_names(self.schema, fields),
            masked=self.masked,
            adds_fields=self.adds_fields,
            warn=self.warn_once,
        )

    @functools.cached_property
    def warn_once(self) -> Callable[[str], None]:
        """A function that logs a warning about the data; it logs the same text only once."""
        return functools.cache(functools.partial(self.logger.warning, "%s: %s", self.name))

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # With a catalog without keys, a target would merge all rows into one.
        self.primary_keys = self.primary_keys or self.row_key

    @override
    def read_records(self, context: Context | None, *, structs: bool) -> Iterator[Record | Struct]:
        """Read the records; log an error of this stream, so that the other streams continue.

        Raises:
            CredentialsError: Mailjet refused the key pair, so that no stream can be read.
            NoResponseError: Mailjet has not sent any response, so that no stream can be read.
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
                    for batch in self.further_parents(reader):
                        self.sync_children_of(batch)
                    if not progress.rows:
                        has_bookmark = "replication_key_value" in self.stream_state
                        progress.problems.refuse_if_unusable(resumes=has_bookmark)
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
            runtime.client,
            self.resource,
            page_size=runtime.settings.page_size,
            pool=runtime.executor,
            ahead=runtime.settings.max_concurrency,
            decode=self.codec.decode_page,
            observe=self._observe,
            findings=runtime.findings,
            warn=self.warn_once,
            prefetcher=runtime.prefetcher,
        )

    def prefetch(self) -> None:
        """Request the first pages of the stream, if it will be read.

        An error is ignored here, because the read of the stream handles it.
        """
        if self.selected or self.has_selected_descendents:
            self._reset_progress(None)
            try:
                self.prefetch_pages(self.reader())
            except Exception as error:
                self.logger.debug("Could not prefetch:", exc_info=error)

    def prefetch_pages(self, reader: PageReader) -> None:
        """Request the first pages that the stream will read, if they are known."""

    def begin(self) -> StreamProgress:
        """Start the progress of this stream and of its child streams."""
        if not self.runtime.report.has_begun(self.name):
            self._reset_progress(None)
        self.progress.resume()
        for child in cast("list[MailjetStream]", self.selected_children):
            child.begin_below(self.progress)
        return self.progress

    def begin_below(self, parent: StreamProgress) -> None:
        """Start the progress of a child stream, which is read batch by batch."""
        self._reset_progress(parent)
        self.progress.finished = True

    def _reset_progress(self, parent: StreamProgress | None) -> None:
        self.codec.problems = DataProblems()
        self.progress = self.runtime.report.begin(self.name, self.codec.problems, parent)

    def _fail(self, error: Exception) -> None:
        progress = self.progress
        progress.finished = False
        if isinstance(error, (ForbiddenError, NotFoundError)) and self._may_be_missing():
            progress.unavailable_reason = format_error(error)
            self.logger.warning(
                "%s The sync continues without this stream.", progress.unavailable_reason
            )
            return
        progress.failure = format_error(error)
        self.logger.error("%s", progress.failure)
        self.logger.debug("Traceback:", exc_info=error)

    def _may_be_missing(self) -> bool:
        """Return True if a refusal can mean that the account does not have the resource.

        It cannot if the user selected this stream by name, if every account has the resource, or if
        a request of the stream has succeeded.
        """
        if self.is_core or self.progress.has_succeeded:
            return False
        return self.selected_by_default or self.runtime.selects_all()

    def _warn_of_problems(self) -> None:
        """Log the rows and values that could not be converted, also for child streams.

        An interrupted stream logs them, too, because its bookmark may be after skipped rows.
        """
        if self.parent_stream_type is not None:
            return
        for stream in (self, *self.selected_children):
            for description in stream.progress.problems.descriptions():
                self.logger.warning("%s: %s.", stream.name, description)

    @override
    def log_sync_costs(self) -> None:
        """Log the result of the stream; the SDK calls this after it has synced all streams."""
        self.runtime.report.log(self.name, self.logger, self.metrics_logger)

    @abc.abstractmethod
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record | Struct]:
        """Read the records of this sync in the order in which they are emitted.

        Args:
            reader: Reads the stream's resource.
            context: The context from the SDK.
            structs: True if records may be structs, because they are only written.
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
