"""The people and places of an account: senders, lists, segments, contacts, subscriptions."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.size import Size, Span

SHOWN_AFTER = 20
"""Seconds after which a person or place is visible in the API."""
_DELETED_EVERY, _DELETED_REST = 23, 3
_DELETED_DAYS = (-9, 2, -2, 4)
"""Days from `until` to the deletion of contacts, in turn."""
OFTENEST, RAREST = 1, 5
"""List by list, every contact is on it, or every second one, to every fifth."""


class People:
    """The contacts, lists, segments and senders; all values follow from the size."""

    def __init__(self, size: Size, span: Span) -> None:
        self.size = size
        self.span = span
        self.created = list(_joining_times(size.contacts, span))
        self._visible = [at + SHOWN_AFTER for at in self.created]

    def known(self, at: int) -> int:
        """Return how many contacts, from the first on, are visible at a Unix second."""
        return bisect_right(self._visible, at)

    def step(self, place: int) -> int:
        """Return the n of a list that has every n-th contact on it."""
        return OFTENEST + place % RAREST

    def is_mailed(self, contact: int) -> bool:
        """Return True if a contact gets marketing: not before opt-in, not if excluded."""
        return not (_is_pending(contact) or _is_excluded(contact))

    def deleted_at(self, contact: int) -> int | None:
        """Return when a contact was deleted, a Unix second, or None.

        Contacts are deleted before and after `until`, in turn; no contact is gone before `until`.
        """
        if contact % _DELETED_EVERY != _DELETED_REST:
            return None
        turn = contact // _DELETED_EVERY
        days = _DELETED_DAYS[turn % len(_DELETED_DAYS)]
        return max(self.span.until + days * DAY, self.created[contact] + DAY)

    def is_deleted(self, contact: int, at: int) -> bool:
        """Return True if a contact was deleted before a Unix second."""
        deleted = self.deleted_at(contact)
        return deleted is not None and deleted <= at

    def list_deleted_at(self, place: int) -> int | None:
        """Return when a list was deleted, a Unix second, or None; it is the last but one."""
        return self.span.until - self.span.history // 3 if place == self.size.lists - 2 else None

    def list_created_at(self, place: int) -> int:
        """Return when a list was made, a Unix second; the last one is a thing of the future."""
        if place == self.size.lists - 1 and self.size.future_days:
            return self.span.until + (self.span.end - self.span.until) // 2
        return self.span.begin - 30 * DAY + 3607 * place

    def senders(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the table `sender`; the last one is added in the future."""
        for place, (email, name, email_type, status) in enumerate(sample_text.SENDERS):
            created = self.span.begin - 40 * DAY + 61 * place
            if place == len(sample_text.SENDERS) - 1:
                created = (self.span.until + self.span.end) // 2
            identifier, dns = tables.FIRST_SENDER + place, tables.FIRST_DNS + place % 2
            yield (identifier, created, dns, email, email_type, f"{identifier:032x}.txt",
                   place == 0, name, status, created + SHOWN_AFTER)  # fmt: skip

    def lists(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the table `contactslist`."""
        for place in range(self.size.lists):
            name = sample_text.LIST_NAMES[place % len(sample_text.LIST_NAMES)]
            if place >= len(sample_text.LIST_NAMES):
                name = f"{name} {place}"
            created = self.list_created_at(place)
            address = f"{0x9E3779B1 * (place + 1) & 0xFFFFFFFF:08x}"
            deleted = self.list_deleted_at(place)
            shown = created + SHOWN_AFTER
            yield (tables.FIRST_LIST + place, address, created, deleted, name, shown)

    def segments(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the table `contactfilter`; the last one is added in the future."""
        for place, (name, description, expression, status) in enumerate(sample_text.SEGMENTS):
            shown = self.span.begin
            if place == len(sample_text.SEGMENTS) - 1:
                shown = (self.span.until + self.span.end) // 2
            yield (tables.FIRST_SEGMENT + place, description, expression, name, status, shown)

    def contacts(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the table `contact`."""
        firsts, lasts = sample_text.FIRST_NAMES, sample_text.LAST_NAMES
        for place, created in enumerate(self.created):
            first = firsts[place % len(firsts)]
            last = lasts[place // len(firsts) % len(lasts)]
            domain = sample_text.DOMAINS[place % len(sample_text.DOMAINS)]
            email = f"{_ascii(first)}.{_ascii(last)}.{place + 1}@{domain}"
            name = "" if place % 13 == 11 else f"{first} {last}"  # noqa: PLR2004 - now and then
            excluded = created + DAY if _is_excluded(place) else None
            yield (tables.FIRST_CONTACT + place, created, email, name, _is_pending(place), excluded,
                   created + SHOWN_AFTER, self.deleted_at(place))  # fmt: skip

    def subscriptions(self) -> Iterator[tuple[int, int, int]]:
        """Yield the rows of the table `subscription`."""
        for place in range(self.size.lists):
            opened = self.list_created_at(place) + SHOWN_AFTER
            for contact in range(0, self.size.contacts, self.step(place)):
                joined = max(opened, self._visible[contact])
                yield (tables.FIRST_LIST + place, tables.FIRST_CONTACT + contact, joined)


def _joining_times(count: int, span: Span) -> Iterator[int]:
    """Yield when each contact joins, ascending Unix seconds: most early, the rest all along."""
    eras = (
        (span.begin, span.old, 0.6),
        (span.old, span.start, 0.8),
        (span.start, span.until, 0.95),
        (span.until, span.end, 1.0),
    )
    done = 0
    for begin, end, share in eras:
        here = round(count * share) - done
        for place in range(here):
            yield begin + (end - begin) * place // here
        done += here


def _is_pending(contact: int) -> bool:
    """Return True if a contact never confirmed the subscription."""
    return contact % 31 == 5  # noqa: PLR2004 - one in many, also of the fewest


def _is_excluded(contact: int) -> bool:
    """Return True if a contact is excluded from campaigns a day after joining."""
    return contact % 29 == 7  # noqa: PLR2004 - one in many, also of the fewest


def _ascii(word: str) -> str:
    """Return a name as the local part of an address can hold it."""
    plain = unicodedata.normalize("NFKD", word.replace("ø", "o").replace("Ø", "O"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha()).lower()
