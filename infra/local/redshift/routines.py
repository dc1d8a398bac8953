"""SQL functions and stored procedures. Sources: AWS, r_CREATE_FUNCTION.html, r_CREATE_PROCEDURE.html, r_CALL_procedure.html."""

import contextlib
import json
from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from infra.local.redshift import privileges
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.plpgsql import parse_body
from infra.local.redshift.procedure_parameters import Parameter, parameters_of
from infra.local.redshift.procedures import Run, run_body
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql import grammar
from infra.local.redshift.sql.sql_types import VARCHAR, SqlType, declared
from infra.local.redshift.statement import Statement, read
from infra.local.redshift.tokens import closing, keywords, name_at, tokenize
from infra.local.redshift.types import Column, column_for

# ruff: noqa: S608 - names are our own

_MEMORY = f"{CATALOG_SCHEMA}.routine"
_VOLATILITY = frozenset({"VOLATILE", "STABLE", "IMMUTABLE"})


def create_routine(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE [OR REPLACE] {FUNCTION | PROCEDURE}."""
    words = keywords(statement.tokens)
    kind = "procedure" if "PROCEDURE" in words[:4] else "function"
    replaces = words[1:3] == ["OR", "REPLACE"]
    parts, index = name_at(statement.tokens, words.index(kind.upper()) + 1)
    if words[index : index + 1] != ["("]:
        raise syntax_error_near(str(statement.tokens[index].text) if index < len(words) else "")
    end = closing(statement.tokens, index)
    arguments = _arguments(statement, index + 1, end, named=kind == "procedure")
    returns, body, language = _rest(statement, end + 1)
    _refuse_form(kind, returns, language, words[end + 1 :])
    if kind == "function":
        _check_function(body, arguments, returns)
    else:
        parse_body(body)
    name = parts[-1]
    key = [name, json.dumps(arguments)]
    owned = session.execute(f"select owner from {_MEMORY} where name = ? and arguments = ?", key)
    if owned and owned[0][0] != session.user:
        privileges.require_superuser(session, f"replace the {kind} of another user")
    if owned and not replaces:
        raise StatementFailed("42723", f'{kind} "{name}" already exists with same argument types')
    with session.atomic():
        session.execute(f"delete from {_MEMORY} where name = ? and arguments = ?", key)
        session.execute(
            f"insert into {_MEMORY} values (?, ?, ?, ?, ?, ?, ?)", [kind, name, key[1], returns, body.strip(), statement.sql, session.user]
        )
        if kind == "procedure" and not owned:
            privileges.procedure_created(session, name)
    return Outcome(f"CREATE {kind.upper()}")


def _refuse_form(kind: str, returns: str, language: str, clauses: Sequence[str]) -> None:
    if kind == "function" and (not returns or language != "sql"):
        fact = f"LANGUAGE {language}" if language not in {"", "sql"} else "a function without RETURNS"
        raise not_supported(fact)
    if kind == "function" and not _VOLATILITY & set(clauses):
        raise syntax_error_near("as")  # {VOLATILE | STABLE | IMMUTABLE} may not be left out (r_CREATE_FUNCTION)
    if kind == "procedure" and returns:  # a result is an OUT parameter (r_CREATE_PROCEDURE)
        raise syntax_error_near("returns")
    if kind == "procedure" and language != "plpgsql":
        raise not_supported(f"a procedure in LANGUAGE {language or 'none'}")
    if "NONATOMIC" in clauses and (option := {"DEFINER", "SET"} & set(clauses)):  # r_CREATE_PROCEDURE
        raise not_supported(f"{option.pop()} of a NONATOMIC procedure")


def _check_function(body: str, arguments: Sequence[str], returns: str) -> None:
    """A SQL function takes and gives scalars and is one SELECT without FROM, WHERE, GROUP BY, ORDER BY or LIMIT (r_CREATE_FUNCTION).

    Raises:
        StatementFailed: 42P13, 42704 for a type that is none: its arguments have no names.
    """
    select = grammar.parse(body)
    if not isinstance(select, exp.Select) or len(select.expressions) != 1:
        raise StatementFailed("42P13", "a SQL function is one SELECT of one expression")
    for clause in ("from_", "into", "where", "group", "having", "order", "limit"):
        if select.args.get(clause):
            raise StatementFailed("0A000", f"{clause.rstrip('_').upper()} in the SELECT of a SQL function is not supported")
    for written in [*arguments, returns]:
        try:
            _kind(written)
        except sqlglot.errors.SqlglotError as error:
            raise StatementFailed("42704", f'type "{written}" does not exist') from error


def drop_routine(session: Session, statement: Statement) -> Outcome:
    """Execute DROP {FUNCTION | PROCEDURE} name(arguments)."""
    words = keywords(statement.tokens)
    kind = words[1].lower()
    if_exists = words[2:4] == ["IF", "EXISTS"]
    parts, index = name_at(statement.tokens, 4 if if_exists else 2)
    wanted: list[str] | None = None
    if words[index : index + 1] == ["("]:
        wanted = _arguments(statement, index + 1, closing(statement.tokens, index), named=kind == "procedure")
    rows = session.execute(f"select arguments, definition from {_MEMORY} where name = ? and kind = ?", [parts[-1], kind])
    found = [arguments for arguments, definition in rows if wanted is None or _called_by(kind, arguments, definition, wanted)]
    if not found and kind == "function":
        known = session.execute(f"select 1 from {CATALOG_SCHEMA}.declared where kind = 'function' and name = ?", [parts[-1]])
        session.execute(f"delete from {CATALOG_SCHEMA}.declared where kind = 'function' and name = ?", [parts[-1]])
        if known:
            return Outcome("DROP FUNCTION")
    if not found:
        if if_exists:
            return Outcome(f"DROP {kind.upper()}")
        raise StatementFailed("42883", f"{kind} {parts[-1]}({', '.join(wanted or [])}) does not exist")
    session.execute(f"delete from {_MEMORY} where name = ? and arguments = ?", [parts[-1], found[0]])
    return Outcome(f"DROP {kind.upper()}")


def called(session: Session, statement: Statement) -> tuple[str, list[Parameter], list[exp.Expression], str]:
    """Return the body, the parameters, the arguments and the definition of the procedure a CALL names.

    Raises:
        StatementFailed: 42883 where there is none.
    """
    parts, index = name_at(statement.tokens, 1)
    if keywords(statement.tokens)[index : index + 1] != ["("]:
        raise syntax_error_near("")
    rows = session.execute(f"select body, definition from {_MEMORY} where name = ? and kind = 'procedure'", [parts[-1]])
    given = (
        grammar.parse("select 1, " + statement.sql[statement.tokens[index].start + 1 : statement.tokens[-1].start]).expressions[1:]
        if (closing(statement.tokens, index) > index + 1)
        else []
    )
    for body, definition in rows:
        wanted = parameters_of(str(definition))
        if sum(one.mode != "OUT" for one in wanted) == len(given):
            return str(body), wanted, list(given), str(definition)
    raise StatementFailed("42883", f"procedure {parts[-1]}({', '.join('unknown' for _ in given)}) does not exist")


def columns_of_call(session: Session, statement: Statement) -> list[Column] | None:
    """Return the result columns of a CALL: the parameters that come out."""
    _, parameters, _, _ = called(session, statement)
    out = [one for one in parameters if one.mode != "IN"]
    return [column_for(one.name or "?column?", _kind(one.kind)) for one in out] or None


def call(session: Session, statement: Statement, run: Run) -> Outcome:
    """Execute CALL."""
    body, parameters, given, definition = called(session, statement)
    incoming = [one for one in parameters if one.mode != "OUT"]
    values = []
    for one, value in zip(incoming, given, strict=True):
        kind = "varchar" if one.kind == "refcursor" else one.kind
        found = run(session, read(f"select cast({value.sql('redshift')} as {kind})"), []).read()
        values.append(next(iter(found.rows))[0])
    with _as_owner(session, statement, definition), _set_inside(session, definition, run):
        after = run_body(session, body, parameters, values, run, atomic="NONATOMIC" not in keywords(tokenize(definition)))
    columns = columns_of_call(session, statement)
    row = tuple(after[one.name] for one in parameters if one.mode != "IN")
    return Outcome("CALL", columns, [row]) if columns else Outcome("CALL")


@contextlib.contextmanager
def _as_owner(session: Session, statement: Statement, definition: str) -> Iterator[None]:
    """Refuse who may not call, and run a procedure that is SECURITY DEFINER with its owner's rights (r_CREATE_PROCEDURE)."""
    name = name_at(statement.tokens, 1)[0][-1]
    rows = session.execute(f"select owner from {_MEMORY} where name = ? and kind = 'procedure' and definition = ?", [name, definition])
    owner = str(rows[0][0]) if rows else session.user
    privileges.require_execute(session, name, owner)
    words = keywords(tokenize(definition))
    caller, defines = session.user, any(words[index : index + 2] == ["SECURITY", "DEFINER"] for index in range(len(words)))
    session.user = owner if defines else caller
    try:
        yield
    finally:
        session.user = caller


@contextlib.contextmanager
def _set_inside(session: Session, definition: str, run: Run) -> Iterator[None]:
    """Set what SET of the definition names, for as long as the procedure runs (r_CREATE_PROCEDURE)."""
    tokens = tokenize(definition)
    words = keywords(tokens)
    if "SET" not in words:
        yield
        return
    index = words.index("SET")
    name = str(tokens[index + 1].text).lower()
    before = session.settings.get(name, "")
    run(session, read(definition[tokens[index].start :]), [])
    try:
        yield
    finally:
        session.set_parameter(name, before)


def alter_procedure(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER PROCEDURE name(types) {RENAME TO name | OWNER TO user} (AWS, r_ALTER_PROCEDURE)."""
    words = keywords(statement.tokens)
    parts, index = name_at(statement.tokens, 2)
    if words[index : index + 1] == ["("]:
        index = closing(statement.tokens, index) + 1
    found = session.execute(f"select arguments from {_MEMORY} where name = ? and kind = 'procedure'", [parts[-1]])
    if not found:
        raise StatementFailed("42883", f"procedure {parts[-1]} does not exist")
    if words[index : index + 2] not in (["RENAME", "TO"], ["OWNER", "TO"]) or len(words) != index + 3:
        raise syntax_error_near(str(statement.tokens[index].text) if index < len(words) else "")
    field = "name" if words[index] == "RENAME" else "owner"
    new = str(statement.tokens[index + 2].text).lower()
    if field == "owner" and not privileges.user_exists(session, new):
        raise StatementFailed("42704", f'user "{new}" does not exist')
    session.execute(f"update {_MEMORY} set {field} = ? where name = ? and arguments = ?", [new, parts[-1], found[0][0]])
    return Outcome("ALTER PROCEDURE")


def _kind(written: str) -> SqlType:
    return VARCHAR if written == "refcursor" else declared(exp.DataType.build(written, dialect="redshift"))


def _same(known: list[str], wanted: list[str]) -> bool:
    """Tell whether two lists name the same types: INT and INTEGER are one."""
    pairs = zip(known, wanted, strict=False)
    return len(known) == len(wanted) and all(one == other or _kind(one).kind == _kind(other).kind for one, other in pairs)


def _called_by(kind: str, arguments: str, definition: str, wanted: list[str]) -> bool:
    """Tell whether types are a routine's; a procedure's OUT arguments may be left out (r_DROP_PROCEDURE)."""
    if _same(json.loads(arguments), wanted):
        return True
    return kind == "procedure" and _same([one.kind for one in parameters_of(definition) if one.mode != "OUT"], wanted)


def functions(session: Session, name: str) -> list[tuple[list[str], str, str]]:
    """Return the SQL functions of a name: argument types, result type, body."""
    rows = session.execute(f"select arguments, returns, body from {_MEMORY} where name = ? and kind = 'function'", [name])
    return [(json.loads(arguments), str(returns), str(body)) for arguments, returns, body in rows]


def _arguments(statement: Statement, start: int, end: int, *, named: bool) -> list[str]:
    """Return the types of an argument list, names and modes left out."""
    arguments: list[str] = []
    current: list[Token] = []
    depth = 0
    for token in [*statement.tokens[start:end], None]:
        if token is None or (token.token_type == TokenType.COMMA and depth == 0):
            if current:
                texts = [str(one.text).lower() for one in current]
                modes = {"in", "out", "inout"}
                texts = [text for text in texts if text not in modes]
                texts = texts[1:] if named and len(texts) > 1 and texts[1] not in {"(", "precision", "varying"} else texts
                arguments.append(" ".join(texts).replace(" (", "(").replace("( ", "(").replace(" )", ")"))
            current = []
            continue
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        current.append(token)
    return arguments


def _rest(statement: Statement, index: int) -> tuple[str, str, str]:
    words = keywords(statement.tokens)
    returns, body, language = "", "", ""
    while index < len(words):
        word = words[index]
        if word == "RETURNS":
            index += 1
            begun = index
            while index < len(words) and words[index] not in _VOLATILITY | {"AS", "LANGUAGE"}:
                index += 1
            returns = statement.sql[statement.tokens[begun].start : statement.tokens[index - 1].end + 1].lower()
        elif word == "LANGUAGE" and index + 1 < len(words):
            language = str(statement.tokens[index + 1].text).lower()
            index += 2
        elif word == "AS" and index + 1 < len(words):
            body = str(statement.tokens[index + 1].text).strip("$")
            index += 2
        elif word in _VOLATILITY | {"NONATOMIC"}:
            index += 1
        elif word == "SECURITY" and index + 1 < len(words):
            index += 2
        elif word == "SET" and "PROCEDURE" in words[:4] and index + 3 < len(words) and words[index + 2] in {"TO", "="}:
            index = len(words)  # it is the last clause (r_CREATE_PROCEDURE)
        else:
            raise syntax_error_near(str(statement.tokens[index].text))
    return returns, body, language
