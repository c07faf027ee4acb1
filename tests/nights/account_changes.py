"""Random changes of a sandbox's account over one day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.tables import Kind

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

    from tap_mailjet.sandbox import Sandbox

HOUR = 3600
LATEST_ROW = 10 * HOUR
"""Mailjet's statistics show a row up to 10 hours after its own time (seen by other clients)."""
LATEST_EVENT = 20
"""Days after which an open, a click or a bounce may still become visible."""
LATE = 0.25
"""The share of events that become visible later than a day. Only every other campaign has them."""
LATE_KINDS = (Kind.OPEN, Kind.CLICK, Kind.BOUNCE)
RETRIED_FOR, QUEUED_FOR = 3 * 24 * HOUR, 5 * 24 * HOUR
STATES = (1, 3, 4, 12, 14, 20)
_EVENT = "INSERT INTO event VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MESSAGE = (
    "INSERT INTO message VALUES ((SELECT MAX(ID) + 1 FROM message), ?, ?, ?, ?, ?, ?, NULL, ?)"
)
_CONTACT = (
    "INSERT INTO contact VALUES ((SELECT MAX(ID) + 1 FROM contact), ?, ?, 'New', 0, NULL, ?, NULL)"
)


class DayOfChanges:
    """The changes of one day, made before the day; each is visible from its own second on.

    Args:
        sandbox: The account.
        rng: Draws the changes.
        begin: The start of the day.
        end: The end of the day.
        has_late_events: True if events may become visible days after their own time.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        rng: random.Random,
        begin: datetime,
        end: datetime,
        *,
        has_late_events: bool,
    ) -> None:
        self._account = sandbox._served.account
        self._rng = rng
        self._late = LATE if has_late_events else 0
        self._begin, self._end = int(begin.timestamp()), int(end.timestamp())

    def make(self) -> None:
        """Make between none and some changes of each kind; some days are quiet."""
        if self._rng.random() < 0.15:
            return
        with self._account.held():
            for change, most in (
                (self._add_message, 6),
                (self._add_event, 12),
                (self._add_contact, 2),
                (self._anonymize_contact, 1),
                (self._remove_contact, 1),
                (self._subscribe, 2),
                (self._delete_campaign, 1),
                (self._delete_list, 1),
            ):
                for _ in range(self._rng.randint(0, most)):
                    change()

    def _second(self) -> int:
        return self._rng.randrange(self._begin, self._end)

    def _visible(self, at: int) -> int:
        """Return when the API shows a row: mostly soon, sometimes hours after its own time."""
        if self._rng.random() < 0.2:
            return at + self._rng.randrange(LATEST_ROW)
        return at + self._rng.randrange(60)

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows: Sequence[tuple[Any, ...]] = self._account.read(query, values)
        return self._rng.choice(rows) if rows else None

    def _add_message(self) -> None:
        at = self._second()
        campaign = self._one("SELECT ID FROM campaign WHERE VisibleAt <= ?", at)
        contact = self._one("SELECT ID FROM contact WHERE VisibleAt <= ? AND DeletedAt IS NULL", at)
        if campaign is None or contact is None:
            return
        kind = self._rng.random()
        sent: int | None = at + self._rng.randrange(1, 20)
        deferred, attempts = None, 1
        if kind < 0.2:
            sent, deferred, attempts = at + self._rng.randrange(60, RETRIED_FOR), at + 20, 2
        elif kind < 0.3:
            sent, attempts = at + self._rng.randrange(60, QUEUED_FOR), 0
        elif kind < 0.35:
            sent, deferred, attempts = None, at + 30, 3
        values = (at, self._visible(at), sent, deferred, campaign[0], contact[0], attempts)
        self._account.write(_MESSAGE, values)

    def _add_event(self) -> None:
        """Add an event to a message of any age: an open after a week, a complaint after a month."""
        at = self._second()
        age = self._rng.choice((2, 8, 33, 400)) * 24 * HOUR
        message = self._one(
            "SELECT ID, CampaignID, ContactID, SentAt FROM message "
            "WHERE VisibleAt <= ? AND ArrivedAt >= ? AND ID NOT IN "
            "(SELECT MessageID FROM event WHERE Kind = 3 AND VisibleAt > ?)",
            at,
            at - age,
            at,
        )
        if message is None:
            return
        identifier, campaign, contact, sent = message
        known = {row[0] for row in self._account.read(
            "SELECT DISTINCT Kind FROM event WHERE Kind IN (1, 2, 3, 4, 5) AND MessageID = ?",
            (identifier,),
        )}  # fmt: skip
        kind = self._kind(
            known,
            is_sent=sent is not None and sent <= at,
            will_be_sent=sent is not None and sent > at,
        )
        if kind is None:
            return
        agent = self._rng.randint(1, 3) if kind in {Kind.OPEN, Kind.CLICK} else None
        url = f"https://www.example.com/{self._rng.randrange(9)}" if kind is Kind.CLICK else None
        state = self._rng.choice(STATES) if kind is Kind.BOUNCE else None
        visible = self._visible(at)
        if kind in LATE_KINDS and not campaign % 2 and self._rng.random() < self._late:
            visible += self._rng.randrange(24 * HOUR, LATEST_EVENT * 24 * HOUR)
        values = (
            int(kind),
            identifier,
            campaign,
            contact,
            at,
            visible,
            url,
            agent,
            state,
        )
        self._account.write(_EVENT, values)

    def _kind(self, known: set[int], *, is_sent: bool, will_be_sent: bool) -> Kind | None:
        """Draw an event that a message can have.

        A message bounces once, not after an open, and not before it is sent: later its Status
        would stay, and only StateID or AttemptCount change.
        """
        kinds = [Kind.OPEN, Kind.OPEN, Kind.CLICK, Kind.SPAM, Kind.UNSUB] if is_sent else []
        if not (known or will_be_sent):
            kinds.append(Kind.BOUNCE)
        kinds = [kind for kind in kinds if kind not in {Kind.SPAM, Kind.UNSUB} or kind not in known]
        if Kind.SPAM in known:
            # The Status stays spam, and Mailjet does not list which message was unsubscribed from.
            kinds = [kind for kind in kinds if kind is not Kind.UNSUB]
        return self._rng.choice(kinds) if kinds else None

    def _add_contact(self) -> None:
        at = self._second()
        self._account.write(_CONTACT, (at, f"new.{at}@example.com", at))

    def _anonymize_contact(self) -> None:
        """Delete a contact as a user does: it is listed for 30 days more, and then gone."""
        at = self._second()
        if contact := self._one(
            "SELECT ID FROM contact WHERE DeletedAt IS NULL AND VisibleAt <= ?", at
        ):
            self._account.write("UPDATE contact SET DeletedAt = ? WHERE ID = ?", (at, *contact))

    def _remove_contact(self) -> None:
        """Remove a contact at once, with its subscriptions."""
        if contact := self._one(
            "SELECT ID FROM contact WHERE VisibleAt <= ? AND ID NOT IN "
            "(SELECT ContactID FROM message)", self._begin
        ):  # fmt: skip
            self._account.write("UPDATE contact SET VisibleAt = NULL WHERE ID = ?", contact)
            self._account.write("DELETE FROM subscription WHERE ContactID = ?", contact)

    def _subscribe(self) -> None:
        at = self._second()
        # In the sandbox, a contact leaves all lists at once, also those that it joins later.
        contact = self._one(
            "SELECT ID FROM contact WHERE VisibleAt <= ? AND ID NOT IN "
            "(SELECT ContactID FROM event WHERE Kind = 4)",
            at,
        )
        target = self._one("SELECT ID FROM contactslist WHERE VisibleAt <= ?", at)
        if contact and target:
            self._account.write(
                "INSERT OR IGNORE INTO subscription VALUES (?, ?, ?)", (*target, *contact, at)
            )

    def _delete_campaign(self) -> None:
        if self._rng.random() < 0.1:
            campaign = self._one(
                "SELECT ID FROM campaign WHERE DeletedAt IS NULL AND SendEndAt < ?", self._begin
            )
            if campaign:
                self._account.write(
                    "UPDATE campaign SET DeletedAt = ? WHERE ID = ?", (self._second(), *campaign)
                )

    def _delete_list(self) -> None:
        if self._rng.random() < 0.05:
            found = self._one(
                "SELECT ID FROM contactslist WHERE DeletedAt IS NULL AND VisibleAt <= ?",
                self._begin,
            )
            if found:
                self._account.write(
                    "UPDATE contactslist SET DeletedAt = ? WHERE ID = ?", (self._second(), *found)
                )


def next_night(rng: random.Random, evening: datetime) -> datetime:
    """Return when the next nightly run starts: about a day later, at a varying minute."""
    return evening + timedelta(hours=24, seconds=rng.randint(-2 * HOUR, 2 * HOUR))
