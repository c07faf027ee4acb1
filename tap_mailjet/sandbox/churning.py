"""Churn at work: counts answers, and changes the account when it is time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.changes import Changes
from tap_mailjet.sandbox.ledger import Ledger

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account import Account
    from tap_mailjet.sandbox.churn import Churn


class Churning:
    """Changes an account between requests, and knows what stayed.

    Args:
        account: What changes.
        churn: How it changes.
        now: The Unix second from which on the ledger is kept.
    """

    def __init__(self, account: Account, churn: Churn, now: int) -> None:
        self.churn = churn
        self.ledger = Ledger(account, now)
        self._account = account
        self._answered = 0

    def follow(self, churn: Churn, now: int) -> None:
        """Change the account in another way from now on, or no more; begin to count anew.

        The ledger is begun anew too, but not by the end of all change: then it is read.
        """
        with self._account.held():
            self.churn = churn
            self._answered = 0
            if not churn.is_calm:
                self.mark(now)

    def mark(self, now: int) -> None:
        """Begin a new ledger; the turns go on as they were."""
        with self._account.held():
            self.ledger = Ledger(self._account, now)

    def count(self, now: int) -> None:
        """Count a request that is about to be answered, after the changes due before it."""
        with self._account.held():
            turn, rest = divmod(self._answered, self.churn.every)
            self._answered += 1
            if turn and not rest and not self.churn.is_calm:
                Changes(self._account, self.ledger, self.churn, turn=turn, now=now).make()
