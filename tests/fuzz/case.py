"""One case: what a seed says of the account, the server, the settings and the nights."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.fuzz.behaviour import CHOICES, Behaviour, choice
from tests.fuzz.maker import Oddities, Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fuzz.faults import Fault


@dataclass(frozen=True)
class Ending:
    """How a run ends if it does not come to its own end.

    Attributes:
        kind: "start", "request" and "write" are SIGTERM while the tap is made, at a request and at
            a write to stdout; "cut" is a kill -9 that leaves some lines of stdout. The rest of a
            line that was cut counts for nothing. "worst" is one right after the STATE that seems
            to have passed most rows.
        place: which request or write, or for a cut the share of the lines that is left.
    """

    kind: str
    place: float = 0.0

    @override
    def __str__(self) -> str:
        if self.kind == "worst":
            return "killed after the STATE that looks worst"
        if self.kind == "cut":
            return f"killed after {self.place:.1%} of its lines"
        return f"SIGTERM at {self.kind}" + (f" {self.place:.0f}" if self.place else "")


@dataclass(frozen=True)
class Change:
    """What happens to the account before a request of a run."""

    request: int
    kind: str


@dataclass(frozen=True)
class Night:
    """One run of the tap.

    Attributes:
        gap: seconds since the run before.
        growth: how much happened in them.
        config: the settings, except those that name the server.
        campaigns: whose events are wanted, by their places in the account; empty for all.
        streams: what is selected.
        wants_all: whether nothing else is there to be selected.
        deselected: fields that are not wanted, by stream.
        shape: what is done to records: "" for nothing, else "map", "flatten" or "filter".
        batch: records in a BATCH file; 0 for RECORD messages.
        ending: how it ends, if not by itself.
    """

    gap: int
    growth: int
    config: Mapping[str, Any]
    streams: tuple[str, ...]
    campaigns: tuple[int, ...] = ()
    wants_all: bool = False
    deselected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shape: str = ""
    batch: int = 0
    faults: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] = ()
    ending: Ending | None = None

    def describe(self) -> list[str]:
        """Return one line per setting that differs from its default."""
        said = [
            f"{self.gap} s later, after {self.growth} things happened: {', '.join(self.streams)}"
        ]
        more: dict[str, Any] = {"campaigns": self.campaigns, "deselected": self.deselected}
        more |= {"shape": self.shape, "batch": self.batch, "wants all": self.wants_all}
        given = {**self.config, **{name: value for name, value in more.items() if value}}
        said += ["  " + ", ".join(f"{name} {value}" for name, value in given.items())]
        said += [f"  fault: {fault}" for fault in self.faults]
        said += [f"  before request {one.request}: {one.kind}" for one in self.changes]
        return said + ([f"  {self.ending}"] if self.ending else [])


@dataclass(frozen=True)
class Case:
    """All that a seed decides.

    Attributes:
        began: the Unix second of the first night.
        inline: whether pools work on the spot, so that requests always come in the same order.
    """

    seed: int
    began: int
    size: Size
    behaviour: Behaviour
    nights: tuple[Night, ...]
    inline: bool = True

    @property
    def oddities(self) -> Oddities:
        """Which rows are odd, as the behaviour has it."""
        return Oddities(
            broken=self.behaviour["broken"],
            keyless=0.1 if self.behaviour["keyless"] == "some" else 0.0,
            unclocked=0.1 if self.behaviour["unclocked"] == "some" else 0.0,
            hidden=0.0 if self.behaviour["hidden"] == "none" else 0.15,
        )

    @property
    def lacking(self) -> tuple[str, ...]:
        """The streams whose resources the account does not have."""
        if self.behaviour["lacking"] == "none":
            return ()
        streams = sorted({stream for night in self.nights for stream in night.streams})
        return (streams[self.seed % len(streams)],)

    @property
    def causes(self) -> list[str]:
        """What is odd about it, in keywords."""
        causes = {f"{name}={value}" for name, value in self.behaviour.odd.items()}
        for night in self.nights:
            causes |= {f"fault {fault.kind}" for fault in night.faults}
            causes |= {f"change {change.kind}" for change in night.changes}
            causes |= {night.shape} if night.shape else set()
            causes |= {"batch"} if night.batch else set()
            causes |= {f"ending {night.ending.kind}"} if night.ending else set()
            causes |= {"page_size=1"} if night.config["page_size"] == 1 else set()
            causes |= {"deselected"} if night.deselected else set()
            if (night.config, night.campaigns) != (self.nights[0].config, self.nights[0].campaigns):
                causes |= {"other settings"}
        return sorted(causes)

    def describe(self) -> str:
        """Return what is odd about the case, to help find out why it failed."""
        odd = [f"{name}={value}" for name, value in sorted(self.behaviour.odd.items())]
        if limit := self.behaviour.page_limit:
            odd.append(f"cap of {limit} rows")
        if self.behaviour["offset"].endswith("beyond"):
            odd.append(f"offsets end at {self.behaviour.largest_offset}")
        size = ", ".join(f"{one.name} {getattr(self.size, one.name)}" for one in fields(Size))
        lines = [
            f"case {self.seed} ({'inline' if self.inline else 'threads'})",
            f"  account: {size}",
            f"  server: {', '.join(odd) or 'nothing odd'}",
        ]
        if self.lacking:
            lines.append(f"  the account does not have {self.lacking[0]}")
        for place, night in enumerate(self.nights, start=1):
            first, *rest = night.describe()
            lines += [f"  run {place}: {first}", *(f"    {line}" for line in rest if line.strip())]
        return "\n".join(lines)


def parse_pins(pins: list[str]) -> dict[str, str]:
    """Read `BEHAVIOUR=VALUE` arguments.

    Raises:
        ValueError: there is no such behaviour or value.
    """
    pinned = {}
    for pin in pins:
        name, _, value = pin.partition("=")
        known = [one.value for one in CHOICES.get(name, [])]
        if value not in known:
            choices = "; ".join(
                f"{key}: {' '.join(c.value for c in CHOICES[key])}" for key in CHOICES
            )
            message = f"{pin!r} is not one of {choices}"
            raise ValueError(message)
        pinned[name] = choice(name, value).value
    return pinned
