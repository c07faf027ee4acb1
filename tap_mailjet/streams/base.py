"""Where the parts meet the SDK: the base classes of full-table and of windowed streams."""

from __future__ import annotations

import abc
import functools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from singer_sdk import Stream, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import SchemaDirectory, StreamSchema
from typing_extensions import override

from tap_mailjet import schemas
from tap_mailjet.errors import explained, in_words
from tap_mailjet.pages import Reader, Row
from tap_mailjet.queries import Filters, Query, build_queries
from tap_mailjet.reads import (
    key_function,
    read_table,
)
from tap_mailjet.records import compile_record, distinct
from tap_mailjet.report import Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    import pendulum
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.tap_base import Tap

    from tap_mailjet.client import Exchange, MailjetClient
    from tap_mailjet.settings import Settings


@dataclass(frozen=True)
class Access:
    """What every stream of one sync shares."""

    settings: Settings
    client: MailjetClient
    pool: Executor
    started: pendulum.DateTime
    report: Report
    streams: Sequence[str]


class MailjetStream(Stream, abc.ABC):
    """A resource of Mailjet's; what a subclass declares is all there is to it.

    Attributes:
        resource: its name in `/v3/REST/<resource>`.
        params: query parameters that go with every request.
        filters: which settings it can be asked by.
    """

    resource: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[Filters] = Filters()

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
        self.outcome = Outcome(self.name)

    @property
    def access(self) -> Access:
        """Settings, client and start of this sync; asking makes them, so not at discovery."""
        return self._access()

    @functools.cached_property
    def queries(self) -> list[Query]:
        """The queries whose answers make up the stream."""
        return build_queries(self.access.settings, self.filters, self.params)

    @functools.cached_property
    def to_record(self) -> Callable[[Row], Record]:
        """The function from a wire row to a record, compiled from the stream's schema."""
        required = {*self.primary_keys, *filter(None, [self.replication_key])}
        return compile_record(self.schema, required=required, report=self.report)

    @functools.cached_property
    def key(self) -> Callable[[Row], Hashable]:
        """The function that tells whether two wire rows are the same one."""
        return key_function(self.primary_keys)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read the records; a stream that fails ends here, and leaves the others be.

        Raises:
            CredentialsError: the key pair is not known: no stream can be read.
            UnreachableError: Mailjet has not answered once: none can be read either.
        """
        outcome = self.outcome = self.access.report.begin(self.name)
        with metrics.http_request_counter(self.name, endpoint=self.resource) as counter:
            reader = Reader(
                self.access.client,
                self.resource,
                page_size=self.access.settings.page_size,
                pool=self.access.pool,
                ahead=self.access.settings.max_concurrency,
                observe=functools.partial(self._observe, counter),
            )
            try:
                with explained(self.name):
                    for record in self.read(reader, context):
                        outcome.rows += 1
                        yield record
                outcome.finished = True
            except Exception as error:
                outcome.failure = in_words(error)
                if self.access.client.is_hopeless(error):
                    raise
                self.logger.error("%s", outcome.failure)  # noqa: TRY400 - it follows, at its level
                self.logger.debug("Traceback:", exc_info=error)
            finally:
                outcome.end()

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
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        """Read the records that this sync is to emit, in the order to emit them."""

    def _observe(self, counter: metrics.Counter, exchange: Exchange) -> None:
        self.outcome.note(exchange)
        with self._counting:
            counter.increment()
        metrics.log(
            self.metrics_logger,
            metrics.Point(
                "timer",
                metric=metrics.Metric.HTTP_REQUEST_DURATION,
                value=exchange.seconds,
                tags={
                    metrics.Tag.STREAM: self.name,
                    metrics.Tag.ENDPOINT: exchange.resource,
                    metrics.Tag.HTTP_STATUS_CODE: exchange.status,
                },
            ),
        )

    @functools.cached_property
    def report(self) -> Callable[[str], None]:
        """Log a warning about the data; the same sentence only once."""
        return functools.cache(functools.partial(self.logger.warning, "%s: %s", self.name))


class FullTableStream(MailjetStream):
    """A resource without a clock to filter by: read whole, each time."""

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        tables = [
            read_table(reader, query, key=self.key, stepped=self.outcome.reread)
            for query in self.queries
        ]
        return distinct([map(self.to_record, rows) for rows in tables], self.primary_keys)
