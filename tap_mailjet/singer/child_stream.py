"""The base class of the streams that are asked for once for each row of another stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_mailjet.api.errors import NotFoundError, error_context, format_error
from tap_mailjet.reading.complete_reads import InconsistentRead
from tap_mailjet.reading.list_reads import Refusal, read_each
from tap_mailjet.reading.windowed_reader import inconsistent
from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.child_batching import FIRST_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msgspec import Struct
    from singer_sdk.helpers.types import Context, Record

    from tap_mailjet.api.errors import ForbiddenError
    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.queries import Query

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

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # Of an incremental parent's children these are not all: the target would drop the others.
        return self.parent_batch.is_full_table and super().emit_activate_version_messages

    @override
    def read_records(self, context: Context | None, *, structs: bool) -> Iterator[Record | Struct]:
        # What failed once would fail for each of a million messages.
        if not self.progress.failure and not self.progress.unavailable_reason:
            yield from super().read_records(context, structs=structs)

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record]:
        parents = self.parent_batch.records
        self._unread = parents[0]
        wanted = [(_filled(self.resource, one), self._query(one)) for one in parents]
        responses = read_each(reader, wanted, key=self.codec.key)
        refused: Record | None = None
        for parent, (resource, _) in zip(parents, wanted, strict=True):
            self._unread = refused or parent
            with error_context(resource):
                rows = _next_list(responses)
            self.progress.parent_rows += 1
            if isinstance(rows, Refusal):
                if self._is_refused(rows, parent):
                    refused = refused or parent
                continue
            known = {name: parent[field] for name, field in self.parent_fields.items()}
            for row in rows:
                if (record := self.codec.to_record(row, known)) is not None:
                    yield record
        self._check_available()
        if refused:
            self.batch_result = self.batch_result._replace(unread=refused)

    def _is_refused(self, refusal: Refusal, parent: Record) -> bool:
        """Count a row of the parent that has no rows; return False if that is ordinary."""
        progress, self._error = self.progress, refusal.error
        if self._is_gone(refusal):
            progress.gone += 1
            return False
        progress.refused += 1
        if progress.refusal is None:
            progress.refusal = f"ID {parent['ID']}: {format_error(refusal.error)}"
            self.logger.warning(
                "%s: a row of %s was refused: %s The other rows are read.",
                self.name,
                self.parent_batch.stream,
                progress.refusal,
            )
        return True

    def _is_gone(self, refusal: Refusal) -> bool:
        """Return True if a 404 is ordinary: Mailjet has nothing for this row of the parent.

        A parent that is read whole brings the row to the next sync again. The row of an
        incremental parent does not come again, so that its 404 counts as a failure.
        """
        if not (refusal.is_first and isinstance(refusal.error, NotFoundError)):
            return False
        return self.allow_missing or self.parent_batch.is_full_table

    def _check_available(self) -> None:
        """Raise if Mailjet refused all rows so far, and answered none.

        A few ordinary 404s are no evidence: on a quiet day there is only one row.

        Raises:
            ForbiddenError: the key pair may not read the resource.
            NotFoundError: the account does not have the resource.
        """
        progress = self.progress
        if progress.is_answered:
            if self.stream_state.get(WAS_READ) is False:
                self.batch_result = self.batch_result._replace(was_unavailable=True)
            else:
                self.stream_state[WAS_READ] = True
            return
        is_gone = not self.allow_missing and progress.gone >= FIRST_BATCH
        if self._error and (progress.refused or is_gone):
            rows = f"each of {progress.parent_rows} rows of {self.parent_batch.stream}"
            message = f"Mailjet refused {rows}, the last one with: {self._error}"
            raise type(self._error)(message)

    @override
    def _may_be_missing(self) -> bool:
        # The parent's bookmark would pass the rows of a child that is taken for missing.
        return super()._may_be_missing() and not self.stream_state.get(WAS_READ)

    @override
    def _fail(self, error: Exception) -> None:
        super()._fail(error)
        if self.progress.unavailable_reason is not None:
            self.stream_state[WAS_READ] = False
        elif self._unread:
            self.batch_result = self.batch_result._replace(unread=self._unread)

    @override
    def finish_batch(self) -> None:
        # Only now: a STATE must not have the mark while the parent's bookmark still vouches for
        # rows that the child was not read for.
        if self.batch_result.was_unavailable:
            self.stream_state[WAS_READ] = True

    def _query(self, parent: Record) -> Query:
        [query] = self.queries
        return {name: _filled(value, parent) for name, value in query.items()}

    @override
    def log_sync_costs(self) -> None:
        if self.progress.gone and not self.allow_missing:
            self.logger.warning(
                "%s: Mailjet answered 404 for %d of %d rows of %s. The next sync requests them "
                "again.",
                self.name,
                self.progress.gone,
                self.progress.parent_rows,
                self.parent_batch.stream,
            )
        super().log_sync_costs()


def _filled(template: str, parent: Record) -> str:
    return _FIELD.sub(lambda match: str(parent[match[1]]), template)


def _next_list(responses: Iterator[list[Row] | Refusal]) -> list[Row] | Refusal:
    try:
        return next(responses)
    except InconsistentRead as finding:
        raise inconsistent(finding) from None
