"""The errors of the embedded Redshift, and how DuckDB's errors become Redshift's.

::

    EmbeddedStackError
    └── EmbeddedRedshiftError
        ├── StatementFailed         what the client is told: SQLSTATE, message, detail
        │   └── ConnectionRefused   the same, before a session exists
        ├── ConnectionCut           an observer asked for the connection to end without a word
        └── AlreadyOpen             another process holds a database file
"""

import re

import duckdb

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


def from_duckdb(error: Exception) -> StatementFailed:
    """Translate an error of DuckDB into the one Redshift gives for the same fact.

    An unforeseen error becomes XX000 and carries DuckDB's own words.
    """
    if isinstance(error, StatementFailed):
        return error
    text = str(error)
    first = text.split("\n", maxsplit=1)[0]
    if "cannot affect the same target row more than once" in text or ("MERGE" in text and "more than once" in text):
        return StatementFailed("XX000", "Found multiple matches to update the same tuple.")
    if "division by zero" in text:
        return StatementFailed("22012", "division by zero")
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(text, first)
    return StatementFailed("XX000", f"{type(error).__name__}: {text}")


def _transaction(text: str, _first: str) -> StatementFailed:
    if "onflict" in text:
        return serialization_conflict(text)
    return StatementFailed("25P02", ABORTED)


def _constraint(text: str, first: str) -> StatementFailed:
    if found := re.search(r'strlen\("?(.+?)"?\) <= (\d+)', text):
        return StatementFailed("22001", f"value too long for type character varying({found[2]})", f"column {found[1]}")
    if found := re.search(r"NOT NULL constraint failed: (\S+)", text):
        return StatementFailed("23502", f"Cannot insert a NULL value into column {found[1].rsplit('.', 1)[-1]}")
    return StatementFailed("23505", first)


def _catalog(text: str, first: str) -> StatementFailed:
    name = re.search(r'(?:name|Schema|View) "?([^"\s]+?)"? (?:does not exist|already exists|with name)', text)
    named = name[1] if name else first
    if "conflict" in text:
        return serialization_conflict(text)
    if "already exists" in text:
        found = re.search(r'(?:with name|[Ss]chema) "?([^"\s]+?)"? already', text)
        if "chema with name" in text:
            return StatementFailed("42P06", f'schema "{found[1] if found else named}" already exists')
        return StatementFailed("42P07", f'Relation "{found[1] if found else named}" already exists')
    if "Function" in text:
        return StatementFailed("42883", first)
    if "chema" in first:
        return StatementFailed("3F000", first)
    return no_relation(named)


def _binder(text: str, first: str) -> StatementFailed:
    if found := re.search(r'[Cc]olumn "([^"]+)" not found|does not have a column (?:with name|named) "([^"]+)"', text):
        return StatementFailed("42703", f'column "{found[1] or found[2]}" does not exist')
    if "No function matches" in text:
        return StatementFailed("42883", first)
    return StatementFailed("42703" if "column" in text.lower() else "42601", first)


def _conversion(text: str, first: str) -> StatementFailed:
    if "out of range" in text or "Could not cast value" in text:
        return StatementFailed("22003", f"Numeric data overflow: {first}")
    return StatementFailed("22P02", first)


_TRANSLATIONS = (
    (duckdb.TransactionException, _transaction),
    (duckdb.ConstraintException, _constraint),
    (duckdb.CatalogException, _catalog),
    (duckdb.BinderException, _binder),
    (duckdb.ParserException, lambda _text, first: StatementFailed("42601", first)),
    (duckdb.ConversionException, _conversion),
    (duckdb.OutOfRangeException, lambda _text, first: StatementFailed("22003", f"Numeric data overflow: {first}")),
    (duckdb.InterruptException, lambda _text, _first: StatementFailed("57014", "Query cancelled on user's request")),
)
