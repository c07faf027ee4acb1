"""Rows of a resource become records: converted, or skipped and counted."""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from msgspec import Raw

from tap_mailjet.records.conversion import UnusableRowError, compile_record
from tap_mailjet.records.row_fields import decode_row, key_function
from tap_mailjet.records.typed_decoding import TypedRowDecoder
from tap_mailjet.singer.child_batching import ChildBatchingStream

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_mailjet.api.page import Row
    from tap_mailjet.records.derived_fields import Addition

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class ConvertingStream(ChildBatchingStream):
    """A stream whose rows are converted to records as its schema and its attributes say.

    Attributes:
        additions: fields that records have beyond the wire's, each with the function that makes
            it of a row.
        withheld: fields of the wire that are credentials and never leave the tap.
        masked: fields that are URLs, in which a user and a password are masked.
        identity: the fields of the key.
    """

    additions: ClassVar[Mapping[str, Addition]] = {}
    withheld: ClassVar[Sequence[str]] = ()
    masked: ClassVar[Sequence[str]] = ()
    row_key: Sequence[str] = ()

    @property
    def required_fields(self) -> Sequence[str]:
        """The fields without which a row cannot become a record."""
        return self.row_key

    @property
    def needs_conversion(self) -> bool:
        """Whether rows need conversion even where each value is as the schema has it."""
        return bool(self.additions or self.masked or self.withheld)

    @functools.cached_property
    def struct(self) -> TypedRowDecoder:
        """The type that rows are decoded as, unless the stream is altered."""
        return TypedRowDecoder(self.schema, self.required_fields)

    @functools.cached_property
    def convert(self) -> Callable[[dict[str, Any]], Record]:
        """The function from a wire row's fields to a record, compiled from the schema."""
        convert = compile_record(
            self.schema,
            required=self.required_fields,
            withheld=self.withheld,
            masked=self.masked,
            on_unknown=self._report_unknown,
            on_misfit=self._count_misfit,
        )
        if not self.additions:
            return convert
        additions = dict(self.additions)
        return lambda row: convert({**row, **{name: make(row) for name, make in additions.items()}})

    @functools.cached_property
    def key(self) -> Callable[[Row], Hashable]:
        """The function that returns the identity of a row."""
        of_raw = key_function(self.row_key)
        if self.needs_conversion:
            return of_raw
        of_struct = self.struct.getter(*self.row_key)
        return lambda row: of_raw(row) if isinstance(row, Raw) else of_struct(row)

    def to_lines(self, rows: Iterable[Row]) -> Iterator[Record]:
        """Convert rows to records that are only to be written: structs may stay as they are.

        Rows that cannot become records are skipped and counted.
        """
        if not self.takes_structs:
            yield from self.to_records(rows)
            return
        for row in rows:
            if not isinstance(row, Raw):
                yield cast("Record", row)
            elif (record := self._convert_row(row)) is not None:
                yield record

    def to_records(
        self, rows: Iterable[Row], known: Mapping[str, Any] = _NOTHING
    ) -> Iterator[Record]:
        """Convert rows to records; rows that cannot become records are skipped and counted.

        Args:
            rows: the rows as they came, or as structs.
            known: fields that are not on the wire, such as the parent's.
        """
        for row in rows:
            if not isinstance(row, Raw):
                self.outcome.problems.has_usable_rows = True
                yield decode_row(row)
            elif (record := self._convert_row(row, known)) is not None:
                yield record

    def fields(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Read the fields of rows; a row that is not a JSON object is skipped and counted."""
        return (fields for fields in map(self._fields, rows) if fields is not None)

    def convert_all(self, rows: Iterable[dict[str, Any]]) -> Iterator[Record]:
        """Convert the fields of rows to records; rows without a key are skipped and counted."""
        return (record for record in map(self._record, rows) if record is not None)

    @functools.cached_property
    def report(self) -> Callable[[str], None]:
        """Log a warning about the data; the same sentence only once."""
        return functools.cache(functools.partial(self.logger.warning, "%s: %s", self.name))

    def _convert_row(self, row: Row, known: Mapping[str, Any] = _NOTHING) -> Record | None:
        fields = self._fields(row)
        return None if fields is None else self._record({**fields, **known} if known else fields)

    def _fields(self, row: Row) -> dict[str, Any] | None:
        try:
            return decode_row(row, self.outcome.problems.damaged)
        except ValueError:
            self.outcome.problems.skip("without fields")
            return None

    def _record(self, fields: dict[str, Any]) -> Record | None:
        try:
            record = self.convert(fields)
        except UnusableRowError as error:
            self.outcome.problems.skip(error.reason)
            return None
        self.outcome.problems.has_usable_rows = True
        return record

    def _count_misfit(self, field: str) -> None:
        self.outcome.problems.misfit(field)

    def _report_unknown(self, field: str) -> None:
        self.report(f"Field {field} is not in the schema; its values are left out.")
