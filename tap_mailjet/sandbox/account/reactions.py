"""The events of messages, each with the time at which the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.message_outcome import MessageOutcome
from tap_mailjet.sandbox.account.rng import HOUR, lag
from tap_mailjet.sandbox.account.size import DAY
from tap_mailjet.sandbox.account.tables import Kind

if TYPE_CHECKING:
    import random

    from tap_mailjet.sandbox.account.people import People

    Keys = tuple[int, int, int]
    Event = tuple[int, int, int, int, int, int, str | None, int | None, int | None]

_STATES = {
    MessageOutcome.HARD: (1, 2, 4, 5),
    MessageOutcome.SOFT: (3, 10, 12, 13),
    MessageOutcome.REJECTED: (6, 7, 8, 9, 11),
    MessageOutcome.BLOCKED: (14, 16, 20, 21),
}
_NO_CONNECTION = 12
"""The state of a message that was deferred until Mailjet gave up."""
RETRIED_FOR = 3 * DAY
"""Seconds for which Mailjet retries a deferred message (documented)."""
_MEAN_DELAY = 5 * HOUR
_FADES_AFTER = 10 * DAY
REMEMBERED = 60
"""The number of messages of the year-old campaign that still get events."""
_LEAVING = {3: Kind.SPAM, 6: Kind.UNSUB}
"""What some of these messages also get, by their place of twelve."""
_LEAVING_SHARE = 0.15
"""The highest share of contacts that ever leave, so that campaigns keep recipients."""


class Reactions:
    """Draws events, and records which contacts left."""

    def __init__(self, people: People, rng: random.Random) -> None:
        self._rng = rng
        self._until = people.span.until
        self._end = people.span.end
        self._left: dict[int, int] = {}
        self._leaving = int(people.size.contacts * _LEAVING_SHARE)
        self._remembered = 0

    def stays(self, contact: int, at: int) -> bool:
        """Return True if a contact, by its number, gets newsletters at a Unix second."""
        return self._left.get(contact, at) >= at

    def of(self, outcome: MessageOutcome, keys: Keys, after: int, *, prompt: bool) -> list[Event]:
        """Return the events of an outcome."""
        if outcome is MessageOutcome.SILENT:
            return []
        if outcome in _STATES:
            states = _STATES[outcome]
            state = states[int(self._rng.random() * len(states))]
            return [self._event(Kind.BOUNCE, keys, after + self._soon(), state=state)]
        if outcome is MessageOutcome.DEFERRED:
            return [self._event(Kind.BOUNCE, keys, after + RETRIED_FOR, state=_NO_CONNECTION)]
        if outcome in {MessageOutcome.RETRIED, MessageOutcome.QUEUED}:
            return []
        opened = after + (self._soon() if prompt else self._later())
        if opened >= self._end:
            return []
        return self._engagement(outcome, keys, opened)

    def exit(self, keys: Keys, after: int) -> Event:
        """Return the contact's leaving of the workflow, soon after a Unix second."""
        return self._event(Kind.EXIT, keys, after + self._soon())

    def long_after(self, place: int, count: int, keys: Keys) -> list[Event]:
        """Return events of a message of the year-old campaign, within two days of `until`."""
        read = min(count, REMEMBERED)
        at = self._until + 2 * DAY * (2 * place - read) // read
        if place >= read or at >= max(self._end, self._until):
            return []
        if place % 3 == 2:  # noqa: PLR2004 - opens, clicks and bounces in turn
            return [self._event(Kind.BOUNCE, keys, at, state=2)]
        events = [self._event(Kind.OPEN, keys, at, agent=place)]
        if place % 3 == 1:
            events.append(self._event(Kind.CLICK, keys, at + 7, agent=place, link=place))
        return [*events, *self._leave_long_after(place, keys, at + 9)]

    def _leave_long_after(self, place: int, keys: Keys, at: int) -> list[Event]:
        """Return the complaint or unsubscription of some of these messages, a minute late."""
        contact = keys[2] - tables.FIRST_CONTACT
        if place % 12 not in _LEAVING or contact == 0 or contact in self._left:
            return []
        self._left[contact] = at
        self._remembered += 1
        return [(int(_LEAVING[place % 12]), *keys, at, at + 60, None, None, None)]

    def _engagement(self, outcome: MessageOutcome, keys: Keys, opened: int) -> list[Event]:
        """Return the opens of a message and what a reader does next."""
        agent = keys[2]
        events = [self._event(Kind.OPEN, keys, opened, agent=agent)]
        if outcome is MessageOutcome.OPENED_TWICE:
            events.append(self._event(Kind.OPEN, keys, opened, agent=agent + 1))
        elif outcome is MessageOutcome.OPENED and self._rng.random() < 0.3:  # noqa: PLR2004 - reads it again
            again = opened + self._later()
            if again < self._end:
                events.append(self._event(Kind.OPEN, keys, again, agent=agent))
        elif outcome in {MessageOutcome.CLICKED, MessageOutcome.CLICKED_TWICE}:
            link = int(self._rng.random() * 40)
            click = self._event(Kind.CLICK, keys, opened + self._soon(), agent=agent, link=link)
            events += [click, click] if outcome is MessageOutcome.CLICKED_TWICE else [click]
        elif outcome in {MessageOutcome.UNSUBSCRIBED, MessageOutcome.COMPLAINED}:
            events += self._leave(outcome, keys, opened + self._soon())
        return events

    def _leave(self, outcome: MessageOutcome, keys: Keys, at: int) -> list[Event]:
        """Return the unsubscription or complaint, once per contact, while enough of them stay."""
        contact = keys[2] - tables.FIRST_CONTACT
        is_enough = len(self._left) - self._remembered >= self._leaving
        if contact == 0 or contact in self._left or is_enough:
            return []
        self._left[contact] = at
        return [
            self._event(
                Kind.UNSUB if outcome is MessageOutcome.UNSUBSCRIBED else Kind.SPAM, keys, at
            )
        ]

    def _event(
        self,
        kind: Kind,
        keys: Keys,
        at: int,
        *,
        agent: int | None = None,
        link: int | None = None,
        state: int | None = None,
    ) -> Event:
        """Return the row of an event, with a lag of its own."""
        return (
            int(kind),
            *keys,
            at,
            at + lag(self._rng),
            None if link is None else sample_text.link(link),
            None if agent is None else 1 + agent % len(sample_text.AGENTS),
            state,
        )

    def _soon(self) -> int:
        """Draw some seconds."""
        return 5 + int(self._rng.random() * 55)

    def _later(self) -> int:
        """Draw some hours, as many seconds, seldom more than a day."""
        return min(20 + int(self._rng.expovariate(1.0 / _MEAN_DELAY)), _FADES_AFTER)
