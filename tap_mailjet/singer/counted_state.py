"""What the state says about the number of delivered rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_mailjet.reading.day_parts import parts_from_state, parts_to_state
from tap_mailjet.reading.status_facts import StatusFacts, facts_from_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.reading.day_parts import Part

STATUSES, DELIVERED = "statuses", "delivered"
"""The keys in the state of a stream: for messages by status, and for events."""
_PARTS, _FACTS = "parts", "facts"
_REMEDIES = {
    STATUSES: "remove it from the state to read the messages of the last days again",
    DELIVERED: (
        "remove it from the state. Events before the next sync's range that become visible later "
        "are then missed"
    ),
}


def find_counted_problem(bookmark: Mapping[str, Any]) -> str | None:
    """Return why the counts in the state of a stream are unusable, None if they are usable."""
    for key, remedy in _REMEDIES.items():
        if problem := _find_problem(bookmark.get(key, {})):
            return f"{key} in the state is invalid: {problem}. Correct it, or {remedy}."
    return None


def _find_problem(value: object) -> str | None:
    if not isinstance(value, dict) or value.keys() - {_PARTS, _FACTS}:
        return f"it must be an object with {_PARTS} and {_FACTS}, not {value!r}"
    try:
        parts_from_state(value.get(_PARTS, []))
        facts_from_state(value.get(_FACTS, {}))
    except ValueError as error:
        return str(error)
    return None


def read_counted(state: Mapping[str, Any], key: str) -> tuple[list[Part], StatusFacts]:
    """Return the parts and the facts in the state of a stream, which has been checked."""
    value = state.get(key, {})
    return parts_from_state(value.get(_PARTS, [])), facts_from_state(value.get(_FACTS, {}))


def write_counted(
    state: dict[str, Any], key: str, parts: Sequence[Part], facts: StatusFacts
) -> None:
    """Write parts and facts to the state of a stream, at once: a signal may write the state."""
    state[key] = {_PARTS: parts_to_state(parts), _FACTS: facts.to_state()}
