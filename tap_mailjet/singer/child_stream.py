"""The base class of streams with one request per row of a parent stream."""

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
"""The mark of a child in the state: true if a request succeeded, false if all were refused."""
_FIELD = re.compile(r"\{(\w+)\}")


class ChildStream(MailjetStream):
    """A resource that needs one request for each row of a parent stream.

    The stream reads the rows that the parent emits in this sync. It has no bookmark. The bookmark
    of the parent does not pass a row for which the child stream failed, so that the next sync
    retries this row.

    Attributes:
        resource: The path, with fields of the parent in braces: `template/{ID}/detailcontent`.
        params: The query parameters, also with fields of the parent in braces.
        parent_fields: The fields that records get from the parent, with their names there.
        allow_missing: True if a 404 for a row is normal, independent of the parent.
    """

    parent_fields: ClassVar[Mapping[str, str]]
    allow_missing: ClassVar[bool] = False

    # Empty, so that the state has no partition for each parent row.
    state_partitioning_keys: Sequence[str] = ()
    _unread: Record | None = None
    _error: ForbiddenError | NotFoundError | None = None

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # The records of an incremental parent's child are not complete, so that the target would
        # delete the others.
        return self.parent_batch.is_full_table and super().emit_activate_version_messages

    @override
    def read_records(self, context: Context | None, *, structs: bool) -> Iterator[Record | Struct]:
        # A failed stream would fail again for each of a million messages.
        if not self.progress.failure and not self.progress.unavailable_reason:
            yield from super().read_records(context, structs=structs)

    @override
    def read(
        self, reader: PageReader, context: Context | None, *, structs: bool
    ) -> Iterator[Record]:
        parents = self.parent_batch.records
        self._unread = parents[0]
        lists = [(_filled(self.resource, parent), self._query(parent)) for parent in parents]
        results = read_each(reader, lists, key=self.codec.key)
        refused: Record | None = None
        for parent, (resource, _) in zip(parents, lists, strict=True):
            self._unread = refused or parent
            with error_context(resource):
                rows = _next_list(results)
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
        """Count a parent row without child rows; return False if that is normal."""
        progress, self._error = self.progress, refusal.error
        if self._is_gone(refusal):
            progress.gone += 1
            return False
        progress.refused += 1
        if progress.refusal is None:
            progress.refusal = f"ID {parent['ID']}: {format_error(refusal.error)}"
            self.logger.warning(
                "%s: Mailjet refused a row of %s: %s Other rows are still read.",
                self.name,
                self.parent_batch.stream,
                progress.refusal,
            )
        return True

    def _is_gone(self, refusal: Refusal) -> bool:
        """Return True if a 404 is normal: Mailjet has no data for this parent row.

        A full-table parent emits the row again in the next sync. An incremental parent does not,
        so its 404 counts as a failure.
        """
        if not (refusal.is_first and isinstance(refusal.error, NotFoundError)):
            return False
        return self.allow_missing or self.parent_batch.is_full_table

    def _check_available(self) -> None:
        """Raise an error if Mailjet has refused all rows so far.

        A few normal 404s prove nothing, because the parent may have only one row on a quiet day.

        Raises:
            ForbiddenError: The key pair is not allowed to read the resource.
            NotFoundError: The account does not have the resource.
        """
        progress = self.progress
        if progress.has_succeeded:
            if self.stream_state.get(WAS_READ) is False:
                self.batch_result = self.batch_result._replace(was_unavailable=True)
            else:
                self.stream_state[WAS_READ] = True
            return
        is_gone = not self.allow_missing and progress.gone >= FIRST_BATCH
        if self._error and (progress.refused or is_gone):
            rows = f"all {progress.parent_rows} rows of {self.parent_batch.stream}"
            message = f"Mailjet refused {rows}. Last refusal: {self._error}"
            raise type(self._error)(message)

    @override
    def _may_be_missing(self) -> bool:
        # Otherwise the bookmark of the parent would pass rows that the child can read again later.
        return super()._may_be_missing() and not self.stream_state.get(WAS_READ)

    @override
    def _fail(self, error: Exception) -> None:
        super()._fail(error)
        if self.progress.unavailable_reason is not None:
            self.stream_state[WAS_READ] = False
        elif self._unread:
            self.batch_result = self.batch_result._replace(unread=self._unread)

    @override
    def _needs_requests(self) -> bool:
        return self.progress.parent_rows > 0

    @override
    def _doubt(self) -> str | None:
        doubt = super()._doubt()
        if doubt is None and self.progress.gone and not self.allow_missing:
            return f"Mailjet responded with 404 for {self.progress.gone:,} rows of the parent"
        return doubt

    @override
    def finish_batch(self) -> None:
        # Only now, because a STATE must not have the mark while the bookmark of the parent covers
        # rows that were not read for the child.
        if self.batch_result.was_unavailable:
            self.stream_state[WAS_READ] = True

    def _query(self, parent: Record) -> Query:
        [query] = self.queries
        return {name: _filled(value, parent) for name, value in query.items()}

    @override
    def log_sync_costs(self) -> None:
        if self.progress.gone and not self.allow_missing:
            self.logger.warning(
                "%s: Mailjet responded with 404 for %d of %d rows of %s. The next sync requests "
                "these rows again.",
                self.name,
                self.progress.gone,
                self.progress.parent_rows,
                self.parent_batch.stream,
            )
        super().log_sync_costs()


def _filled(template: str, parent: Record) -> str:
    return _FIELD.sub(lambda match: str(parent[match[1]]), template)


def _next_list(results: Iterator[list[Row] | Refusal]) -> list[Row] | Refusal:
    try:
        return next(results)
    except InconsistentRead as finding:
        raise inconsistent(finding) from None
