"""The errors of the embedded Redshift.

::

    EmbeddedStackError
    └── EmbeddedRedshiftError
        ├── StatementFailed         what the client is told: SQLSTATE, message, detail
        │   └── ConnectionRefused   the same, before a session exists
        ├── ConnectionCut           an observer asked for the connection to end without a word
        └── AlreadyOpen             another process holds a database file
"""

from infra.local.errors import EmbeddedStackError

ABORTED = "current transaction is aborted, commands ignored until end of transaction block"


class EmbeddedRedshiftError(EmbeddedStackError):
    """Root of everything the embedded Redshift raises on purpose."""


class StatementFailed(EmbeddedRedshiftError):
    """A statement failed in a way the client must be told.

    Args:
        sqlstate: Five characters, as Redshift sends them in field ``C``.
        message: Field ``M``.
        detail: Field ``D``; for COPY the block that names file and column.
        severity: ``ERROR``, or ``FATAL`` where the connection ends with it.
    """

    def __init__(self, sqlstate: str, message: str, detail: str | None = None, *, severity: str = "ERROR") -> None:
        super().__init__(f"{sqlstate} {message}")
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.severity = severity


class ConnectionRefused(StatementFailed):
    """The start-up of a connection ended in a refusal."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(sqlstate, message, severity="FATAL")


class ConnectionCut(EmbeddedRedshiftError):
    """Raised by an observer: close the socket now, answering nothing more."""

    def __init__(self, fact: str = "the connection was cut on demand") -> None:
        super().__init__(fact)


class AlreadyOpen(EmbeddedRedshiftError):
    """A database file cannot be opened because another process holds it."""


def syntax_error(fact: str) -> StatementFailed:
    """Return the refusal of a text that is not Redshift SQL (42601)."""
    return StatementFailed("42601", f"syntax error: {fact}")


def syntax_error_near(word: str) -> StatementFailed:
    """Return the refusal of a text at one of its words, the end where there is none (42601)."""
    return StatementFailed("42601", f'syntax error at or near "{word}"' if word else "syntax error at end of input")


def not_supported(fact: str) -> StatementFailed:
    """Return the refusal of what Redshift, or this stand-in, does not have (0A000)."""
    return StatementFailed("0A000", f"{fact} is not supported")


def no_relation(name: str) -> StatementFailed:
    """Return the refusal of a name that is no table or view (42P01)."""
    return StatementFailed("42P01", f'relation "{name}" does not exist')


def serialization_conflict(evidence: str) -> StatementFailed:
    """Return the conflict clients see as message ``1023`` (aws-sdk-pandas#665 shows the shape)."""
    return StatementFailed("XX000", "1023", f"Serializable isolation violation on table - {evidence}")
