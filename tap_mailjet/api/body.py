"""Read the body of a response, within limits."""

from __future__ import annotations

import requests
from singer_sdk.exceptions import FatalAPIError
from urllib3.exceptions import ReadTimeoutError

CHUNK = 2**16


def read_body(response: requests.Response, resource: str, largest: int) -> bytes:
    """Read a body, unpacked, of at most `largest` bytes.

    Raises:
        FatalAPIError: it is larger; no more than that is read.
        requests.ReadTimeout: it did not come in time.
    """
    chunks, size = [], 0
    try:
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > largest:
                message = (
                    f"Mailjet's response for {resource} is larger than {largest >> 20} MiB "
                    f"and was not read; a smaller page_size may help."
                )
                raise FatalAPIError(message)
            chunks.append(chunk)
    except requests.ConnectionError as error:
        # While a body is read, requests takes a timeout for a broken connection.
        if error.args and isinstance(error.args[0], ReadTimeoutError):
            raise requests.ReadTimeout(*error.args) from error
        raise
    return b"".join(chunks)
