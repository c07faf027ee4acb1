"""The account's messages and their events, in order of arrival."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import tables
from tap_mailjet.sandbox.account.campaign_plan import CampaignType, Part
from tap_mailjet.sandbox.account.message_outcome import GUARANTEED, MessageOutcome, draw
from tap_mailjet.sandbox.account.reactions import RETRIED_FOR, Reactions
from tap_mailjet.sandbox.account.rng import seeded_rng
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.campaign_plan import PlannedCampaign
    from tap_mailjet.sandbox.account.people import People
    from tap_mailjet.sandbox.account.reactions import Event

    Message = tuple[int, int, int, int | None, int | None, int, int, str | None, int]

QUEUED_FOR = 5 * DAY
"""Seconds for which Mailjet keeps a queued message at most (documented)."""
_RECENTLY = DAY // 2
FIRST_AFTER = 10
"""Seconds from a campaign's start to its first message: the campaign must be visible by then."""


class Traffic:
    """All messages in order of arrival."""

    def __init__(self, people: People, campaigns: list[PlannedCampaign], seed: int) -> None:
        self._people = people
        self._campaigns = campaigns
        self._seed = seed
        self._rng = seeded_rng(seed, "traffic")
        self._cursors = [self._rng.randrange(people.size.contacts) for _ in campaigns]
        self._sent = [0] * len(campaigns)
        self._reactions = Reactions(people, self._rng)
        self._waiting = [MessageOutcome.DEFERRED, MessageOutcome.QUEUED]

    def __iter__(self) -> Iterator[tuple[Message, list[Event]]]:
        """Yield each message with its events; message IDs and arrivals grow together."""
        streams = [
            _arrivals(order, campaign, seeded_rng(self._seed, "arrivals", campaign.place))
            for order, campaign in enumerate(self._campaigns)
        ]
        for identifier, (arrived, order) in enumerate(heapq.merge(*streams), tables.FIRST_MESSAGE):
            yield self._message(identifier, arrived, order)

    def _message(self, identifier: int, arrived: int, order: int) -> tuple[Message, list[Event]]:
        """Draw the recipient and the outcome of a message."""
        campaign, rng = self._campaigns[order], self._rng
        place = self._sent[order]
        self._sent[order] = place + 1
        contact = self._recipient(order, campaign, arrived)
        edge = campaign.is_edgy and place < len(GUARANTEED)
        outcome = GUARANTEED[place] if edge else self._outcome(campaign, arrived)
        visible = arrived + 5 + int(rng.random() * 85)
        sent, deferred, attempts = _delivery(outcome, arrived, rng)
        custom = f"order-{identifier & 0xFFFFFFFF}" if campaign.part is Part.ORDERS else None
        keys = (identifier, campaign.identifier, tables.FIRST_CONTACT + contact)
        message = (
            identifier, arrived, visible, sent, deferred, keys[1], keys[2], custom, attempts,
        )  # fmt: skip
        events = self._reactions.of(outcome, keys, max(visible, sent or 0), prompt=edge)
        if campaign.part is Part.WORKFLOW and (place == 0 or rng.random() < 0.02):  # noqa: PLR2004
            events.append(self._reactions.exit(keys, visible))
        if campaign.place == Part.OLD:
            events.extend(self._reactions.long_after(place, campaign.count, keys))
        return message, events

    def _outcome(self, campaign: PlannedCampaign, arrived: int) -> MessageOutcome:
        """Return what becomes of a message that arrives at a Unix second.

        Of the last messages before `until` one at least is deferred, and one is queued.
        """
        ahead = self._people.span.until - arrived
        if self._waiting and campaign.part is not Part.WORKFLOW and 0 < ahead <= _RECENTLY:
            return self._waiting.pop()
        return draw(self._rng, campaign)

    def _recipient(self, order: int, campaign: PlannedCampaign, arrived: int) -> int:
        """Pick the contact, by its number, that a message arriving at a Unix second is for."""
        known = self._people.known(arrived)
        if campaign.audience is None:
            contact = int(self._rng.random() * known)
            return 0 if self._people.is_deleted(contact, arrived) else contact
        step = self._people.step(campaign.audience)
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


def _arrivals(
    order: int, campaign: PlannedCampaign, rng: random.Random
) -> Iterator[tuple[int, int]]:
    """Yield when each message of a campaign arrives, ascending, with the campaign's place."""
    begin = campaign.start + FIRST_AFTER
    room = campaign.end - begin
    if campaign.kind is CampaignType.MARKETING:
        # A newsletter leaves as fast as it can, about ten messages a second at most.
        room = min(room, max(campaign.count // 10, 60))
    for place in range(campaign.count):
        yield begin + int(room * (place + rng.random()) / campaign.count), order


def _delivery(
    outcome: MessageOutcome, arrived: int, rng: random.Random
) -> tuple[int | None, int | None, int]:
    """Return when a message was sent and deferred, Unix seconds, and how often it was tried."""
    if outcome is MessageOutcome.BLOCKED:
        return None, None, 0
    if outcome is MessageOutcome.QUEUED:
        return arrived + QUEUED_FOR, None, 0
    if outcome is MessageOutcome.DEFERRED:
        return None, arrived + 30, 3
    if outcome is MessageOutcome.RETRIED:
        # Most within hours, some only after days.
        return arrived + 60 + int(rng.random() ** 3 * (RETRIED_FOR - 60)), arrived + 20, 2
    return arrived + 1 + int(rng.random() * 20), None, 1
