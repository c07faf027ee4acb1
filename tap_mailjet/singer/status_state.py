"""What the state says about the statuses of delivered messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_mailjet.reading.day_parts import parts_from_state, parts_to_state
from tap_mailjet.reading.status_facts import StatusFacts, facts_from_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_mailjet.reading.day_parts import Part

STATUSES = "statuses"
"""The key in the state of a stream."""
PARTS, FACTS = "parts", "facts"


def check_statuses(value: object) -> None:
    """Check the value of `STATUSES`.

    Raises:
        ValueError: The value is not in the form of `write_statuses`.
    """
    if not isinstance(value, dict) or value.keys() - {PARTS, FACTS}:
        message = f"it must be an object with {PARTS} and {FACTS}, not {value!r}"
        raise ValueError(message)
    parts_from_state(value.get(PARTS, []))
    facts_from_state(value.get(FACTS, {}))


def read_statuses(state: dict[str, Any]) -> tuple[list[Part], StatusFacts]:
    """Return the parts and the facts in the state of a stream, which has been checked."""
    value = state.get(STATUSES, {})
    return parts_from_state(value.get(PARTS, [])), facts_from_state(value.get(FACTS, {}))


def write_statuses(state: dict[str, Any], parts: Sequence[Part], facts: StatusFacts) -> None:
    """Write parts and facts to the state of a stream, at once: a signal may write the state."""
    state[STATUSES] = {PARTS: parts_to_state(parts), FACTS: facts.to_state()}
