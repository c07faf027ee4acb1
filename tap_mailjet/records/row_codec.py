"""Read the rows of one stream: their keys, their timestamps and their records."""

from __future__ import annotations

import contextlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from msgspec import Raw

from tap_mailjet.api.page import decode_page
from tap_mailjet.records.conversion import UnusableRowError, clock_function, compile_record
from tap_mailjet.records.problems import DataProblems
from tap_mailjet.records.row_fields import decode_row, key_function
from tap_mailjet.records.typed_decoding import TypedRowDecoder
from tap_mailjet.records.values import key_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_mailjet.api.page import Page, Row
    from tap_mailjet.records.derived_fields import DerivedField

    Record = dict[str, Any]
    Fields = dict[str, Any]

_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


class RowCodec:
    """A codec for the rows of one stream, which converts them to records.

    A row is either the bytes of a response, or a struct that msgspec decoded with the types of the
    schema. Only this class knows the difference. Structs take a tenth of the time, but every value
    of the row must have the type of the schema.

    Args:
        schema: The stream's JSON schema; a record has all of its properties. The `default` of a
            field of the key is its value in a row without a value.
        key: The fields of the key.
        clock: The timestamp that a windowed stream is read by; it must have a value.
        derived: Fields that are computed from a row, each with its function.
        withheld: Wire fields with credentials, which never leave the tap.
        omitted: Known wire fields that records do not have.
        masked: Fields with URLs, in which user and password are masked.
        adds_fields: True if the stream adds fields to its rows before the conversion.
        warn: Called with a warning about the data.

    Attributes:
        problems: Rows and values that could not be converted.
        decode_page: Reads a response body; it raises ValueError if the body is not a page.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        *,
        key: Sequence[str],
        clock: str | None = None,
        derived: Mapping[str, DerivedField] = _NO_FIELDS,
        withheld: Sequence[str] = (),
        omitted: Iterable[str] = (),
        masked: Sequence[str] = (),
        adds_fields: bool = False,
        warn: Callable[[str], None],
    ) -> None:
        omitted = tuple(omitted)
        self.problems = DataProblems()
        self._derived = dict(derived)
        self._warn = warn
        required = (*key, *filter(None, [clock]))
        self._convert = compile_record(
            schema,
            required=required,
            withheld=(*withheld, *omitted),
            masked=masked,
            on_unknown=self._warn_of_unknown_field,
            on_misfit=self._count_misfit,
        )
        self._key_of_bytes = key_function(key, key_defaults(schema))
        self._timestamp_of_bytes = clock_function(clock or "")
        self.decode_page: Callable[[bytes], Page] = decode_page
        if not (derived or withheld or masked or adds_fields):
            typed = TypedRowDecoder(schema, required, omitted)
            self.decode_page = typed.page
            self._key_of_struct = typed.getter(*key)
            self._timestamp_of_struct = typed.getter(clock or key[0])

    def key(self, row: Row) -> Hashable:
        """Return the key of a row, or the whole row if the key is incomplete."""
        return self._key_of_bytes(row) if isinstance(row, Raw) else self._key_of_struct(row)

    def timestamp(self, row: Row) -> str | None:
        """Return the timestamp of a row, in RFC 3339 and UTC without the Z, comparable as text.

        Returns:
            The timestamp; None if the field is missing, is not set, or is not a time.
        """
        if isinstance(row, Raw):
            with contextlib.suppress(ValueError):
                return self._timestamp_of_bytes(row)
            return None
        timestamp: str = self._timestamp_of_struct(row)
        return timestamp[:-1]

    def has_unset_timestamp(self, row: Row) -> bool:
        """Return True if a row has its timestamp without a value, not with an invalid one."""
        try:
            return isinstance(row, Raw) and self._timestamp_of_bytes(row) is None
        except ValueError:
            return False

    def to_output(self, rows: Iterable[Row], *, structs: bool) -> Iterator[Record]:
        """Convert rows to records; structs may stay if the records are only written.

        Rows that cannot be converted are skipped and counted.
        """
        for row in rows:
            if structs and not isinstance(row, Raw):
                yield cast("Record", row)
            elif (record := self.to_record(row)) is not None:
                yield record

    def to_record(self, row: Row, known: Mapping[str, Any] = _NO_FIELDS) -> Record | None:
        """Convert a row to a record; count the row and return None if that is impossible.

        Args:
            row: The row.
            known: Fields that are not on the wire, such as fields of the parent.
        """
        if not isinstance(row, Raw):
            self.problems.has_usable_rows = True
            return decode_row(row)
        fields = self.fields(row)
        return None if fields is None else self.from_fields({**fields, **known})

    def fields(self, row: Row) -> Fields | None:
        """Return the fields of a row; count the row and return None if it is not a JSON object."""
        try:
            return decode_row(row, self.problems.damaged)
        except ValueError:
            self.problems.skip("without fields")
            return None

    def from_fields(self, fields: Fields) -> Record | None:
        """Convert the fields of a row; count the row and return None if a field is missing."""
        for name, derive in self._derived.items():
            fields[name] = derive(fields)
        try:
            record = self._convert(fields)
        except UnusableRowError as error:
            self.problems.skip(error.reason)
            return None
        self.problems.has_usable_rows = True
        return record

    def _count_misfit(self, field: str) -> None:
        self.problems.misfit(field)

    def _warn_of_unknown_field(self, field: str) -> None:
        self._warn(f"Field {field} is not in the schema. Its values are omitted.")
