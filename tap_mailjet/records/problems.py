"""Counts of the rows and values of a stream that could not be converted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.lenient_json import Damage

if TYPE_CHECKING:
    from collections.abc import Hashable

MIN_UNUSABLE_ROWS = 10
"""New rows of a stream that has been read before, from which on all of them may not be unusable."""


class DataProblems:
    """Counts of the rows and values that a stream could not convert.

    Only names of fields are stored, because values may be personal data.

    Attributes:
        has_usable_rows: True if a row was converted to a record.
    """

    def __init__(self) -> None:
        self.has_usable_rows = False
        self._skipped: Counter[str] = Counter()
        self._unset: Counter[str] = Counter()
        self._misfits: Counter[str] = Counter()
        self._replaced: Counter[str] = Counter()
        self._seen: set[Hashable] = set()

    @property
    def skipped_rows(self) -> int:
        """The number of skipped rows, including rows whose timestamp is not set."""
        return self._skipped.total() + self._unset.total()

    def skip(self, reason: str) -> None:
        """Count a row that is skipped because it cannot be converted."""
        self._skipped[reason] += 1

    def skip_once(self, field: str, row: bytes, *, is_unset: bool) -> None:
        """Count a row without a timestamp, which the responses of several windows may contain.

        Args:
            field: The field without a timestamp.
            row: The undecoded row.
            is_unset: True if the field may be set later, so that the row is not invalid.
        """
        identity = (field, hash(row))
        if identity not in self._seen:
            self._seen.add(identity)
            counts = self._unset if is_unset else self._skipped
            counts[field if is_unset else f"without {field}"] += 1

    def misfit(self, field: str) -> None:
        """Count a value that does not fit its type."""
        self._misfits[field] += 1

    def damaged(self, field: str, damage: Damage) -> None:
        """Count a value that was broken in the JSON."""
        (self._misfits if damage is Damage.NULLED else self._replaced)[field] += 1

    def descriptions(self) -> list[str]:
        """Return a description of each kind of problem with its count."""
        return [
            *(f"{_number(n, 'row')} {reason} skipped" for reason, n in self._skipped.items()),
            *(
                f"{_number(n, 'row')} skipped until {field} is set"
                for field, n in self._unset.items()
            ),
            *(
                f"{_number(n, 'value')} of {field} did not fit its type and "
                f"{'is' if n == 1 else 'are'} null"
                for field, n in self._misfits.items()
            ),
            *(
                f"{_number(n, 'value')} of {field} had broken characters, replaced by U+FFFD"
                for field, n in self._replaced.items()
            ),
        ]

    def refuse_if_unusable(self, *, resumes: bool = False) -> None:
        """Raise FatalAPIError if rows were skipped and no row became a record.

        A sync that resumes may find a few new rows, all of them unusable, in a stream whose older
        rows were usable. From `MIN_UNUSABLE_ROWS` on, it fails as well.

        Args:
            resumes: Whether the stream resumes from a bookmark.
        """
        is_few = resumes and self._skipped.total() < MIN_UNUSABLE_ROWS
        if self._skipped and not self.has_usable_rows and not is_few:
            skipped = ", ".join(
                f"{_number(n, 'row')} {reason} skipped" for reason, n in self._skipped.items()
            )
            message = (
                f"no row could be emitted: {skipped}. Mailjet may have changed the resource. "
                f"Report this to the maintainers of the tap."
            )
            raise FatalAPIError(message)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
