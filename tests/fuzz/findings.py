"""What a case may find, and the runs that are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import override

from tests.fuzz.account import seconds

if TYPE_CHECKING:
    from tests.fuzz.case import Night
    from tests.fuzz.command import Ended
    from tests.fuzz.output import Output

LOOKBACK = 24


class Finding(NamedTuple):
    """Something that must not be.

    Attributes:
        kind: which promise is broken.
        run: in which run, counted from 1.
        words: the evidence.
    """

    kind: str
    run: int
    words: str

    @override
    def __str__(self) -> str:
        return f"{self.kind}, run {self.run}: {self.words}"


@dataclass
class Run:
    """A run that is over.

    Attributes:
        now: the Unix second at which it began.
        begun: the tick of its first request.
        ended: the tick of its last one.
        is_still: whether nothing changed in the account meanwhile.
        is_whole: whether it ended with exit code 0, and nobody cut its output.
        config: its settings, whole.
        state: the state that it was given.
    """

    place: int
    night: Night
    now: int
    begun: int
    ended: int
    is_still: bool
    is_whole: bool
    config: dict[str, Any]
    state: dict[str, Any] | None
    end: Ended
    output: Output

    @property
    def limit(self) -> int:
        """The Unix second that no bookmark of it may pass."""
        end = self.config.get("end_date")
        return min(self.now, seconds(end)) if end else self.now

    @property
    def start(self) -> int:
        """The Unix second from which on rows are wanted."""
        since = self.config.get("start_date")
        return seconds(since) if since else 0

    @property
    def lookback(self) -> int:
        """Return the lookback window in seconds."""
        return int(self.config.get("lookback_window", LOOKBACK)) * 3600
