"""How a server behaves where Mailjet says nothing, lies, or was not believed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping


@dataclass(frozen=True)
class Choice:
    """One way to behave.

    Attributes:
        value: what it is called.
        weight: how often it is drawn among the odd ones.
        is_benign: whether every version of the tap reads it right.
        may_fail: whether some reads cannot be right, so that an error is a fair end.
    """

    value: str
    weight: float = 1.0
    is_benign: bool = False
    may_fail: bool = False


def _benign(*values: str) -> list[Choice]:
    return [Choice(value, is_benign=True) for value in values]


def _hard(*values: str) -> list[Choice]:
    return [Choice(value) for value in values]


def _unfair(*values: str) -> list[Choice]:
    return [Choice(value, may_fail=True) for value in values]


# The first of each is what is drawn for the most part.
CHOICES: dict[str, list[Choice]] = {
    # What is listed without a time filter: everything, or the current day, unless FromTS is given,
    # or unless any time filter is.
    "today": [*_benign("off"), *_hard("from_ts", "any_filter")],
    "event_filter": [
        *_benign("honoured"),
        *_hard("ignored", "refused", "lower_only", "upper_only"),
    ],
    "lower": _benign("exclusive", "inclusive"),
    "upper": _benign("inclusive", "exclusive"),
    "total": [*_benign("page", "result"), *_unfair("huge")],
    "count_records": _benign("honoured", "ignored", "refused"),
    "count_only": [*_benign("true"), *_unfair("zero", "negative", "account", "ignored")],
    "unknown": _benign("ignored", "refused"),
    "sort": _benign("honoured", "ignored", "refused", "by_metadata"),
    "order": _benign("id", "descending", "shuffled"),
    "cap": [*_benign("none"), *_hard("small", "hundred")],
    "hidden": [*_benign("none"), *_unfair("uncounted", "counted")],
    "offset": [
        *_benign("honoured"),
        *_unfair("ignored", "refused_beyond", "empty_beyond", "clamped_beyond"),
    ],
    "deleted": _benign("hidden", "shown"),
    # Rows of deleted campaigns where IsDeleted is not given.
    "deleted_events": [*_benign("shown"), *_hard("hidden")],
    "values": [*_benign("typed", "strings"), *_hard("decimals")],
    "timestamps": _benign("z", "naive"),
    "spelling": [*_benign("exact"), *_hard("clock")],
    "extra_field": _benign("none", "some"),
    "data": [*_benign("list"), *_hard("null")],
    "broken": [
        *_benign("none", "type"),
        *_hard("surrogate", "nan", "infinite", "time", "letters"),
    ],
    "keyless": [*_benign("none"), *_hard("some")],
    "unclocked": _benign("none", "some"),
    "unknown_child": _benign("empty", "not_found"),
    "lacking": [
        Choice("none", is_benign=True),
        Choice("forbidden", is_benign=True, may_fail=True),
        Choice("not_found", is_benign=True, may_fail=True),
    ],
    "error_body": [*_benign("json", "html"), *_hard("quotes")],
    "pipe": [
        *_benign("whole"),
        Choice("closed", is_benign=True, may_fail=True),
        Choice("full", may_fail=True),
        *_hard("short"),
    ],
}


PLAIN = {name: choices[0].value for name, choices in CHOICES.items()}
"""A server about which nothing is odd, for pinning."""


@dataclass(frozen=True)
class Behaviour:
    """How a server behaves; what is not named is as the first of its choices.

    Attributes:
        odd: the values that are not the first ones.
        cap: the most rows of a page, where pages are capped.
        largest_offset: where offsets end, if they do.
    """

    odd: Mapping[str, str] = field(default_factory=dict)
    cap: int = 0
    largest_offset: int = 0

    def __getitem__(self, name: str) -> str:
        return self.odd.get(name) or CHOICES[name][0].value

    @property
    def page_limit(self) -> int | None:
        """The most rows of a page, where the server has a limit of its own."""
        return None if self["cap"] == "none" else self.cap

    @property
    def may_fail(self) -> bool:
        """Whether an error is a fair end."""
        return any(choice(name, value).may_fail for name, value in self.odd.items())


def choice(name: str, value: str) -> Choice:
    """Return a choice by its names."""
    return next(one for one in CHOICES[name] if one.value == value)


def draw(
    chance: random.Random, *, oddities: int, pinned: Mapping[str, str], benign: bool
) -> dict[str, str]:
    """Draw which behaviours are odd, and how."""
    names = [name for name in CHOICES if name not in pinned]
    odd = dict(pinned)
    for name in chance.sample(names, min(oddities, len(names))):
        values = [one for one in CHOICES[name][1:] if one.weight and (one.is_benign or not benign)]
        if values:
            [taken] = chance.choices(values, [one.weight for one in values])
            odd[name] = taken.value
    return {name: value for name, value in odd.items() if value != CHOICES[name][0].value}
