"""Which rows were there since a moment that was marked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api.registry import RESOURCES
from tap_mailjet.sandbox.truth import rows

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.api.wire import Row


class ChangeLog:
    """Tells rows that stayed from those that came or went.

    It needs no list of what was there: keys only grow, and a row that went never comes back.
    """

    def __init__(self, account: Account, now: int) -> None:
        self._account = account
        self._since = now
        self._gone: dict[str, list[Row]] = defaultdict(list)
        with account.held():
            self._last = {
                name: self._last_key(name)
                for name, resource in RESOURCES.items()
                # Groups are counted anew each time: there is nothing that could come or go.
                if not resource.grouped
            }

    def record_deletion(self, table: str, condition: str, now: int) -> None:
        """Remember the visible rows of all resources on a table that meet a condition.

        They are about to go.
        """
        for name, resource in RESOURCES.items():
            if resource.table == table:
                self._gone[name] += rows.rows(self._account, name, now, condition)

    def survivors(self, resource: str, now: int) -> list[Row]:
        """Return the rows that were there at the mark and still are, as they are now.

        Raises:
            KeyError: If there is no such list resource.
        """
        chosen = RESOURCES[resource]
        if chosen.grouped:
            return rows.rows(self._account, resource, now)
        then = chosen.visible.replace(":clock", str(self._since))
        stayed = f"{then} AND {chosen.key} <= {self._last[resource]}"
        return rows.rows(self._account, resource, now, stayed)

    def ever(self, resource: str, now: int) -> list[Row]:
        """Return the rows that are there now, and those that went since the mark as last seen.

        Raises:
            KeyError: If there is no such list resource.
        """
        with self._account.held():
            return rows.rows(self._account, resource, now) + self._gone[resource]

    def _last_key(self, resource: str) -> int:
        """Return the greatest key of a resource's table, visible or not."""
        chosen = RESOURCES[resource]
        found = self._account.read(f"SELECT MAX({chosen.key}) FROM {chosen.table}")  # noqa: S608 - our own text
        return int(found[0][0] or 0)
