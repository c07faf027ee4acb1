"""An account in memory whose rows remember what they were: the truth of the fuzzer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fuzz.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

Fields = dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A value that no type holds: what the wire says, and what a record may say instead."""

    wire: str
    accepted: tuple[Any, ...] = (None,)


@dataclass
class Version:
    """A row as it was from one tick on.

    Attributes:
        tick: the request before which it became so.
        fields: the values, as a record has them.
        at: the Unix second of its clock; None if it has none.
        wire: how it was written last, by the style it was written in.
    """

    tick: int
    fields: Fields
    at: int | None
    wire: dict[Hashable, str] = field(default_factory=dict)


@dataclass(eq=False)
class Item:
    """One row of an account.

    Attributes:
        stream: the stream that it belongs to.
        key: what identifies its record; None if it lacks a part of it, so that there is none.
        owner: the campaign that it belongs to, or itself; its flags select it.
        flags: what the boolean filters select by.
        known: fields of its record that are the parent's or the tap's own.
        order: its place among others where the server's order is arbitrary.
        born: the tick from which it is listed.
        died: the tick from which it is no more.
        is_hidden: whether the server drops it from every page.
        is_first: whether it is the first message of its campaign.
    """

    stream: str
    key: tuple[Any, ...] | None
    versions: list[Version]
    born: int
    order: float
    owner: Item | None = None
    parent: Item | None = None
    flags: dict[str, bool] = field(default_factory=dict)
    known: Fields = field(default_factory=dict)
    died: int | None = None
    is_hidden: bool = False
    is_first: bool = False

    @property
    def now(self) -> Version:
        """The row as it is."""
        return self.versions[-1]

    @property
    def campaign(self) -> Item:
        """The campaign whose ID and flags select the row."""
        return self.owner or self

    @property
    def sent(self) -> int | None:
        """The Unix second at which its campaign was sent."""
        return self.campaign.versions[0].at

    def is_there(self, first: int, last: int) -> bool:
        """Return True if the item was listed at every tick of a range."""
        return self.born <= first and (self.died is None or self.died > last)

    def versions_within(self, first: int, last: int) -> Iterator[Version]:
        """List what it was at some tick of a range."""
        following = [*(version.tick for version in self.versions[1:]), last + 1]
        for version, until in zip(self.versions, following, strict=True):
            if version.tick <= last and until > first:
                yield version


class Place(NamedTuple):
    """What names the rows of a resource for one parent."""

    stream: str
    parent: int


class Account:
    """Rows by stream, and a tick for each request.

    Attributes:
        tick: how many requests there have been.
        epoch: how often anything changed.
        tables: the rows of each stream, dead ones among them.
        children: the rows of child resources by parent.
        next_id: the ID of the next row of any kind.
    """

    def __init__(self) -> None:
        self.tick = 0
        self.epoch = 0
        self.tables: dict[str, list[Item]] = defaultdict(list)
        self.children: dict[Place, list[Item]] = defaultdict(list)
        self.next_id = 100
        self.next_message = 1000

    def living(self, stream: str) -> list[Item]:
        """List the rows that are there now."""
        return [item for item in self.tables[stream] if item.died is None]

    def add(
        self,
        stream: str,
        fields: Fields,
        *,
        order: float,
        owner: Item | None = None,
        parent: Item | None = None,
        flags: Mapping[str, bool] | None = None,
        known: Mapping[str, Any] | None = None,
    ) -> Item:
        """Add a row; `known` are fields of its record that the tap takes from elsewhere."""
        resource = RESOURCES[stream]
        record = {**fields, **(known or {})}
        key = tuple(record.get(name) for name in resource.key)
        item = Item(
            stream,
            None if None in key else key,
            [Version(self.tick, fields, _clock(resource.clock, fields))],
            self.tick,
            order,
            owner,
            parent,
            dict(flags or {}),
            dict(known or {}),
        )
        self.tables[stream].append(item)
        if parent is not None:
            self.children[Place(stream, parent.now.fields["ID"])].append(item)
        self.epoch += 1
        return item

    def change(self, item: Item, **fields: Any) -> None:
        """Change the values of a row from the next request on."""
        made = {**item.now.fields, **fields}
        version = Version(self.tick, made, _clock(RESOURCES[item.stream].clock, made))
        if item.now.tick == self.tick:  # nobody has seen that one
            item.versions.pop()
        item.versions.append(version)
        self.epoch += 1

    def remove(self, item: Item) -> None:
        """Delete a row and its children."""
        item.died = self.tick
        for resource in RESOURCES.values():
            if resource.parent == item.stream:
                for child in self.children[Place(resource.stream, item.now.fields["ID"])]:
                    child.died = self.tick if child.died is None else child.died
        self.epoch += 1


def _clock(name: str | None, fields: Fields) -> int | None:
    value = fields.get(name) if name else None
    return seconds(value) if isinstance(value, str) and value else None


def wire_time(second: int) -> str:
    """Write a Unix second as Mailjet does."""
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Read a timestamp of Mailjet's, in a filter or a row: RFC 3339 or Unix seconds."""
    if text.lstrip("-").isdecimal():
        return int(text)
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=timezone.utc)
    return int(parsed.timestamp())
