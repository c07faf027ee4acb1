"""Convert wire rows to records with the types of the schema (`values`)."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, TypeVar

from tap_mailjet.api.redaction import mask_userinfo
from tap_mailjet.records.row_fields import decode_fields, getter, has_field
from tap_mailjet.records.values import MISFIT, converter, integer, key_defaults, types_of
from tap_mailjet.timestamps import record_time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    Record = dict[str, Any]

T = TypeVar("T")


class UnusableRowError(ValueError):
    """A row that cannot be converted to a record.

    Attributes:
        reason: The kind of row, as in "3 rows <reason> skipped".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"A row {reason} cannot be converted to a record.")
        self.reason = reason


def compile_record(
    schema: Mapping[str, Any],
    *,
    required: Iterable[str] = (),
    withheld: Iterable[str] = (),
    masked: Iterable[str] = (),
    on_unknown: Callable[[str], None],
    on_misfit: Callable[[str], None],
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that converts a wire row to a record of a stream's schema.

    Args:
        schema: The stream's JSON schema; a record has all of its properties.
        required: Fields that must have a value, such as the key.
        withheld: Wire fields that are omitted without a warning, such as credentials.
        masked: Fields with URLs, in which user and password are masked.
        on_unknown: Called with the name of each field that the schema does not have.
        on_misfit: Called with the name of a field for each value that does not fit its type.

    Returns:
        The function. It raises UnusableRowError for a row without a value in a required field.
    """
    return _Conversion(
        schema,
        required=required,
        withheld=withheld,
        masked=masked,
        on_unknown=on_unknown,
        on_misfit=on_misfit,
    )


class _Conversion:
    """The function that `compile_record` returns."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        *,
        required: Iterable[str],
        withheld: Iterable[str],
        masked: Iterable[str],
        on_unknown: Callable[[str], None],
        on_misfit: Callable[[str], None],
    ) -> None:
        self._converters = {name: converter(spec) for name, spec in schema["properties"].items()}
        for name in masked:
            self._converters[name] = functools.partial(_masked, convert=self._converters[name])
        # The API is inconsistent about case: ContactAlt on one page, ContactALT on another.
        self._spellings = {name.lower(): name for name in self._converters}
        self._withheld = {name.lower() for name in withheld}
        self._references = references_of(schema)
        self._template = dict.fromkeys(self._converters)
        self._required = tuple(required)
        self._defaults = key_defaults(schema)
        self._on_unknown = on_unknown
        self._on_misfit = on_misfit

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = self._template.copy()
        referred: dict[str, Any] = {}
        converters = self._converters
        for name, value in row.items():
            if name not in converters:
                self._respell(name, value, record, referred)
                continue
            try:
                converted = converters[name](value)
            except MISFIT:
                self._leave_null(name, value, referred)
                continue
            if converted is not None:
                record[name] = converted
        for name, number in referred.items():
            if record[name] is None:
                record[name] = number
        for name in self._required:
            if record[name] is None:
                if name in self._defaults:
                    record[name] = self._defaults[name]
                    continue
                reason = f"without {name}"
                raise UnusableRowError(reason)
        return record

    def _respell(
        self, wire_name: str, value: Any, record: dict[str, Any], referred: dict[str, Any]
    ) -> None:
        """Convert the value of a field whose name is not spelled as in the schema."""
        name = self._spellings.get(wire_name.lower())
        if name is None:
            if wire_name.lower() in self._withheld or self._refer(wire_name, value, referred):
                return
            self._on_unknown(wire_name)
        elif record[name] is None:  # otherwise the field has a value in the schema's spelling
            try:
                record[name] = self._converters[name](value)
            except MISFIT:
                self._leave_null(name, value, referred)

    def _leave_null(self, name: str, value: Any, referred: dict[str, Any]) -> None:
        if not self._refer(name, value, referred):
            self._on_misfit(name)

    def _refer(self, name: str, value: Any, referred: dict[str, Any]) -> bool:
        """Read an ID from a field X instead of XID, and return True if X is such a field.

        The documentation has rows with `"AXTesting": "123456"` and `"ContactsList": ""`; rows of
        the live API have AXTestingID and ContactsListID.
        """
        target = self._references.get(name.lower())
        if target is None or isinstance(value, (bool, dict, list)):
            return False
        try:
            referred[target] = integer(value)
        except MISFIT:
            return False
        return True


def _masked(value: Any, convert: Callable[[Any], Any]) -> Any:
    converted = convert(value)
    return mask_userinfo(converted) if converted else converted


def omitted_names(schema: Mapping[str, Any], fields: Mapping[str, Any]) -> set[str]:
    """Return the wire names of the fields that a schema omits of all fields of a resource.

    Args:
        schema: The stream's JSON schema.
        fields: The JSON schema with all fields of the resource. A foreign key XID of it may be X
            on the wire.
    """
    omitted: set[str] = fields["properties"].keys() - schema["properties"].keys()
    return omitted | {name for name, field in references_of(fields).items() if field in omitted}


def references_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Map the lower-case name of each foreign key X to the field XID that holds its number."""
    return {
        name.lower().removesuffix("id"): name
        for name, spec in schema["properties"].items()
        if name.endswith("ID") and name != "ID" and "integer" in types_of(spec)
    }


def distinct(results: Iterable[Iterable[T]], key: Callable[[T], Hashable]) -> Iterator[T]:
    """Return the rows of several queries, without rows that an earlier query has returned.

    Equal rows of the same query are all returned: two equal clicks in one second exist.
    """
    results = list(results)
    return iter(results[0]) if len(results) == 1 else _without_earlier(results, key)


def _without_earlier(results: Iterable[Iterable[T]], key: Callable[[T], Hashable]) -> Iterator[T]:
    earlier: set[Hashable] = set()
    for rows in results:
        current = set()
        for row in rows:
            identity = key(row)
            current.add(identity)
            if identity not in earlier:
                yield row
        earlier |= current


def distinct_lists(results: Sequence[list[T]], key: Callable[[T], Hashable]) -> list[T]:
    """Return the rows that `distinct` returns, for rows in memory."""
    filled = [rows for rows in results if rows]
    if len(filled) == 1:
        return filled[0]
    found: list[T] = []
    earlier: set[Hashable] = set()
    for rows in filled:
        keys = [*map(key, rows)]
        found += itertools.compress(rows, [identity not in earlier for identity in keys])
        earlier.update(keys)
    return found


def clock_function(name: str) -> Callable[[Any], str | None]:
    """Return a function that reads one timestamp of an undecoded row.

    Returns:
        The function. It returns RFC 3339 in UTC without the Z, because with the Z a second would
        sort after its own fractions. It returns None if the timestamp is not set. It raises
        ValueError if the row has no such field, or if the value is not a time.
    """
    field = getter([name])

    def read(row: Any) -> str | None:
        value = field(row)
        if value is None and not has_field(decode_fields(row), name):
            reason = f"without {name}"
            raise UnusableRowError(reason)
        happened = record_time(value)
        return None if happened is None else happened[:-1]

    return read
