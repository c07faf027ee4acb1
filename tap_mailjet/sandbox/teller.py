"""What a sandbox tells of its account, without a request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tap_mailjet.sandbox import credentials, truth

if TYPE_CHECKING:
    from tap_mailjet.sandbox.counter_rules import Resolution, Source, Timing
    from tap_mailjet.sandbox.service import Service
    from tap_mailjet.sandbox.wire import Row


class Teller(ABC):
    """Tells what clients should have found out, whatever befell their requests."""

    def rows(self, resource: str) -> list[Row]:
        """Return every visible row of a list resource, the deleted and all fields too.

        They are in the order of the API: by ID, except for messages that churn added. Values are
        typed and timestamps end in `Z` whatever the quirks.

        Raises:
            KeyError: If there is no such list resource.
            RuntimeError: If the sandbox was never entered.
        """
        return truth.rows(self._running.account, resource, self._running.now)

    def children(self, resource: str) -> dict[int, list[Row]]:
        """Return every visible row of a sub-resource, by the ID of its parent, as `rows` does.

        Parents that have none are not there.

        Args:
            resource: Its path without the parent's ID, such as `contact/getcontactslists`.

        Raises:
            KeyError: If there is no such sub-resource.
            RuntimeError: If the sandbox was never entered.
        """
        return truth.children(self._running.account, resource, self._running.now)

    @property
    def secrets(self) -> set[str]:
        """Return all secrets that rows show, as the real API does; no client should pass them on.

        Raises:
            RuntimeError: If the sandbox was never entered.
        """
        return credentials.secrets(self._running.account)

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
            source: What to count for.
            timing: Whether things count when the message arrived, or when they happened.
            resolution: The length of a slice; `Highest` is five minutes.
            source_id: The source's ID; None takes all of them.

        Raises:
            RuntimeError: If the sandbox was never entered.
        """
        return truth.counters(
            self._running.account,
            self._running.now,
            source=source,
            timing=timing,
            resolution=resolution,
            source_id=source_id,
        )

    def survivors(self, resource: str) -> list[Row]:
        """Return the rows that were there at the mark and still are, as `rows` does.

        Their values are those of now: a Status may have changed meanwhile.

        Raises:
            KeyError: If there is no such list resource.
            RuntimeError: If the sandbox was never entered.
        """
        return self._running.churning.ledger.survivors(resource, self._running.now)

    def ever(self, resource: str) -> list[Row]:
        """Return the rows there were at any time since the mark, as `rows` does.

        Those that went come last, with the values they had when they went.

        Raises:
            KeyError: If there is no such list resource.
            RuntimeError: If the sandbox was never entered.
        """
        return self._running.churning.ledger.ever(resource, self._running.now)

    @property
    @abstractmethod
    def _running(self) -> Service:
        """Return the service, or raise RuntimeError."""
