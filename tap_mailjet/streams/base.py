"""Where the parts meet the SDK: what every stream has."""

from __future__ import annotations

import abc
import functools
import threading
from typing import TYPE_CHECKING, Any, ClassVar, cast

from msgspec import Raw
from singer_sdk import metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import SchemaDirectory, StreamSchema
from typing_extensions import override

from tap_mailjet import schemas
from tap_mailjet.errors import ForbiddenError, NotFoundError, explained, in_words
from tap_mailjet.page_reader import PageReader
from tap_mailjet.pages import Row, decode_page, decode_row
from tap_mailjet.queries import build_queries
from tap_mailjet.records import compile_record
from tap_mailjet.report import Outcome
from tap_mailjet.row_fields import key_function
from tap_mailjet.streams.bookmarks import BookmarkedStream
from tap_mailjet.structs import RecordStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog
    from singer_sdk.tap_base import Tap

    from tap_mailjet.access import Access
    from tap_mailjet.additions import Addition
    from tap_mailjet.client import Exchange
    from tap_mailjet.queries import Query


class MailjetStream(BookmarkedStream, abc.ABC):
    """A resource of Mailjet's; what a subclass declares is all there is to it.

    Attributes:
        resource: its name in `/v3/REST/<resource>`.
        params: query parameters that go with every request.
        additions: fields that records have beyond the wire's, and what makes them of a row.
        withheld: fields of the wire that are credentials and never leave the tap.
        masked: fields that are URLs, in which a user and a password are masked.
        is_essential: whether every account has it, so that being refused it is an error.
    """

    resource: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    additions: ClassVar[Mapping[str, Addition]] = {}
    withheld: ClassVar[Sequence[str]] = ()
    masked: ClassVar[Sequence[str]] = ()
    is_essential: ClassVar[bool] = False

    selected_by_default = False
    # So that a sync that is killed has little to read again: less than a window.
    STATE_MSG_FREQUENCY = 1000
    primary_keys: Sequence[str] = ("ID",)
    schema = StreamSchema(SchemaDirectory(schemas))
    # Records are typed in records.py, at a fraction of the cost.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, access: Callable[[], Access]) -> None:
        super().__init__(tap)
        self._access = access
        self._counting = threading.Lock()
        self._requests = metrics.http_request_counter(self.name, endpoint=self.resource)
        self.identity = tuple(self.primary_keys)
        self.outcome = Outcome(self.name)

    @property
    @override
    def access(self) -> Access:
        """Settings, client and start of this sync; asking makes them, so not at discovery."""
        return self._access()

    @functools.cached_property
    def queries(self) -> list[Query]:
        """The queries whose answers make up the stream."""
        return build_queries(self.access.settings, self.filters, self.params)

    @property
    def required(self) -> Sequence[str]:
        """The fields without which a row is none."""
        return self.identity

    def to_record(self, row: Row) -> Record:
        """Make a record of a row."""
        return self.convert(decode_row(row)) if isinstance(row, Raw) else decode_row(row)

    def to_line(self, row: Row) -> Record:
        """Make a record that is only to be written: one that is a struct may stay one."""
        is_line = self.takes_structs and not isinstance(row, Raw)
        return cast("Record", row) if is_line else self.to_record(row)

    @property
    def is_altered(self) -> bool:
        """Whether rows are not records yet, even where each value is as the schema has it."""
        return bool(self.additions or self.masked or self.withheld)

    @functools.cached_property
    def struct(self) -> RecordStruct:
        """What rows are read as, if the stream is not altered."""
        return RecordStruct(self.schema, self.required)

    @functools.cached_property
    def convert(self) -> Callable[[dict[str, Any]], Record]:
        """The function from a wire row's fields to a record, compiled from the schema."""
        convert = compile_record(
            self.schema,
            required=self.required,
            withheld=self.withheld,
            masked=self.masked,
            report=self.report,
        )
        if not self.additions:
            return convert
        additions = dict(self.additions)
        return lambda row: convert({**row, **{name: make(row) for name, make in additions.items()}})

    @functools.cached_property
    def key(self) -> Callable[[Row], Hashable]:
        """The function that tells whether two rows are the same one."""
        of_raw = key_function(self.identity)
        if self.is_altered:
            return of_raw
        of_struct = self.struct.getter(*self.identity)
        return lambda row: of_raw(row) if isinstance(row, Raw) else of_struct(row)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # A catalogue without keys would make all rows one.
        self.primary_keys = self.primary_keys or self.identity

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
                with explained(self.name):
                    for record in self.in_chunks(self.read(reader, context), reader.page_size):
                        outcome.rows += 1
                        yield record
                outcome.finished = True
            except Exception as error:
                if self.access.client.is_hopeless(error):
                    outcome.failure = in_words(error)
                    raise
                self._fail(error)
            finally:
                outcome.end()

    def reader(self) -> PageReader:
        """Make what reads the stream's resource."""
        return PageReader(
            self.access.client,
            self.resource,
            page_size=self.access.settings.page_size,
            pool=self.access.pool,
            ahead=self.access.settings.max_concurrency,
            decode=decode_page if self.is_altered else self.struct.page,
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

    def begin(self) -> Outcome:
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
            outcome.lacking = in_words(error)
            self.logger.warning("%s The sync goes on without it.", outcome.lacking)
            return
        outcome.failure = in_words(error)
        self.logger.error("%s", outcome.failure)
        self.logger.debug("Traceback:", exc_info=error)

    def _may_be_missing(self) -> bool:
        """Return True if a refusal can mean that the account does not have the resource.

        It cannot if the user selected this very stream, if every account has the resource, or if
        Mailjet has already answered a request of the stream.
        """
        if self.is_essential or self.outcome.is_answered:
            return False
        return self.selected_by_default or self.access.wants_all

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

    def _observe(self, exchange: Exchange) -> None:
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

    @functools.cached_property
    def report(self) -> Callable[[str], None]:
        """Log a warning about the data; the same sentence only once."""
        return functools.cache(functools.partial(self.logger.warning, "%s: %s", self.name))
