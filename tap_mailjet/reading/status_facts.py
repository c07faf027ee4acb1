"""Undocumented facts about the filters of `message`, which the tap learns from responses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tap_mailjet.reading.status_vectors import CHAIN
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.reading.row_tally import KnownSecond
    from tap_mailjet.reading.time_windows import TimeFilter, Window

NAMES = {status: status for status in CHAIN}
"""The values of `MessageStatus`, if it takes names."""
NUMBERS = [str(number) for number in range(len(CHAIN) + 1)]
"""The values of `MessageStatus`, if it takes numbers: from 0 or from 1 for 13 statuses."""


@dataclass(frozen=True)
class StatusFacts:
    """What is known about the filters of `message`; None is unknown.

    Attributes:
        values: The status that each value of `MessageStatus` selects.
        lower: True if the lower bound selects its own second.
        upper: True if the upper bound selects its own second.
        lists: True if `MessageStatus=a,b` selects both.
    """

    values: Mapping[str, str] | None = None
    lower: bool | None = None
    upper: bool | None = None
    lists: bool | None = None

    @property
    def has_bounds(self) -> bool:
        """Return True if a request can select exactly the seconds of a window."""
        return self.lower is not None and self.upper is not None

    def bounds(self, window: Window, time_filter: TimeFilter) -> dict[str, str]:
        """Return the parameters for exactly a window, or for a second more if it is unknown."""
        lower, upper = (
            window.start if self.lower else window.start.subtract(seconds=1),
            window.end.subtract(seconds=1) if self.upper else window.end,
        )
        return {time_filter.lower: to_wire(lower), time_filter.upper: to_wire(upper)}

    def with_bounds_of(self, known: KnownSecond, after: int, before: int) -> StatusFacts:
        """Return the facts with the bounds that explain two counts.

        Args:
            known: A second and the number of its messages.
            after: The count from this second to the next one.
            before: The count from the second before to this one.
        """
        fitting = [
            (lower, upper)
            for lower in (True, False)
            for upper in (True, False)
            if after == lower * known.number + upper * known.after
            and before == lower * known.before + upper * known.number
        ]
        lower, upper = fitting[0] if len(fitting) == 1 else (None, None)
        return replace(self, lower=lower, upper=upper)

    def values_of(self, statuses: Sequence[str]) -> list[str]:
        """Return the values of `MessageStatus` that select some statuses."""
        wanted = set(statuses)
        return [value for value, status in (self.values or {}).items() if status in wanted]

    def to_state(self) -> dict[str, Any]:
        """Return the known facts as JSON values for the state."""
        found = {"lower": self.lower, "upper": self.upper, "lists": self.lists}
        state: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
        if self.values is not None:
            state["values"] = "names" if self.values == NAMES else dict(self.values)
        return state


def facts_from_state(value: object) -> StatusFacts:
    """Read the facts from a state.

    Raises:
        ValueError: The value is not in the form of `StatusFacts.to_state`.
    """
    state: dict[str, Any] = dict(value) if isinstance(value, dict) else {"": value}
    values: Any = state.pop("values", None)
    mapping = NAMES if values == "names" else values
    are_values = values is None or (
        isinstance(mapping, dict) and all(status in CHAIN for status in mapping.values())
    )
    if state.keys() - {"lower", "upper", "lists"} or not are_values:
        message = f"the facts are not those of this tap: {value!r}"
        raise ValueError(message)
    if not all(isinstance(fact, bool) for fact in state.values()):
        message = f"lower, upper and lists must be true or false: {value!r}"
        raise ValueError(message)
    return StatusFacts(values=mapping, **state)
