"""The overrides of SDK methods beyond its documented interface, with their reasons.

The pin in pyproject.toml allows patch releases of the SDK. `tests/singer/test_sdk_contract.py`
fails when the signature of one of these methods changes, or the source of a method that an override
replaces. Then compare the new source with the override, and update the digest.
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
        reason: The difference to the SDK, and its reason.
        digest: The first digits of the SHA-256 of the SDK's source, if the override replaces the
            method; empty if the override calls it.
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
        "Writes a thousand records at a time if no record needs to be changed. The SDK spends most "
        "of its time on work that is the same for all records.",
        digest="8928dc7f50e9",
    ),
    Override(
        Stream,
        "_sync_batches",
        "singer.bulk_stream",
        "Announces a batch file before the bookmark moves past its rows. The SDK moves the "
        "bookmark when it reads a record, so that a STATE could cover a file that is missing.",
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
        "singer.backfill_stream",
        "Keeps the bookmark while records from before the bookmark are read again.",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.end_bookmark",
        "Moves the bookmark only at the end of a stream whose records are not ordered by time.",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.bookmarks",
        "Holds the bookmark at a record for which a child stream failed.",
    ),
    Override(
        Stream,
        "_write_activate_version_message",
        "singer.table_versions",
        "Writes nothing. The SDK calls it before the first record, so that a target could remove "
        "rows although the read then fails.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.table_versions",
        "Writes ACTIVATE_VERSION between the last record and the last STATE, if the read proves "
        "that Mailjet lists no other row.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.end_bookmark",
        "Moves the bookmark of an unordered stream if the stream was read completely.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.unsubscription_stream",
        "Stores with the bookmark which rows were listed and written.",
    ),
    Override(
        Stream,
        "_increment_stream_state",
        "singer.counted_stream",
        "Stores the numbers of rows of each day that were written.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.counted_stream",
        "Stores the numbers of rows after all changed and late rows were written.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.activity_stream",
        "Moves the clock of activity after all campaigns and their child rows are written.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.backfill_stream",
        "Moves the end of the unread history after the last record was written.",
    ),
    Override(
        Stream,
        "_finalize_state",
        "singer.touched_stream",
        "Moves the clock of events after all child rows of messages are written.",
    ),
    Override(
        Stream,
        "_write_starting_replication_value",
        "singer.bookmarks",
        "Drops a bookmark that was made with other settings, before the SDK reads it from the "
        "state.",
    ),
    Override(
        Stream,
        "_write_state_message",
        "singer.bulk_stream",
        "Writes the buffered lines together with the STATE that covers them.",
    ),
    Override(
        Tap,
        "setup_mapper",
        "tap",
        "Checks the stream maps. Registers streams that are not selected with their fields; the "
        "SDK registers them without, so that each map of such a stream is an error.",
        digest="29be842dc31d",
    ),
    Override(
        Tap,
        "sync_all",
        "tap",
        "Prefetches the first pages of all streams, and closes connections and threads at the "
        "end. The SDK marks the method as final, but has no hook.",
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
        "Ends the sync after the current line, with a last STATE and exit code 128 plus the "
        "signal's number. The SDK writes the state from within the handler, possibly into the "
        "middle of a line, and exits with 0.",
        digest="2bb79ae47769",
    ),
)
