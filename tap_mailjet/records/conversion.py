"""Pure: a row as it came over the wire becomes a record as the schema types it (values.py)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

from tap_mailjet.api.redaction import mask_userinfo
from tap_mailjet.records.row_fields import decode_fields, getter, has_field
from tap_mailjet.records.values import MISFIT, converter, integer, types_of
from tap_mailjet.timestamps import record_time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    Record = dict[str, Any]

T = TypeVar("T")


class UnusableRowError(ValueError):
    """A row that cannot become a record.

    Attributes:
        reason: which rows are meant, as in "3 rows <reason> skipped".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"A row {reason} cannot become a record.")
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
    """Compile a stream's schema into a function from a wire row to a record.

    Args:
        schema: the stream's JSON schema; a record has all of its properties.
        required: fields that must have a value, such as the key.
        withheld: fields of the wire that are credentials: left out without a word.
        masked: fields that are URLs, of which a user and a password are masked.
        on_unknown: called with the name of each field that the schema does not have.
        on_misfit: called with the name of a field for each value that its type cannot hold.

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
    """The function that `compile_record` makes."""

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
        # The API is not of one mind about case: ContactAlt on one page, ContactALT on another.
        self._spellings = {name.lower(): name for name in self._converters}
        self._withheld = {name.lower() for name in withheld}
        self._references = _references(schema)
        self._template = dict.fromkeys(self._converters)
        self._required = tuple(required)
        self._on_unknown = on_unknown
        self._on_misfit = on_misfit

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = self._template.copy()
        referred: dict[str, Any] = {}
        converters = self._converters
        for name, value in row.items():
            if name not in converters:
                self._respell(name, value, made, referred)
                continue
            try:
                converted = converters[name](value)
            except MISFIT:
                self._leave_null(name, value, referred)
                continue
            if converted is not None:
                made[name] = converted
        for name, number in referred.items():
            if made[name] is None:
                made[name] = number
        for name in self._required:
            if made[name] is None:
                reason = f"without {name}"
                raise UnusableRowError(reason)
        return made

    def _respell(
        self, wire_name: str, value: Any, made: dict[str, Any], referred: dict[str, Any]
    ) -> None:
        """Convert a value whose field the schema does not have under this very name."""
        name = self._spellings.get(wire_name.lower())
        if name is None:
            if wire_name.lower() in self._withheld or self._refer(wire_name, value, referred):
                return
            self._on_unknown(wire_name)
        elif made[name] is None:  # else the schema's own spelling had a value
            try:
                made[name] = self._converters[name](value)
            except MISFIT:
                self._leave_null(name, value, referred)

    def _leave_null(self, name: str, value: Any, referred: dict[str, Any]) -> None:
        if not self._refer(name, value, referred):
            self._on_misfit(name)

    def _refer(self, name: str, value: Any, referred: dict[str, Any]) -> bool:
        """Read an ID from a field X in place of XID, and return True if X is such a field.

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


def _references(schema: Mapping[str, Any]) -> dict[str, str]:
    """Map the lower-case name of each foreign key X to the field XID that holds its number."""
    return {
        name.lower().removesuffix("id"): name
        for name, spec in schema["properties"].items()
        if name.endswith("ID") and name != "ID" and "integer" in types_of(spec)
    }


def distinct(answers: Iterable[Iterable[T]], key: Callable[[T], Hashable]) -> Iterator[T]:
    """Chain the answers of several queries, without what an earlier one has had already.

    Within one answer nothing is left out: two equal clicks in one second exist.
    """
    answers = list(answers)
    if len(answers) == 1:
        yield from answers[0]
        return
    before: set[Hashable] = set()
    for answer in answers:
        here = set()
        for row in answer:
            identity = key(row)
            here.add(identity)
            if identity not in before:
                yield row
        before |= here


def clock_function(name: str) -> Callable[[Any], str | None]:
    """Make a function that reads one timestamp of a row as it came.

    Returns:
        The function. It returns RFC 3339 in UTC without the Z, because with it a second would
        sort after its own fractions; None for a row whose timestamp is not set yet. It raises
        ValueError for a row without such a field, and for a value that is no time.
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
