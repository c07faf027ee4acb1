"""Write the files of BATCH messages completely before they are announced."""

from __future__ import annotations

import contextlib
import gzip
import uuid
from typing import TYPE_CHECKING, Any

from singer_sdk.batch import Batcher
from singer_sdk.contrib.msgspec import encoder
from singer_sdk.exceptions import FatalSyncError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig, StorageTarget

GZIP_LEVEL = 6
"""The SDK uses level 9, which makes files of messages 7 % smaller in 1.7 times the time."""


class BatchFileError(FatalSyncError):
    """A batch file could not be written, so that the sync has to end."""


def is_own(encoding: BaseBatchFileEncoding) -> bool:
    """Return True for the encoding that this module writes faster than the SDK."""
    return (encoding.format, encoding.compression) == ("jsonl", "gzip")


def write_batch(
    rows: Sequence[Any], config: BatchConfig, *, tap_name: str, stream: str
) -> list[list[str]]:
    """Write the files of one batch.

    Args:
        rows: The records; structs only if `is_own` is true for the encoding.
        config: The storage and the encoding.
        tap_name: The first part of the file names.
        stream: The second part of the file names.

    Returns:
        A manifest for each BATCH message. All files in it are closed.

    Raises:
        BatchFileError: A file could not be written, for example because the disk is full.
    """
    try:
        if not is_own(config.encoding):
            return list(Batcher(tap_name, stream, config).get_batches(iter(rows)))
        name = f"{config.storage.prefix or ''}{tap_name}--{stream}-{uuid.uuid4()}.json.gz"
        with _opened(config.storage, name) as file:
            file.write(gzip.compress(encoder.encode_lines(rows), GZIP_LEVEL))
            file.flush()  # here, because an error still discards the file
        return [[config.storage.get_url(name)]]
    except OSError as error:
        message = (
            f"{stream}: a batch file could not be written: {error}. Check the setting "
            f"batch_config: its storage and the temporary folder must have free space."
        )
        raise BatchFileError(message) from error


@contextlib.contextmanager
def _opened(storage: StorageTarget, name: str) -> Iterator[Any]:
    """Open a file that appears in the storage when it is closed, if the storage supports it."""
    file: Any  # fsspec's files have `discard`
    with storage.open(name, "wb") as file:
        try:
            yield file
        except BaseException:
            # The SDK would leave the temporary file on the disk, which may be full.
            with contextlib.suppress(Exception):
                file.discard()
            raise
