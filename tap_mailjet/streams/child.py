"""The base class of the streams that are asked for once for each row of another stream."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, ClassVar, cast

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.errors import NotFoundError, explained
from tap_mailjet.reads import Unsettled, read_each
from tap_mailjet.streams.base import MailjetStream
from tap_mailjet.streams.windowed import not_settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.tap_base import Tap

    from tap_mailjet.access import Access
    from tap_mailjet.pages import Reader, Row
    from tap_mailjet.queries import Query
    from tap_mailjet.report import Outcome

_FIELD = re.compile(r"\{(\w+)\}")


class ChildStream(MailjetStream):
    """A resource that is asked for once for each row of another stream, the parent.

    It runs over the rows that the parent emits in this sync: of an incremental parent those are
    the ones that are new or looked back at. It has no state; the parent's bookmark does not pass
    a row that the child could not be read for.

    Attributes:
        resource: its path, with the parent's fields in braces: `template/{ID}/detailcontent`.
        params: as elsewhere, also with the parent's fields in braces.
        from_parent: fields of the records that are the parent's, by their names there.
        may_be_none: whether it is ordinary that a parent has none (404).
    """

    from_parent: ClassVar[Mapping[str, str]]
    may_be_none: ClassVar[bool] = False

    # An empty list: no state for each parent.
    state_partitioning_keys: Sequence[str] = ()

    def __init__(self, tap: Tap, access: Callable[[], Access]) -> None:
        super().__init__(tap, access)
        self._asked = self._found = 0

    @functools.cached_property
    def parent(self) -> MailjetStream:
        """The stream for whose rows it is read."""
        streams = self._tap.streams.values()
        found = next(stream for stream in streams if type(stream) is self.parent_stream_type)
        return cast("MailjetStream", found)

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # Of an incremental parent's children these are not all: the target would drop the others.
        return (
            self.parent.replication_method == REPLICATION_FULL_TABLE
            and super().emit_activate_version_messages
        )

    @override
    def begin(self) -> Outcome:
        # One outcome for all pieces; the parent began it.
        self.outcome.resume()
        return self.outcome

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        # What failed once would fail for each of a million messages.
        if not self.outcome.failure and not self.outcome.lacking:
            yield from super().get_records(context)

    @override
    def read(self, reader: Reader, context: Context | None) -> Iterator[Record]:
        parents = self.parent.chunk
        wanted = [(_filled(self.resource, one), self._query(one)) for one in parents]
        answers = read_each(reader, wanted, key=self.key)
        for parent, (resource, _) in zip(parents, wanted, strict=True):
            with explained(resource):
                rows = _settled(answers)
            self._asked += 1
            self._found += rows is not None
            known = {name: parent[field] for name, field in self.from_parent.items()}
            yield from self.to_records(rows or (), known)

    def _query(self, parent: Record) -> Query:
        [query] = self.queries
        return {name: _filled(value, parent) for name, value in query.items()}

    @override
    def log_sync_costs(self) -> None:
        if self._asked and not self._found and not self.may_be_none:
            message = f"Mailjet answered 404 for each of {self._asked} rows of {self.parent.name}."
            self._fail(NotFoundError(f"{self.name}: {message}"))
        super().log_sync_costs()


def _filled(template: str, parent: Record) -> str:
    return _FIELD.sub(lambda match: str(parent[match[1]]), template)


def _settled(answers: Iterator[list[Row] | None]) -> list[Row] | None:
    try:
        return next(answers)
    except Unsettled as finding:
        raise not_settled(finding) from None
