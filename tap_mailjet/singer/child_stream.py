"""The base class of the streams that are asked for once for each row of another stream."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, ClassVar, cast

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_mailjet.api.errors import NotFoundError, error_context, format_error
from tap_mailjet.reading.complete_reads import InconsistentRead
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.windowed_reader import inconsistent
from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.child_batching import FIRST_CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.api.errors import ForbiddenError
    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.queries import Query
    from tap_mailjet.singer.sync_report import StreamProgress

WAS_READ = "was_read"
"""The mark of a child in the state: whether Mailjet has answered it, or refused it altogether."""
_FIELD = re.compile(r"\{(\w+)\}")


class ChildStream(MailjetStream):
    """A resource that is asked for once for each row of another stream, the parent.

    It runs over the rows that the parent emits in this sync: of an incremental parent those are
    the ones that are new or looked back at. It has no bookmark; the parent's bookmark does not
    pass a row that the child could not be read for, so that the next sync retries that row.

    Attributes:
        resource: its path, with the parent's fields in braces: `template/{ID}/detailcontent`.
        params: as elsewhere, also with the parent's fields in braces.
        parent_fields: fields of the records that are the parent's, by their names there.
        allow_missing: whether it is ordinary that there is nothing for a row (404), whatever the
            parent is.
    """

    parent_fields: ClassVar[Mapping[str, str]]
    allow_missing: ClassVar[bool] = False

    # An empty list: no state for each parent.
    state_partitioning_keys: Sequence[str] = ()
    _unread: Record | None = None
    _error: ForbiddenError | NotFoundError | None = None

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
    def begin(self) -> StreamProgress:
        # One outcome for all pieces; the parent began it.
        self.outcome.resume()
        return self.outcome

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        # What failed once would fail for each of a million messages.
        if not self.outcome.failure and not self.outcome.lacking:
            yield from super().get_records(context)

    @override
    def read(self, reader: PageReader, context: Context | None) -> Iterator[Record]:
        parents = self.parent.chunk
        self._unread = parents[0]
        wanted = [(_filled(self.resource, one), self._query(one)) for one in parents]
        answers = read_each(reader, wanted, key=self.key)
        refused: Record | None = None
        for parent, (resource, _) in zip(parents, wanted, strict=True):
            self._unread = refused or parent
            with error_context(resource):
                rows = _settled(answers)
            self.outcome.parent_rows += 1
            if isinstance(rows, Refusal):
                if self._is_refused(rows, parent):
                    refused = refused or parent
                continue
            known = {name: parent[field] for name, field in self.parent_fields.items()}
            yield from self.to_records(rows, known)
        self._check_available()
        if refused:
            self.parent.hold(refused)

    def _is_refused(self, refusal: Refusal, parent: Record) -> bool:
        """Count a row of the parent that has no rows; return False if that is ordinary."""
        outcome, self._error = self.outcome, refusal.error
        if self._is_gone(refusal):
            outcome.gone += 1
            return False
        outcome.refused += 1
        if outcome.refusal is None:
            outcome.refusal = f"ID {parent['ID']}: {format_error(refusal.error)}"
            self.logger.warning(
                "%s: a row of %s was refused: %s The other rows are read.",
                self.name,
                self.parent.name,
                outcome.refusal,
            )
        return True

    def _is_gone(self, refusal: Refusal) -> bool:
        """Return True if a 404 is ordinary: Mailjet has nothing for this row of the parent.

        A parent that is read whole brings the row to the next sync again. The row of an
        incremental parent does not come again, so that its 404 counts as a failure.
        """
        if not (refusal.is_first and isinstance(refusal.error, NotFoundError)):
            return False
        return self.allow_missing or self.parent.replication_method == REPLICATION_FULL_TABLE

    def _check_available(self) -> None:
        """Raise if Mailjet refused all rows so far, and answered none.

        A few ordinary 404s are no evidence: on a quiet day there is only one row.

        Raises:
            ForbiddenError: the key pair may not read the resource.
            NotFoundError: the account does not have the resource.
        """
        outcome = self.outcome
        if outcome.is_answered:
            if self.stream_state.get(WAS_READ) is False:
                self.parent.forget_child(self.name)
            self.stream_state[WAS_READ] = True
            return
        is_gone = not self.allow_missing and outcome.gone >= FIRST_CHUNK
        if self._error and (outcome.refused or is_gone):
            rows = f"each of {outcome.parent_rows} rows of {self.parent.name}"
            message = f"Mailjet refused {rows}, the last one with: {self._error}"
            raise type(self._error)(message)

    @override
    def _may_be_missing(self) -> bool:
        # The parent's bookmark would pass the rows of a child that is taken for missing.
        return super()._may_be_missing() and not self.stream_state.get(WAS_READ)

    @override
    def _fail(self, error: Exception) -> None:
        super()._fail(error)
        if self.outcome.lacking is not None:
            self.stream_state[WAS_READ] = False
        elif self._unread:
            self.parent.hold(self._unread)

    def _query(self, parent: Record) -> Query:
        [query] = self.queries
        return {name: _filled(value, parent) for name, value in query.items()}

    @override
    def log_sync_costs(self) -> None:
        if self.outcome.gone and not self.allow_missing:
            self.logger.warning(
                "%s: Mailjet answered 404 for %d of %d rows of %s. The next sync requests them "
                "again.",
                self.name,
                self.outcome.gone,
                self.outcome.parent_rows,
                self.parent.name,
            )
        super().log_sync_costs()


def _filled(template: str, parent: Record) -> str:
    return _FIELD.sub(lambda match: str(parent[match[1]]), template)


def _settled(answers: Iterator[list[Row] | Refusal]) -> list[Row] | Refusal:
    try:
        return next(answers)
    except InconsistentRead as finding:
        raise inconsistent(finding) from None
