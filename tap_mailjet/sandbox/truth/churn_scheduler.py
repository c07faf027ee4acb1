"""The scheduler that counts requests and changes the account as ChurnConfig defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.truth.account_changes import Changes
from tap_mailjet.sandbox.truth.change_log import ChangeLog

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.truth.churn_config import ChurnConfig


class ChurnScheduler:
    """Changes an account between requests, and logs the changes."""

    def __init__(self, account: Account, churn: ChurnConfig, now: int) -> None:
        self.churn = churn
        self.change_log = ChangeLog(account, now)
        self._account = account
        self._requests = 0

    def follow(self, churn: ChurnConfig, now: int) -> None:
        """Change the account by another configuration, and count requests from 0.

        A new change log starts too, unless the changes end: then the old log is still read.
        """
        with self._account.held():
            self.churn = churn
            self._requests = 0
            if not churn.changes_nothing:
                self.mark(now)

    def mark(self, now: int) -> None:
        """Start a new change log; the turns continue."""
        with self._account.held():
            self.change_log = ChangeLog(self._account, now)

    def count(self, now: int) -> None:
        """Make the changes that are due before a request, and count the request."""
        with self._account.held():
            turn, rest = divmod(self._requests, self.churn.every)
            self._requests += 1
            if turn and not rest and not self.churn.changes_nothing:
                Changes(self._account, self.change_log, self.churn, turn=turn, now=now).make()
