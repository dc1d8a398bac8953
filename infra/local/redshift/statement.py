"""What kind of statement a text is, decided on its first words; what is not known is refused, never passed on."""

import enum
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from infra.local.redshift.errors import not_supported, syntax_error, syntax_error_near
from infra.local.redshift.refusals import parse_merge
from infra.local.redshift.sql import grammar
from infra.local.redshift.table_attributes import TableAttributes, strip_attributes
from infra.local.redshift.tokens import keywords, tokenize, with_quoted_hashes


class Kind(enum.StrEnum):
    """Everything the embedded Redshift can be asked."""

    EMPTY = enum.auto()
    BEGIN = enum.auto()
    COMMIT = enum.auto()
    ROLLBACK = enum.auto()
    SET = enum.auto()
    RESET = enum.auto()
    SHOW = enum.auto()
    LOCK = enum.auto()
    TRUNCATE = enum.auto()
    COPY = enum.auto()
    UNLOAD = enum.auto()
    ANALYZE = enum.auto()
    VACUUM = enum.auto()
    GRANT = enum.auto()
    REVOKE = enum.auto()
    REFRESH = enum.auto()
    COMMENT = enum.auto()
    DROP = enum.auto()
    QUERY = enum.auto()
    INSERT = enum.auto()
    UPDATE = enum.auto()
    DELETE = enum.auto()
    MERGE = enum.auto()
    ALTER_TABLE = enum.auto()
    ALTER_OTHER = enum.auto()
    CREATE_TABLE = enum.auto()
    CREATE_VIEW = enum.auto()
    CREATE_MATERIALIZED_VIEW = enum.auto()
    CREATE_SCHEMA = enum.auto()
    CREATE_DATABASE = enum.auto()
    CREATE_ROLE = enum.auto()
    CREATE_USER = enum.auto()
    CREATE_GROUP = enum.auto()
    CREATE_ROUTINE = enum.auto()
    CREATE_EXTERNAL_SCHEMA = enum.auto()
    CREATE_DECLARED = enum.auto()
    CREATE_POLICY = enum.auto()
    CREATE_EXTERNAL_TABLE = enum.auto()
    ALTER_DEFAULT = enum.auto()
    PREPARE = enum.auto()
    EXECUTE = enum.auto()
    DEALLOCATE = enum.auto()
    DECLARE = enum.auto()
    FETCH = enum.auto()
    CLOSE = enum.auto()
    EXPLAIN = enum.auto()
    CALL = enum.auto()
    CANCEL = enum.auto()
    USE = enum.auto()
    DESC = enum.auto()
    ATTACH = enum.auto()
    DETACH = enum.auto()


@dataclass
class Statement:
    """One statement, read.

    Attributes:
        sql: Its text as received.
        kind: What it is.
        tokens: Its words.
        tree: sqlglot's tree, for the kinds that need one.
        attributes: Layout of a CREATE TABLE.
        late_binding: Whether a CREATE VIEW is WITH NO SCHEMA BINDING.
        alteration: The words of an ALTER TABLE the parser does not know.
    """

    sql: str
    kind: Kind
    tokens: list[Token]
    tree: Any = None
    attributes: TableAttributes | None = None
    alteration: str = ""
    late_binding: bool = False


_FIRST_WORDS = {
    "BEGIN": Kind.BEGIN,
    "START": Kind.BEGIN,
    "COMMIT": Kind.COMMIT,
    "END": Kind.COMMIT,
    "ROLLBACK": Kind.ROLLBACK,
    "ABORT": Kind.ROLLBACK,
    "SET": Kind.SET,
    "RESET": Kind.RESET,
    "SHOW": Kind.SHOW,
    "LOCK": Kind.LOCK,
    "TRUNCATE": Kind.TRUNCATE,
    "COPY": Kind.COPY,
    "UNLOAD": Kind.UNLOAD,
    "ANALYZE": Kind.ANALYZE,
    "VACUUM": Kind.VACUUM,
    "GRANT": Kind.GRANT,
    "REVOKE": Kind.REVOKE,
    "REFRESH": Kind.REFRESH,
    "COMMENT": Kind.COMMENT,
    "DROP": Kind.DROP,
    "SELECT": Kind.QUERY,
    "WITH": Kind.QUERY,
    "(": Kind.QUERY,
    "INSERT": Kind.INSERT,
    "UPDATE": Kind.UPDATE,
    "DELETE": Kind.DELETE,
    "MERGE": Kind.MERGE,
    "PREPARE": Kind.PREPARE,
    "EXECUTE": Kind.EXECUTE,
    "DEALLOCATE": Kind.DEALLOCATE,
    "DECLARE": Kind.DECLARE,
    "FETCH": Kind.FETCH,
    "CLOSE": Kind.CLOSE,
    "EXPLAIN": Kind.EXPLAIN,
    "CALL": Kind.CALL,
    "CANCEL": Kind.CANCEL,
    "USE": Kind.USE,
    "DESC": Kind.DESC,
    "ATTACH": Kind.ATTACH,
    "DETACH": Kind.DETACH,
}
_CREATED = {
    "TABLE": Kind.CREATE_TABLE,
    "VIEW": Kind.CREATE_VIEW,
    "MATERIALIZED": Kind.CREATE_MATERIALIZED_VIEW,
    "SCHEMA": Kind.CREATE_SCHEMA,
    "DATABASE": Kind.CREATE_DATABASE,
    "ROLE": Kind.CREATE_ROLE,
    "USER": Kind.CREATE_USER,
    "GROUP": Kind.CREATE_GROUP,
    "FUNCTION": Kind.CREATE_ROUTINE,
    "PROCEDURE": Kind.CREATE_ROUTINE,
    "EXTERNAL": Kind.CREATE_EXTERNAL_SCHEMA,
    **dict.fromkeys(("MODEL", "LIBRARY", "IDENTITY", "DATASHARE"), Kind.CREATE_DECLARED),
    **dict.fromkeys(("MASKING", "RLS"), Kind.CREATE_POLICY),
}
_ALTERED = frozenset(
    {"SCHEMA", "DEFAULT", "USER", "GROUP", "ROLE", "MATERIALIZED", "DATABASE", "DATASHARE", "PROCEDURE", "IDENTITY", "MASKING", "RLS"}
)
_PARSED = frozenset({Kind.QUERY, Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.ALTER_TABLE, Kind.CREATE_VIEW})
_CHANGES = {exp.Delete: Kind.DELETE, exp.Update: Kind.UPDATE}
"""What may begin with WITH and is no query (r_DELETE, r_UPDATE)."""
_TEXTS = 2048
_TAKES_PARAMETERS = frozenset({Kind.QUERY, Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE, Kind.PREPARE, Kind.EXECUTE, Kind.CALL})


# The same texts come again and again, as those that grammar.py keeps the trees of.
@lru_cache(maxsize=_TEXTS)
def read(sql: str) -> Statement:
    """Read one statement; others get the same one, so that whoever changes it takes a copy.

    Raises:
        StatementFailed: 42601 for a text that is no statement, 0A000 for one Redshift or this stand-in does not have.
    """
    tokens = tokenize(sql)
    if any(token.token_type == TokenType.HASH for token in tokens):
        sql = with_quoted_hashes(sql, tokens)
        tokens = tokenize(sql)
    if not tokens:
        return Statement(sql, Kind.EMPTY, tokens)
    sql, tokens = _with_from(sql, tokens)
    kind = _kind(tokens)
    if kind not in _TAKES_PARAMETERS:
        _refuse_parameters(tokens)
    statement = Statement(sql, kind, tokens)
    if kind in _PARSED | {Kind.MERGE, Kind.CREATE_TABLE}:
        grammar.refuse_by_words(sql, tokens)
    if kind == Kind.ALTER_TABLE and (special := _special_alteration(tokens)):
        statement.alteration = special
    elif kind in _PARSED:
        statement.tree = grammar.parse(_without_late_binding(statement))
        statement.kind = _CHANGES.get(type(statement.tree), kind) if kind == Kind.QUERY else kind
        _check_tree(statement)
    elif kind == Kind.MERGE:
        statement.tree = parse_merge(sql, tokens)
    elif kind == Kind.CREATE_TABLE:
        stripped, statement.attributes = strip_attributes(sql)
        statement.tree = grammar.parse(stripped)
    elif kind == Kind.CREATE_MATERIALIZED_VIEW:
        statement.tree = grammar.parse(_body_of_view(statement))
    return statement


def _with_from(sql: str, tokens: list[Token]) -> tuple[str, list[Token]]:
    """Put the FROM into a DELETE that leaves it out (r_DELETE)."""
    if keywords(tokens[:1]) == ["DELETE"] and len(tokens) > 1 and keywords(tokens[1:2]) != ["FROM"]:  # FROM may be left out (r_DELETE)
        sql = f"{sql[: tokens[1].start]}from {sql[tokens[1].start :]}"
        tokens = tokenize(sql)
    return sql, tokens


def _kind(tokens: list[Token]) -> Kind:
    words = keywords(tokens[:5])
    first = words[0]
    if first == "CREATE":
        return _created(words)
    if first == "ALTER":
        if words[1:2] == ["TABLE"]:
            return Kind.ALTER_TABLE
        if words[1:3] == ["DEFAULT", "PRIVILEGES"]:
            return Kind.ALTER_DEFAULT
        if len(words) > 1 and words[1] in _ALTERED:
            return Kind.ALTER_OTHER
    elif first in _FIRST_WORDS:
        return _FIRST_WORDS[first]
    elif tokens[0].token_type in {TokenType.VAR, TokenType.IDENTIFIER} or not first:
        raise syntax_error_near(str(tokens[0].text))
    raise not_supported(f"statement {' '.join(word for word in words[:2] if word)}")


def _created(words: list[str]) -> Kind:
    for index, word in enumerate(words[1:], start=1):
        if word == "EXTERNAL" and words[index + 1 : index + 2] in (["FUNCTION"], ["TABLE"]):
            return Kind.CREATE_DECLARED if words[index + 1] == "FUNCTION" else Kind.CREATE_EXTERNAL_TABLE
        if word == "EXTERNAL" and words[index + 1 : index + 2] != ["SCHEMA"]:
            break
        if word in _CREATED:
            return _CREATED[word]
        if word not in {"OR", "REPLACE", "TEMP", "TEMPORARY", "LOCAL"}:
            break
    raise not_supported(f"statement {' '.join(word for word in words[:3] if word)}")


_ALTERATIONS: tuple[tuple[str, ...], ...] = (
    ("APPEND",),
    ("ENCODE",),
    ("OWNER", "TO"),
    ("ALTER", "ENCODE"),
    ("ALTER", "DISTKEY"),
    ("ALTER", "DISTSTYLE"),
    ("ROW",),
)
_ALTERATIONS += (("ADD", "PARTITION"), ("ADD", "IF", "NOT", "EXISTS", "PARTITION"), ("DROP", "PARTITION"), ("PARTITION",))
_ALTERATIONS += (("ALTER", "SORTKEY"), ("ALTER", "COMPOUND"), ("ALTER", "INTERLEAVED"), ("DROP", "CONSTRAINT"), ("SET",), ("EXPLAIN",))


def _special_alteration(tokens: list[Token]) -> str:
    """Return the words behind the name of an ALTER TABLE that the parser does not know, "" for those it does."""
    index = 2
    while index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.DOT:
        index += 2
    words = keywords(tokens)[index + 1 :]
    if words[:1] == ["ALTER"] and "ENCODE" in words:
        return "ALTER ENCODE"
    return next((" ".join(special) for special in _ALTERATIONS if tuple(words[: len(special)]) == special), "")


def _refuse_parameters(tokens: list[Token]) -> None:
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.PARAMETER and token.text == "$":
            number = tokens[index + 1].text if index + 1 < len(tokens) else ""
            raise syntax_error_near(f"${number}")


def _without_late_binding(statement: Statement) -> str:
    words = keywords(statement.tokens)
    if statement.kind == Kind.CREATE_VIEW and words[-4:] == ["WITH", "NO", "SCHEMA", "BINDING"]:
        statement.late_binding = True
        return statement.sql[: statement.tokens[-4].start]
    return statement.sql


def _body_of_view(statement: Statement) -> str:
    for index, word in enumerate(keywords(statement.tokens)[:-1]):
        follows = statement.tokens[index + 1]
        if word == "AS" and (follows.token_type == TokenType.L_PAREN or str(follows.text).upper() in {"SELECT", "WITH"}):
            return statement.sql[follows.start :]
    raise syntax_error("CREATE MATERIALIZED VIEW needs AS and a query")


def _check_tree(statement: Statement) -> None:
    expected = {
        Kind.QUERY: exp.Query,
        Kind.INSERT: exp.Insert,
        Kind.UPDATE: exp.Update,
        Kind.DELETE: exp.Delete,
        Kind.ALTER_TABLE: exp.Alter,
        Kind.CREATE_VIEW: exp.Create,
    }[statement.kind]
    if statement.alteration:
        return
    if isinstance(statement.tree, exp.Command):
        raise not_supported(f"statement {statement.sql[:60]!r}")
    if not isinstance(statement.tree, expected):
        raise syntax_error(f"in {statement.sql[:60]!r}")
