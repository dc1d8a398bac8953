"""DuckDB's errors in Redshift's words: none of DuckDB's own reaches a client; what is not foreseen is logged here and told as internal."""

import logging
import re
from collections.abc import Callable

import duckdb

from infra.local.redshift.errors import ABORTED, StatementFailed, no_relation, serialization_conflict

LOG = logging.getLogger("tickerhouse.embedded.redshift")
_CARRIED = re.compile(r"@([0-9A-Z]{5})@([^\n]*)")
_OVERFLOW = "Numeric data overflow (result precision)"


def from_duckdb(error: Exception) -> StatementFailed:
    """Translate an error of DuckDB into the one Redshift gives for the same fact."""
    if isinstance(error, StatementFailed):
        return error
    text = str(error)
    if carried := _CARRIED.search(text):
        return StatementFailed(carried[1], carried[2])
    if "cannot affect the same target row more than once" in text or ("MERGE" in text and "more than once" in text):
        return StatementFailed("XX000", "Found multiple matches to update the same tuple.")
    if "division by zero" in text.lower():
        return StatementFailed("22012", "division by zero")
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind) and (told := translate(text)):
            return told
    LOG.warning("an error without a translation: %s: %s", type(error).__name__, text)
    return StatementFailed("XX000", "Internal error: the statement could not be executed")


def _transaction(text: str) -> StatementFailed:
    if "onflict" in text:
        return serialization_conflict("a table another transaction committed to")
    return StatementFailed("25P02", ABORTED)


def _constraint(text: str) -> StatementFailed | None:
    if found := re.search(r'strlen\("?(.+?)"?\) <= (\d+)', text):
        return StatementFailed("22001", f"value too long for type character varying({found[2]})", f"column {found[1]}")
    if found := re.search(r"NOT NULL constraint failed: (\S+)", text):
        return StatementFailed("23502", f"Cannot insert a NULL value into column {found[1].rsplit('.', 1)[-1]}")
    return None


def _taken_name(text: str) -> StatementFailed | None:
    if found := re.search(r'to "([^"]+)": another entry', text):
        return StatementFailed("42P07", f'Relation "{found[1]}" already exists')
    if found := re.search(r'object "([^"]+)" is of type \w+, trying to \w+ type (\w+)', text):
        return StatementFailed("42809", f'"{found[1]}" is not a {found[2].lower()}')
    if found := re.search(r'(?:with name|[Ss]chema) "?([^"\s]+?)"? already', text):
        if "chema with name" in text:
            return StatementFailed("42P06", f'schema "{found[1]}" already exists')
        return StatementFailed("42P07", f'Relation "{found[1]}" already exists')
    return None


def _catalog(text: str) -> StatementFailed | None:
    if "conflict" in text:
        return serialization_conflict("a table another transaction committed to")
    if told := _taken_name(text):
        return told
    if found := re.search(r"Function with name (\S+?) does not exist", text):
        return StatementFailed("42883", f"function {found[1]} does not exist")
    if found := re.search(r'(?:name|Schema|View) "?([^"\s]+?)"? (?:does not exist|with name)', text):
        named = found[1].rstrip("!")
        return StatementFailed("3F000", f'schema "{named}" does not exist') if "Schema with name" in text else no_relation(named)
    return None


def _grouped(text: str) -> StatementFailed | None:
    if "must be a grouping column" in text or "GROUPING" in text:
        return StatementFailed("42803", "arguments to GROUPING must be grouping expressions of the associated query level")
    if found := re.search(r'column "([^"]+)" must appear in the GROUP BY clause', text):
        return StatementFailed("42803", f'column "{found[1]}" must appear in the GROUP BY clause or be used in an aggregate function')
    if "aggregate functions are not allowed in UPDATE" in text:
        return StatementFailed("42803", "cannot use aggregate function in UPDATE")
    if "aggregate" in text.lower() and ("WHERE" in text or "GROUP BY" in text or "cannot contain" in text or "nested" in text):
        return StatementFailed("42803", "aggregates not allowed here, or calls of them are nested")
    return None


def _binder(text: str) -> StatementFailed | None:  # noqa: PLR0911 - one line for each fact
    if found := re.search(r'[Cc]olumn "([^"]+)" not found|does not have a column (?:with name|named) "([^"]+)"', text):
        return StatementFailed("42703", f'column "{found[1] or found[2]}" does not exist')
    if told := _grouped(text):
        return told
    if "window" in text.lower():
        return StatementFailed("42P20", "window functions are not allowed here, or calls of them are nested")
    if "mbiguous" in text and (found := re.search(r'name: "([^"]+)"', text)):
        return StatementFailed("42702", f'column reference "{found[1]}" is ambiguous')
    if found := re.search(r"table \"?([^\"\s]+)\"? not found", text):
        return no_relation(found[1].rstrip("!"))
    if "No function matches" in text or "best candidate" in text:
        return StatementFailed("42883", "no function or operator matches the given name and argument types")
    if "subquer" in text.lower():
        return StatementFailed("0A000", "This type of correlated subquery pattern is not supported due to internal error")
    if "same number" in text or "columns" in text.lower():
        return StatementFailed("42601", "the number of columns does not match")
    return None


_NUMBERS = {"DECIMAL": "numeric", "DOUBLE": "double precision", "FLOAT": "real", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


def _conversion(text: str) -> StatementFailed:
    if (found := re.search(r"""string ['"](.*?)['"] to (\w+)""", text, re.DOTALL)) and found[2] in _NUMBERS:
        return _number(found[1], _NUMBERS[found[2]])
    if found := re.search(r"Unknown TimeZone '(.*?)'", text):
        return StatementFailed("22023", f'time zone "{found[1]}" not recognized')
    if "out of range" in text or "Could not cast value" in text or "Failed to cast decimal" in text:
        return StatementFailed("22003", _OVERFLOW)
    if found := re.search(r"[Cc]ould not convert string '(.*?)' to (\w+)|string '(.*?)' (?:can't|cannot) be", text, re.DOTALL):
        return StatementFailed("22P02", f'invalid input syntax: "{found[1] or found[3]}"')
    if found := re.search(r'(?:timestamp|date|time) field value.*?"(.*?)"', text, re.DOTALL):
        return StatementFailed("22007", f'invalid input syntax for a date or time: "{found[1]}"')
    return StatementFailed("22P02", "invalid input syntax")


def _number(written: str, kind: str) -> StatementFailed:
    """A text that writes a number does not fit; any other is none."""
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", written, re.IGNORECASE):
        named = "integer" if kind.endswith("int") or kind == "integer" else f"type {kind}"
        return StatementFailed("22P02", f'invalid input syntax for {named}: "{written}"')
    return StatementFailed("22003", _OVERFLOW if kind == "numeric" else f'value "{written}" is out of range for type {kind}')


def _input(text: str) -> StatementFailed | None:
    if "More than one row returned by a subquery" in text:
        return StatementFailed("21000", "more than one row returned by a subquery used as an expression")
    if "overflow" in text.lower() or "out of range" in text.lower():
        return StatementFailed("22003", _OVERFLOW)
    if found := re.search(r'"\w+" units "\w+" not recognized', text):
        return StatementFailed("22023", found[0])
    if "ntile" in text:
        return StatementFailed("22014", "argument of ntile must be greater than zero")
    if "imeZone" in text or "timezone" in text.lower():
        return StatementFailed("22023", "time zone not recognized")
    return None


def _memory(_text: str) -> StatementFailed:
    return StatementFailed("53200", "out of memory")


_TRANSLATIONS: tuple[tuple[type[Exception], Callable[[str], StatementFailed | None]], ...] = (
    (duckdb.TransactionException, _transaction),
    (duckdb.ConstraintException, _constraint),
    (duckdb.CatalogException, _catalog),
    (duckdb.BinderException, _binder),
    (duckdb.ParserException, lambda _text: StatementFailed("42601", "syntax error")),
    (duckdb.ConversionException, _conversion),
    (duckdb.OutOfRangeException, lambda _text: StatementFailed("22003", _OVERFLOW)),
    (duckdb.InterruptException, lambda _text: StatementFailed("57014", "Query cancelled on user's request")),
    (duckdb.InvalidInputException, _input),
    (duckdb.NotImplementedException, _input),
    (duckdb.OutOfMemoryException, _memory),
)
