"""VACUUM and ANALYZE: there is nothing to sort here and no plan to keep statistics for, so they are read and do nothing.

Sources: AWS, r_VACUUM_command.html, r_ANALYZE.html, r_ANALYZE_COMPRESSION.html.
"""

from sqlglot.tokens import TokenType

from infra.local.redshift import privileges
from infra.local.redshift.columns import encoded
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.sql.signatures import reserved_words
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import closing
from infra.local.redshift.types import VARCHAR, Column
from infra.local.redshift.word_reader import WordReader

_VACUUMS = (("FULL",), ("SORT", "ONLY"), ("DELETE", "ONLY"), ("REINDEX",), ("RECLUSTER",))
_COMPRESSION = [Column(name, VARCHAR) for name in ("Table", "Column", "Encoding", "Est_reduction_pct")]


def vacuum(session: Session, statement: Statement) -> Outcome:
    """Execute VACUUM [what] [table] [TO threshold PERCENT] [BOOST].

    Raises:
        StatementFailed: 25001 in a transaction, 42P01 for a table there is not.
    """
    reader = WordReader(statement.tokens, 1)
    any(reader.taken(*words) for words in _VACUUMS)
    if reader.index < len(reader.words) and reader.word() not in {"TO", "BOOST"}:
        _table(session, reader)
    if reader.taken("TO"):
        if not reader.word().isdigit():
            raise syntax_error_near(reader.text())
        reader.index += 1
        reader.expect("PERCENT")
    reader.taken("BOOST")
    reader.expect_end()
    if session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "VACUUM cannot run inside a transaction block")
    return Outcome("VACUUM")


def analyze(session: Session, statement: Statement) -> Outcome:
    """Execute ANALYZE [VERBOSE] [table [(columns)]] [{PREDICATE | ALL} COLUMNS], and ANALYZE COMPRESSION, which gives rows.

    Raises:
        StatementFailed: 42P01 and 42703 for a table or column there is not.
    """
    reader = WordReader(statement.tokens, 1)
    compresses = reader.taken("COMPRESSION")
    if not compresses:
        reader.taken("VERBOSE")
    tables = []
    if reader.index < len(reader.words) and reader.word() not in {"PREDICATE", "COMPROWS"} and reader.word(1) != "COLUMNS":
        tables = [_table(session, reader)]
        if reader.word() == "(":
            _columns(session, reader, tables[0])
    if compresses and reader.taken("COMPROWS"):
        reader.index += 1
    elif not compresses and (reader.taken("PREDICATE") or reader.taken("ALL")):
        reader.expect("COLUMNS")
    reader.expect_end()
    if not compresses:
        return Outcome("ANALYZE")
    rows = [
        (table.name, column.name, (encoded(column).encoding or "raw"), "0.00")
        for table in tables
        for column in read_definitions(session, table)
    ]
    return Outcome("ANALYZE COMPRESSION", _COMPRESSION, rows)


def columns_of_analyze(_session: Session, statement: Statement) -> list[Column] | None:
    """Return the result columns of ANALYZE COMPRESSION, None for another ANALYZE."""
    return _COMPRESSION if WordReader(statement.tokens, 1).word() == "COMPRESSION" else None


def _table(session: Session, reader: WordReader) -> TableName:
    if reader.word().lower() in reserved_words():
        raise syntax_error_near(reader.text())
    parts = reader.name()
    table = session.located(parts)
    if not table.is_temporary:
        privileges.require_owner(session, table.schema, table.name)
    return table


def _columns(session: Session, reader: WordReader, table: TableName) -> None:
    known = {column.name for column in read_definitions(session, table)}
    end = closing(reader.tokens, reader.index)
    for token in reader.tokens[reader.index + 1 : end]:
        if token.token_type != TokenType.COMMA and str(token.text).lower() not in known:
            raise StatementFailed("42703", f'column "{token.text}" of relation "{table.name}" does not exist')
    reader.index = end + 1
