"""Find the name that a misspelled name probably means."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT_NAME = 3
LONG_NAME = 6


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the most similar known name, with a leading space; "" if none is."""
    found = nearest(name, known)
    return f" Did you mean {found!r}?" if found else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a name, None if no name is similar."""
    by_form = {_form(one): one for one in known}
    matches = difflib.get_close_matches(_form(name), by_form, n=1, cutoff=0.6)
    return by_form[matches[0]] if matches else None


def misspelled(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a new name differs from by a typing error, None if there is none.

    This is stricter than `nearest`: `EmailHash` is a good name for a new field beside `Email`.
    """
    form = _form(name)
    allowed = 0 if len(form) <= SHORT_NAME else 1 if len(form) < LONG_NAME else 2
    distances = {one: _distance(form, _form(one)) for one in known}
    found = min(distances, key=distances.__getitem__, default=None)
    return found if found is not None and distances[found] <= allowed else None


def same_but_for_case(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that differs in case and underscores only, None if there is none."""
    return next((one for one in known if one != name and _form(one) == _form(name)), None)


def _form(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _distance(one: str, other: str) -> int:
    """Return how many letters have to be added, dropped, replaced or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        last, before, row = before, row, [i + 1]
        for j, wanted in enumerate(other):
            row.append(min(before[j + 1] + 1, row[j] + 1, before[j] + (letter != wanted)))
            if i and j and letter == other[j - 1] and one[i - 1] == wanted:
                row[j + 1] = min(row[j + 1], last[j - 1] + 1)
    return row[-1]
