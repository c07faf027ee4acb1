"""The expected rows of an account, read without a request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from tap_mailjet.sandbox.truth import counters, exposed_secrets, rows

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.counter_query import Resolution, Source, Timing
    from tap_mailjet.sandbox.api.wire import Row
    from tap_mailjet.sandbox.truth.churn_scheduler import ChurnScheduler


class ServedAccount(Protocol):
    """An account that is being served."""

    @property
    def account(self) -> Account:
        """Return the account."""

    @property
    def now(self) -> int:
        """Return the Unix second up to which the account is visible."""

    @property
    def churn_scheduler(self) -> ChurnScheduler:
        """Return what changes the account between requests."""


class GroundTruth(ABC):
    """The rows that a client should have read, whatever faults its requests suffered.

    All methods raise KeyError for an unknown resource, and RuntimeError if the sandbox was not
    entered yet.
    """

    def rows(self, resource: str) -> list[Row]:
        """Return every visible row of a list resource, including deleted rows and all fields.

        The order is that of the API: by ID, except for messages that churn added. Values are
        typed and timestamps end in `Z` whatever the quirks.
        """
        return rows.rows(self._served.account, resource, self._served.now)

    def children(self, resource: str) -> dict[int, list[Row]]:
        """Return every visible row of a sub-resource, by the ID of its parent, as `rows` does.

        Parents without rows are left out.

        Args:
            resource: Its path without the parent's ID, such as `contact/getcontactslists`.
        """
        return rows.children(self._served.account, resource, self._served.now)

    @property
    def secrets(self) -> set[str]:
        """Return all credentials in the rows; the real API returns them too.

        A client should not pass them on.
        """
        return exposed_secrets.secrets(self._served.account)

    def counters(
        self,
        *,
        source: Source,
        timing: Timing,
        resolution: Resolution,
        source_id: int | None = None,
    ) -> list[Row]:
        """Return the rows of statcounters over all time, by source and slice.

        Args:
            source: The kind of source that the rows count for.
            timing: Whether an event counts when its message arrived, or when it happened.
            resolution: The length of a slice; `Highest` is five minutes.
            source_id: The source's ID; None counts all sources.
        """
        return counters.counters(
            self._served.account,
            self._served.now,
            source=source,
            timing=timing,
            resolution=resolution,
            source_id=source_id,
        )

    def survivors(self, resource: str) -> list[Row]:
        """Return the rows that existed at the mark and still exist, as `rows` does.

        Their values are the current ones: a Status may have changed since the mark.
        """
        change_log = self._served.churn_scheduler.change_log
        return change_log.survivors(resource, self._served.now)

    def ever(self, resource: str) -> list[Row]:
        """Return the rows that existed at any time since the mark, as `rows` does.

        Deleted rows come last, with the values that they had when they were deleted.
        """
        return self._served.churn_scheduler.change_log.ever(resource, self._served.now)

    @property
    @abstractmethod
    def _served(self) -> ServedAccount:
        """Return the account, or raise RuntimeError."""
