"""What the tap overrides of the SDK beyond its documented interface, and why.

The pin in pyproject.toml allows patch releases of the SDK. `tests/singer/test_sdk_contract.py`
fails when the signature of one of these methods changes, or the source of one whose body stands
in for the SDK's. Then read the SDK's new version against the override, and update the digest.
"""

from __future__ import annotations

from typing import NamedTuple

from singer_sdk import Stream, Tap


class Override(NamedTuple):
    """A method of the SDK that the tap overrides.

    Attributes:
        owner: The SDK's class.
        method: The method's name.
        where: The module of the override, in `tap_mailjet`.
        reason: What the override does differently, and why.
        digest: The first digits of the SHA-256 of the SDK's source, if the override stands in for
            the method instead of calling it; empty if it calls it.
    """

    owner: type
    method: str
    where: str
    reason: str
    digest: str = ""


OVERRIDES = (
    Override(
        Stream,
        "_sync_records",
        "singer.bulk_stream",
        "Writes a thousand records at a time if nothing has to be done to each. Of the time that "
        "the SDK takes for such a record, most goes into what is the same for all of them.",
        digest="8928dc7f50e9",
    ),
    Override(
        Stream,
        "_sync_batches",
        "singer.bulk_stream",
        "Announces a batch file before the bookmark moves past its rows. The SDK moves the "
        "bookmark when it reads a record, so that a STATE could vouch for a file that is missing.",
        digest="a42df0f3a087",
    ),
    Override(
        Stream,
        "_process_record",
        "singer.child_batching",
        "Runs child streams over a batch of records. The SDK runs them once for each record, one "
        "after the other.",
        digest="8529b9f3ce2f",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.windowed_stream",
        "Leaves the bookmark where it is while records from before it are read again.",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.end_bookmark",
        "Leaves the bookmark to the end of a stream whose records come in no order of time.",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.bookmarks",
        "Holds the bookmark at a record that a child stream could not be read for.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.end_bookmark",
        "Moves the bookmark of a stream whose records come in no order, if it was read completely.",
    ),
    Override(
        Stream,
        "_write_starting_replication_value",
        "singer.bookmarks",
        "Drops a bookmark that was made with other settings, before the SDK takes it from the "
        "state.",
    ),
    Override(
        Stream,
        "_write_state_message",
        "singer.bulk_stream",
        "Writes the lines that are held back together with the STATE that vouches for them.",
    ),
    Override(
        Tap,
        "sync_all",
        "tap",
        "Prefetches the first pages of all streams, and closes connections and threads at the "
        "end. The SDK marks the method as final, but offers no other place.",
    ),
    Override(
        Tap,
        "run_sync_dry_run",
        "tap",
        "Fails if a stream failed. The SDK's method returns True in any case.",
    ),
    Override(
        Tap,
        "_handle_termination",
        "tap",
        "Ends the sync after the line that is being written, with a last STATE and exit code 128 "
        "plus the signal's number. The SDK writes the state from within the handler, maybe into "
        "the middle of a line, and exits with 0.",
        digest="2bb79ae47769",
    ),
)
