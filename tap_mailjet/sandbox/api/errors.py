"""Errors of the API, in the form of Mailjet's."""

from __future__ import annotations

import uuid


class ApiError(Exception):
    """An error that ends a request with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, object]:
        """Return the JSON body; its identifier is the same for the same error every time."""
        return {
            "ErrorIdentifier": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.status} {self.message}")),
            "ErrorInfo": "",
            "ErrorMessage": self.message,
            "StatusCode": self.status,
        }


class BadParameterError(ApiError):
    """A query parameter that is unknown or has an invalid value.

    Args:
        name: The parameter.
        reason: What is wrong with it, to follow its name in a sentence.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(400, f'Query parameter "{name}" {reason}.')


class NotFoundError(ApiError):
    """An unknown ID, or a parent without the requested object."""

    def __init__(self, resource: str, identifier: str) -> None:
        super().__init__(404, f"Object not found: {resource} of {identifier}.")
