"""The rows that existed since the mark."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api.registry import RESOURCES
from tap_mailjet.sandbox.truth import rows

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.wire import Row


class ChangeLog:
    """Separates rows that stayed from inserted and deleted rows.

    It stores no list of keys: keys only grow, and a deleted row never returns.
    """

    def __init__(self, account: Account, now: int) -> None:
        self._account = account
        self._since = now
        self._gone: dict[str, list[Row]] = defaultdict(list)
        with account.held():
            self._last = {
                name: self._last_key(name)
                for name, resource in RESOURCES.items()
                # Rows that are counted for each request cannot be added or deleted.
                if not resource.grouped
            }

    def record_deletion(self, table: str, condition: str, now: int) -> None:
        """Record the visible rows of a table that meet a condition and are about to be deleted.

        They are about to go.
        """
        for name, resource in RESOURCES.items():
            if resource.table == table:
                self._gone[name] += rows.rows(self._account, name, now, condition)

    def survivors(self, resource: str, now: int) -> list[Row]:
        """Return the rows that existed at the mark and still exist, as they are now."""
        chosen = RESOURCES[resource]
        if chosen.grouped:
            return rows.rows(self._account, resource, now)
        then = chosen.visible.replace(":clock", str(self._since))
        stayed = f"{then} AND {chosen.key} <= {self._last[resource]}"
        return rows.rows(self._account, resource, now, stayed)

    def ever(self, resource: str, now: int) -> list[Row]:
        """Return the rows that exist now, and the deleted rows as last seen."""
        with self._account.held():
            return rows.rows(self._account, resource, now) + self._gone[resource]

    def _last_key(self, resource: str) -> int:
        """Return the greatest key of a resource's table, visible or not."""
        chosen = RESOURCES[resource]
        found = self._account.read(f"SELECT MAX({chosen.key}) FROM {chosen.table}")  # noqa: S608 - our own text
        return int(found[0][0] or 0)
