"""The bare tap with the two remedies that are known: no conformance, and a writer that buffers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import RecordMessage
from typing_extensions import override

from tests.benchmarks.contenders.bare_sdk import Messages, TapBare

if TYPE_CHECKING:
    from singer_sdk.singerlib import Message


class Writer(MsgSpecWriter):
    """Leaves it to the buffer when records are written, and writes all else at once."""

    @override
    def write_message(self, message: Message) -> None:
        sys.stdout.buffer.write(encoder.encode(message.to_dict()) + b"\n")
        if not isinstance(message, RecordMessage):
            sys.stdout.flush()


class QuickMessages(Messages):
    """The messages, unchecked."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE


class TapQuick(TapBare):
    """The tap."""

    name = "tap-quick"
    stream_class = QuickMessages
    message_writer_class = Writer


def main() -> None:
    """Run it."""
    TapQuick.cli()
