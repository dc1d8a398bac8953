"""The errors of the Data API, by AWS's names (redshift-data/latest/APIReference, the errors of each operation)."""

from typing import Any

from infra.local.redshift.errors import EmbeddedRedshiftError


class Refused(EmbeddedRedshiftError):
    """An operation that was refused; a statement that failed is no such error, it is described with its status.

    Args:
        kind: The exception's name, for example ``ValidationException``.
        message: What the client is told.
        more: Further fields of the body.
    """

    def __init__(self, kind: str, message: str, **more: Any) -> None:
        super().__init__(f"{kind} {message}")
        self.kind = kind
        self.message = message
        self.more = more


def invalid(message: str) -> Refused:
    """Return the refusal of an input."""
    return Refused("ValidationException", message)


def missing(message: str, identifier: str) -> Refused:
    """Return the refusal of a statement or result that is not there."""
    return Refused("ResourceNotFoundException", message, ResourceId=identifier)
