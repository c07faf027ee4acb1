"""Write a thousand records at a time, where the SDK writes one record at a time.

For a record that needs no change, the SDK spends most time on work that is the same for all
records: the selection of each field, a copy, a message object, a bookmark, a flush. Here this work
is done once for the records between two STATE messages. The output has the same bytes
(`tests/singer/test_bulk_stream.py`). If a record needs more work, the code of the SDK runs.
"""

from __future__ import annotations

import abc
import itertools
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct, to_builtins
from singer_sdk import Stream
from singer_sdk.helpers._batch import SDKBatchMessage
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_mailjet.singer.batch_files import is_own, write_batch
from tap_mailjet.singer.message_writer import MessageWriter, RecordLine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record

TOP_LEVEL = 2
"""Length of the path of a field that is not nested: `properties` and the name."""

VERSION_COLUMN = "_sdc_table_version"
"""The column in which targets of the SDK store the version of a record."""


class BulkStream(Stream, abc.ABC):
    """A stream that writes many records at a time if no record needs to be changed."""

    @abc.abstractmethod
    def read_records(self, context: Context | None, *, structs: bool) -> Iterator[Record | Struct]:
        """Read the records of this sync in the order in which they are emitted.

        Args:
            context: The context from the SDK.
            structs: True if records may be structs, because they are only written.
        """

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        return cast("Iterator[Record]", self.read_records(context, structs=False))

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        writer = self._tap.message_writer
        if write_messages and self._can_write_in_bulk() and isinstance(writer, MessageWriter):
            # Records are not yielded, because `sync` of the SDK would drop them.
            self._write_in_bulk(context, writer)
            return
        yield from super()._sync_records(context, write_messages=write_messages)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        # The SDK moves the bookmark when a record is read, before its file is written. A STATE of
        # a child or after a signal would then cover a file that does not exist.
        with self.get_batch_counter() as counter:
            size, encoding = batch_config.batch_size, batch_config.encoding
            is_struct = is_own(encoding) and self._stream_version is None
            for chunk in self._record_batches(context, size, structs=is_struct):
                latest = to_builtins(self._latest_of(chunk))
                for name, rows in self._by_stream_map(chunk).items():
                    self._add_version(rows)
                    for manifest in write_batch(
                        rows, batch_config, tap_name=self.tap_name, stream=name
                    ):
                        self._tap.write_message(SDKBatchMessage(name, encoding, manifest))
                        counter.increment()
                self.state_manager.is_flushed = False
                self._increment_stream_state(latest, context=context)
                self._write_state_message()

    def _add_version(self, rows: list[Any]) -> None:
        """Add the version of the table to the rows of a batch file.

        A RECORD message has the version, but a file has only rows. Without it, the target would
        remove all rows of the file when the version is activated.
        """
        if self._stream_version is not None:
            for row in rows:
                row[VERSION_COLUMN] = self._stream_version

    def _latest_of(self, chunk: list[Record | Struct]) -> Record | Struct:
        """Return the record of a list that the bookmark may move to."""
        return chunk[-1]

    def _by_stream_map(self, chunk: list[Record | Struct]) -> dict[str, list[Any]]:
        """Return the records after the stream maps, by their target stream.

        The chunk is emptied meanwhile, because both forms together need twice the memory.
        """
        if self._can_write_in_bulk():
            return {self.stream_maps[0].stream_alias: chunk}
        found: dict[str, list[Any]] = {}
        chunk.reverse()
        while chunk:
            for message in self._generate_record_messages(cast("Record", chunk.pop())):
                found.setdefault(message.stream, []).append(message.record)
        return found

    def _can_write_in_bulk(self) -> bool:
        """Return True if records are only changed by removing deselected fields."""
        maps = self.stream_maps
        return (
            self.selected
            and self.ABORT_AT_RECORD_COUNT is None
            # Child streams run between two records.
            and not any(child.selected for child in self.child_streams)
            # The SDK also removes deselected parts of nested fields.
            and all(len(path) <= TOP_LEVEL or is_kept for path, is_kept in self.mask.items())
            and len(maps) == 1
            and type(maps[0]) is SameRecordTransform
            and not maps[0].flattening_enabled
        )

    def _write_in_bulk(self, context: Context | None, writer: MessageWriter) -> None:
        name, version = self.stream_maps[0].stream_alias, self._stream_version
        for chunk in self._record_batches(context, self.STATE_MSG_FREQUENCY, structs=True):
            now = datetime.now(timezone.utc)
            writer.write_records([RecordLine(name, record, version, now) for record in chunk])
            self.state_manager.is_flushed = False
            self._increment_stream_state(to_builtins(self._latest_of(chunk)), context=context)
            if len(chunk) == self.STATE_MSG_FREQUENCY:
                self._write_state_message()
        self._write_state_message()

    def _record_batches(
        self, context: Context | None, size: int, *, structs: bool
    ) -> Iterator[list[Record | Struct]]:
        """Read records in lists; this stands in for the SDK's `_sync_records`.

        Args:
            context: The context from the SDK.
            size: The number of records in a list.
            structs: True if the caller can write structs.

        Yields:
            Lists of records without deselected fields; with them if stream maps apply. The caller
            moves the bookmark after it has written the records.
        """
        is_plain = self._can_write_in_bulk()
        deselected = [
            name for name in self.schema["properties"] if not self.mask["properties", name]
        ]
        structs = structs and is_plain and not deselected
        with self.get_record_counter() as counter, self.get_sync_timer() as timer:
            counter.with_context(context or {})
            timer.with_context(context or {})
            self._write_starting_replication_value(context)
            records = self.read_records(context, structs=structs)
            if not is_plain:
                records = self._processed(cast("Iterator[Record]", records))
            while chunk := list(itertools.islice(records, size)):
                number = len(chunk)
                for name in deselected if is_plain else ():
                    for record in cast("list[Record]", chunk):
                        record.pop(name, None)  # in place, as the SDK does
                yield chunk
                counter.increment(number)
            if context == self._get_state_partition_context(context):
                self._finalize_state(self.get_context_state(context))
        if not context:
            self._finalize_state(self.stream_state)

    def _processed(self, records: Iterator[Record]) -> Iterator[Record]:
        """Process each record as the SDK does before writing; child streams run here."""
        for number, record in enumerate(records):
            self._check_max_record_limit(current_record_index=number)
            self._process_record(record)
            if self.selected:
                yield record

    @override
    def _write_state_message(self) -> None:
        super()._write_state_message()
        # The SDK does not write an unchanged state again, so that the writer would not flush.
        if isinstance(self._tap.message_writer, MessageWriter):
            self._tap.message_writer.flush()
