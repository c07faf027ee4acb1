"""The changes of an account between two requests."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text
from tap_mailjet.sandbox.account.added_events import add_event
from tap_mailjet.sandbox.account.rng import LATEST, seeded_rng

if TYPE_CHECKING:
    from tap_mailjet.sandbox.account.added_events import EventKind
    from tap_mailjet.sandbox.account.database import Account
    from tap_mailjet.sandbox.truth.change_log import ChangeLog
    from tap_mailjet.sandbox.truth.churn_config import ChurnConfig

_KINDS: tuple[EventKind, ...] = ("open", "click", "bounce")
_LATENESS = 89
"""The most seconds after its own time at which a row appears, except for events."""
_SOME = "SELECT ID FROM {table} WHERE VisibleAt <= ? ORDER BY ID"
_CONTACT = (
    "INSERT INTO contact VALUES ((SELECT MAX(ID) + 1 FROM contact), ?, ?, ?, 0, NULL, ?, NULL)"
)
_SUBSCRIPTION = "INSERT INTO subscription SELECT ?, MAX(ID), ? FROM contact"
_MESSAGE = (
    "INSERT INTO message VALUES ((SELECT MAX(ID) + 1 FROM message), ?, ?, ?, NULL, ?, ?, NULL, 1)"
)
_LISTS = (
    "SELECT ID FROM contactslist WHERE VisibleAt <= :now AND NOT COALESCE(DeletedAt <= :now, 0) "
    "ORDER BY ID"
)
_CAMPAIGNS = "SELECT ID FROM campaign WHERE VisibleAt <= ? ORDER BY SendEndAt DESC, ID LIMIT 3"
"""The campaigns that end last: a campaign that has ended sends nothing."""
_SENT = (
    "SELECT ID, MAX(VisibleAt, SentAt) FROM message WHERE VisibleAt <= :now AND SentAt <= :now "
    "ORDER BY ID"
)
# A deleted row stays in its table without being visible, so that its key is not used again and
# references to it are still valid.
_HIDE = "UPDATE {table} SET VisibleAt = NULL WHERE {condition}"
_EVENTS_OF = "Kind IN (1, 2, 3, 4, 5, 6) AND MessageID = ?"
"""All kinds are named because the index starts with the kind."""


class Changes:
    """Makes the changes of one turn, which are visible together."""

    def __init__(
        self, account: Account, change_log: ChangeLog, churn: ChurnConfig, *, turn: int, now: int
    ) -> None:
        self._account = account
        self._change_log = change_log
        self._churn = churn
        self._rng = seeded_rng(churn.seed, "churn", turn)
        self._now = now

    def make(self) -> None:
        """Make the changes: first deletions, then insertions."""
        with self._account.held():
            self._delete()
            sent = self._account.read(_SENT, {"now": self._now})
            self._insert()
            # Of messages that existed before, so that their Status changes while it is read.
            if sent:
                self._add_events(sent)

    def _delete(self) -> None:
        """Delete contacts and their subscriptions, and messages with their events."""
        write, record_deletion, now = (
            self._account.write,
            self._change_log.record_deletion,
            self._now,
        )
        for contact in self._some("contact", self._churn.deletes):
            record_deletion("contact AS k", f"k.ID = {contact}", now)
            record_deletion("subscription AS s", f"s.ContactID = {contact}", now)
            write(_HIDE.format(table="contact", condition="ID = ?"), (contact,))
            write("DELETE FROM subscription WHERE ContactID = ?", (contact,))
        for message in self._some("message", self._churn.deletes):
            record_deletion("message AS m", f"m.ID = {message}", now)
            record_deletion("event AS e", f"e.MessageID = {message}", now)
            write(_HIDE.format(table="message", condition="ID = ?"), (message,))
            write(_HIDE.format(table="event", condition=_EVENTS_OF), (message,))

    def _insert(self) -> None:
        """Add messages to contacts there are, then contacts."""
        campaigns = self._account.read(_CAMPAIGNS, (self._now - _LATENESS,))
        for place, contact in enumerate(self._some("contact", self._churn.inserts)):
            arrived = self._now - place % 2 * self._rng.randint(1, _LATENESS)
            sent = arrived + self._rng.randint(1, 20)
            if campaigns:
                campaign = self._rng.choice(campaigns)[0]
                self._account.write(_MESSAGE, (arrived, self._now, sent, campaign, contact))
        for _ in range(self._churn.inserts):
            self._insert_contact()

    def _insert_contact(self) -> None:
        """Add a contact that is on a list or two."""
        number = self._account.read("SELECT MAX(ID) + 1 FROM contact")[0][0]
        first, last = (
            self._rng.choice(sample_text.FIRST_NAMES),
            self._rng.choice(sample_text.LAST_NAMES),
        )
        email = f"new.{number}@{self._rng.choice(sample_text.DOMAINS)}"
        values = (self._now - _LATENESS, email, f"{first} {last}", self._now)
        self._account.write(_CONTACT, values)
        lists = self._account.read(_LISTS, {"now": self._now})
        for chosen in self._rng.sample(lists, min(self._rng.randint(1, 2), len(lists))):
            self._account.write(_SUBSCRIPTION, (chosen[0], self._now))

    def _add_events(self, sent: list[tuple[int, int]]) -> None:
        """Add events that happen now, and those that come late.

        Args:
            sent: The messages that may have them, with the Unix second they may have them from.
        """
        for kind in _KINDS:
            for _ in range(self._churn.inserts):
                self._add_event(kind, self._rng.choice(sent)[0], self._now)
        for place in range(self._churn.late_events):
            message, begin = self._rng.choice(sent)
            at = self._rng.randint(max(begin, self._now - LATEST), self._now)
            self._add_event(_KINDS[place % len(_KINDS)], message, at)

    def _add_event(self, kind: EventKind, message: int, at: int) -> None:
        """Add an event that happens at a Unix second and shows now."""
        add_event(
            self._account,
            kind,
            message_id=message,
            at=datetime.fromtimestamp(at, timezone.utc),
            visible_at=datetime.fromtimestamp(self._now, timezone.utc),
            url=sample_text.link(self._rng.randrange(40)) if kind == "click" else None,
        )

    def _some(self, table: str, count: int) -> list[int]:
        """Choose some of the visible rows of a table, by ID."""
        found = self._account.read(_SOME.format(table=table), (self._now,)) if count else []
        return self._rng.sample([row[0] for row in found], min(count, len(found)))
