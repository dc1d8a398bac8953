"""SET, RESET and SHOW of a session's parameters."""

import datetime as dt

from sqlglot.tokens import TokenType

from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import keywords
from infra.local.redshift.types import VARCHAR, Column


def set_value(session: Session, statement: Statement) -> Outcome:
    """Execute SET name {=|TO} value; search_path decides where names without schema are looked for."""
    words = keywords(statement.tokens)
    start = 2 if words[1:2] in (["SESSION"], ["LOCAL"]) else 1
    if len(words) < start + 3 or words[start + 1] not in {"=", "TO"}:
        raise syntax_error("SET name TO value expected")
    name = str(statement.tokens[start].text).lower()
    values = [str(token.text) for token in statement.tokens[start + 2 :] if token.token_type != TokenType.COMMA]
    session.settings[name] = ", ".join(values)
    if name == "search_path":
        _search(session, [value.strip().lower() for part in values for value in part.split(",")])
    return Outcome("SET")


def reset_value(session: Session, statement: Statement) -> Outcome:
    """Execute RESET name."""
    name = keywords(statement.tokens)[1:2]
    if name in (["SEARCH_PATH"], ["ALL"]):
        session.settings["search_path"] = '"$user", public'
        _search(session, ["public"])
    return Outcome("RESET")


def show_value(session: Session, statement: Statement) -> Outcome:
    """Execute SHOW name.

    Raises:
        StatementFailed: 42704 for a parameter that was never set and has no default here.
    """
    name = shown_name(statement)
    if name not in session.settings:
        raise StatementFailed("42704", f'unrecognized configuration parameter "{name}"')
    return Outcome("SHOW", [Column(name, VARCHAR)], [(session.settings[name],)])


def shown_name(statement: Statement) -> str:
    """Return the parameter a SHOW names."""
    if len(statement.tokens[1:]) != 1:
        raise syntax_error("SHOW takes one parameter")
    return str(statement.tokens[1].text).lower()


def utc(seconds: float) -> dt.datetime:
    """Return seconds since 1970 as a timestamp without time zone, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)


def _search(session: Session, schemas: list[str]) -> None:
    existing = {row[0] for row in session.execute("select schema_name from duckdb_schemas() where database_name = ?", [session.database])}
    session.search_path = [schema for schema in schemas if schema in existing] or ["public"]
    path = ",".join(f'"{session.database}"."{schema}"' for schema in session.search_path)
    session.execute(f"set search_path = '{path}'")
