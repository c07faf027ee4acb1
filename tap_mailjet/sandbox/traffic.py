"""The account's messages and what becomes of them, one after another in order of arrival."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from tap_mailjet.sandbox import tables
from tap_mailjet.sandbox.chance import chance
from tap_mailjet.sandbox.fates import GUARANTEED, Fate, draw
from tap_mailjet.sandbox.mailings import CampaignType, Part
from tap_mailjet.sandbox.reactions import RETRIED_FOR, Reactions
from tap_mailjet.sandbox.size import DAY

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tap_mailjet.sandbox.mailings import Mailing
    from tap_mailjet.sandbox.people import People
    from tap_mailjet.sandbox.reactions import Event

    Message = tuple[int, int, int, int | None, int | None, int, int, str | None, int]

QUEUED_FOR = 5 * DAY
"""Seconds for which Mailjet keeps a queued message at most (documented)."""
_RECENTLY = DAY // 2
FIRST_AFTER = 10
"""Seconds from a campaign's start to its first message: the campaign must be visible by then."""


class Traffic:
    """Everything sent, as it arrives.

    Args:
        people: Who may get it.
        mailings: What is sent.
        seed: Where the chances come from.
    """

    def __init__(self, people: People, mailings: list[Mailing], seed: int) -> None:
        self._people = people
        self._mailings = mailings
        self._seed = seed
        self._luck = chance(seed, "traffic")
        self._cursors = [self._luck.randrange(people.size.contacts) for _ in mailings]
        self._sent = [0] * len(mailings)
        self._reactions = Reactions(people, self._luck)
        self._waiting = [Fate.DEFERRED, Fate.QUEUED]

    def __iter__(self) -> Iterator[tuple[Message, list[Event]]]:
        """Yield each message with its events; message IDs and arrivals grow together."""
        streams = [
            _arrivals(order, mailing, chance(self._seed, "arrivals", mailing.place))
            for order, mailing in enumerate(self._mailings)
        ]
        for identifier, (arrived, order) in enumerate(heapq.merge(*streams), tables.FIRST_MESSAGE):
            yield self._message(identifier, arrived, order)

    def _message(self, identifier: int, arrived: int, order: int) -> tuple[Message, list[Event]]:
        """Draw who gets a message and what becomes of it."""
        mailing, luck = self._mailings[order], self._luck
        place = self._sent[order]
        self._sent[order] = place + 1
        contact = self._recipient(order, mailing, arrived)
        edge = mailing.is_edgy and place < len(GUARANTEED)
        fate = GUARANTEED[place] if edge else self._fate(mailing, arrived)
        visible = arrived + 5 + int(luck.random() * 85)
        sent, deferred, attempts = _delivery(fate, arrived, luck)
        custom = f"order-{identifier & 0xFFFFFFFF}" if mailing.part is Part.ORDERS else None
        keys = (identifier, mailing.identifier, tables.FIRST_CONTACT + contact)
        message = (
            identifier, arrived, visible, sent, deferred, keys[1], keys[2], custom, attempts,
        )  # fmt: skip
        events = self._reactions.of(fate, keys, max(visible, sent or 0), prompt=edge)
        if mailing.part is Part.WORKFLOW and (place == 0 or luck.random() < 0.02):  # noqa: PLR2004
            events.append(self._reactions.exit(keys, visible))
        if mailing.place == Part.OLD:
            events.extend(self._reactions.long_after(place, mailing.count, keys))
        return message, events

    def _fate(self, mailing: Mailing, arrived: int) -> Fate:
        """Return what becomes of a message that arrives at a Unix second.

        Of the last messages before `until` one at least is deferred, and one is queued.
        """
        ahead = self._people.span.until - arrived
        if self._waiting and mailing.part is not Part.WORKFLOW and 0 < ahead <= _RECENTLY:
            return self._waiting.pop()
        return draw(self._luck, mailing)

    def _recipient(self, order: int, mailing: Mailing, arrived: int) -> int:
        """Pick the contact, by its number, that a message arriving at a Unix second is for."""
        known = self._people.known(arrived)
        if mailing.audience is None:
            contact = int(self._luck.random() * known)
            return 0 if self._people.is_deleted(contact, arrived) else contact
        step = self._people.step(mailing.audience)
        members = (known + step - 1) // step
        while True:
            contact = self._cursors[order] % members * step
            self._cursors[order] += 1
            # The first contact is on every list and never leaves, so this comes to an end.
            if (
                self._people.is_mailed(contact)
                and not self._people.is_deleted(contact, arrived)
                and self._reactions.stays(contact, arrived)
            ):
                return contact


def _arrivals(order: int, mailing: Mailing, luck: random.Random) -> Iterator[tuple[int, int]]:
    """Yield when each message of a campaign arrives, ascending, with the campaign's place."""
    begin = mailing.start + FIRST_AFTER
    room = mailing.end - begin
    if mailing.kind is CampaignType.MARKETING:
        # A newsletter leaves as fast as it can, about ten messages a second at most.
        room = min(room, max(mailing.count // 10, 60))
    for place in range(mailing.count):
        yield begin + int(room * (place + luck.random()) / mailing.count), order


def _delivery(fate: Fate, arrived: int, luck: random.Random) -> tuple[int | None, int | None, int]:
    """Return when a message was sent and deferred, Unix seconds, and how often it was tried."""
    if fate is Fate.BLOCKED:
        return None, None, 0
    if fate is Fate.QUEUED:
        return arrived + QUEUED_FOR, None, 0
    if fate is Fate.DEFERRED:
        return None, arrived + 30, 3
    if fate is Fate.RETRIED:
        # Most within hours, some only after days.
        return arrived + 60 + int(luck.random() ** 3 * (RETRIED_FOR - 60)), arrived + 20, 2
    return arrived + 1 + int(luck.random() * 20), None, 1
