"""Read the body of a response up to a maximum size."""

from __future__ import annotations

import requests
from singer_sdk.exceptions import FatalAPIError
from urllib3.exceptions import ReadTimeoutError

CHUNK_BYTES = 2**16


def read_body(response: requests.Response, resource: str, max_bytes: int) -> bytes:
    """Read and decompress a body of at most `max_bytes` bytes.

    Raises:
        FatalAPIError: The body is larger; the rest of the body is not read.
        requests.ReadTimeout: The body did not arrive in time.
    """
    chunks, size = [], 0
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                message = (
                    f"Mailjet's response for {resource} is larger than "
                    f"{max_bytes >> 20} MiB and was not read. Reduce the setting page_size."
                )
                raise FatalAPIError(message)
            chunks.append(chunk)
    except requests.ConnectionError as error:
        # While a body is read, requests reports a timeout as a broken connection.
        if error.args and isinstance(error.args[0], ReadTimeoutError):
            raise requests.ReadTimeout(*error.args) from error
        raise
    return b"".join(chunks)
