"""SET, RESET and SHOW of a session's parameters, SET SESSION AUTHORIZATION."""

import datetime as dt
import re
from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from infra.local.redshift import privileges
from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.errors import StatementFailed, syntax_error, syntax_error_near
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql.intervals import duration
from infra.local.redshift.sql.parameters_of_session import parameter
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import keyword, keywords
from infra.local.redshift.types import VARCHAR, Column

MODES = re.compile(
    r"(WORK|TRANSACTION)?( ?,? ?(ISOLATION LEVEL (SERIALIZABLE|READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ)|READ (ONLY|WRITE)))*"
)
"""What BEGIN, SET TRANSACTION and SET SESSION CHARACTERISTICS say of a transaction (r_BEGIN)."""


def set_value(session: Session, statement: Statement) -> Outcome:
    """Execute SET name {=|TO} value."""
    words = keywords(statement.tokens)
    if words[1:3] == ["SESSION", "AUTHORIZATION"]:
        return _authorize(session, statement)
    if words[1:4] == ["SESSION", "CHARACTERISTICS", "AS"] or words[1:2] == ["TRANSACTION"]:
        begins = 4 if words[1] == "SESSION" else 1
        if words[begins : begins + 1] != ["TRANSACTION"] or not MODES.fullmatch(" ".join(words[begins:])):
            raise syntax_error_near(str(statement.tokens[-1].text))
        return Outcome("SET")
    start = 2 if words[1:2] in (["SESSION"], ["LOCAL"]) else 1
    local = words[1:2] == ["LOCAL"]
    if words[start + 1 : start + 2] == ["."]:
        return _set_variable(session, statement, start, local=local)
    if words[start : start + 2] in (["TIME", "ZONE"], ["TIMEZONE", "INTERVAL"]):
        name, values = "timezone", statement.tokens[start + (2 if words[start] == "TIME" else 1) :]
    elif len(words) < start + 3 or words[start + 1] not in {"=", "TO"}:
        raise syntax_error("SET name TO value expected")
    else:
        name, values = str(statement.tokens[start].text).lower(), statement.tokens[start + 2 :]
    texts = [_offset(values)] if values and keyword(values[0]) == "INTERVAL" and name == "timezone" else _texts(values)
    if name == "search_path" and len(texts) == 1:
        texts = [part.strip() for part in texts[0].split(",")]
    if [text.upper() for text in texts] == ["DEFAULT"]:
        texts = [parameter(name).default]
    session.set_parameter(name, ", ".join(texts), local=local)
    return Outcome("SET")


def _offset(values: Sequence[Token]) -> str:
    """Return the offset that an INTERVAL means as a time zone (AWS, r_timezone_config)."""
    _, micros = duration(str(values[1].text) if len(values) > 1 else "")
    minutes = micros // 60_000_000
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _texts(values: Sequence[Token]) -> list[str]:
    """Return the values a comma parts; a sign and a point belong to what follows them."""
    texts: list[str] = []
    for position, token in enumerate(values):
        if token.token_type == TokenType.COMMA:
            continue
        text = str(token.text)
        if texts and position and values[position - 1].token_type != TokenType.COMMA:
            texts[-1] += text if texts[-1] in {"-", "+", "."} else f" {text}"
        else:
            texts.append(text)
    return texts


def reset_value(session: Session, statement: Statement) -> Outcome:
    """Execute RESET name, RESET ALL and RESET SESSION AUTHORIZATION."""
    words = keywords(statement.tokens)
    if words[1:3] == ["SESSION", "AUTHORIZATION"]:
        session.user = session.signed_in
        return Outcome("RESET")
    if len(words) == 4 and words[2] == ".":  # noqa: PLR2004 - RESET and a name of two parts
        session.set_parameter(variable_at(statement, 1), None)
        return Outcome("RESET")
    if len(words) != 2:  # noqa: PLR2004 - RESET and a name
        raise syntax_error("RESET takes one parameter")
    name = str(statement.tokens[1].text).lower()
    for each in [*session.settings, *session.parameters.variables] if name == "all" else [name]:
        session.set_parameter(each, None if "." in each else parameter(each).default)
    return Outcome("RESET")


def variable_at(statement: Statement, index: int) -> str:
    """Return the name of a session's own variable, which has two parts (AWS, r_SET)."""
    return f"{statement.tokens[index].text}.{statement.tokens[index + 2].text}".lower()


def _set_variable(session: Session, statement: Statement, index: int, *, local: bool) -> Outcome:
    words = keywords(statement.tokens)
    if len(words) != index + 5 or words[index + 3] not in {"=", "TO"}:
        raise syntax_error("SET name TO value expected")
    session.set_parameter(variable_at(statement, index), str(statement.tokens[index + 4].text), local=local)
    return Outcome("SET")


def show_parameter(session: Session, name: str) -> Outcome:
    """Return SHOW name.

    Raises:
        StatementFailed: 42704 for a parameter there is not.
    """
    known = session.settings | session.parameters.variables
    if name not in known:
        raise StatementFailed("42704", f'unrecognized configuration parameter "{name}"')
    return Outcome("SHOW", [Column(name, VARCHAR)], [(known[name],)])


def utc(seconds: float) -> dt.datetime:
    """Return seconds since 1970 as a timestamp without time zone, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)


def _authorize(session: Session, statement: Statement) -> Outcome:
    """Become another user, or oneself again with DEFAULT; a superuser's right (AWS, r_SET_SESSION_AUTHORIZATION)."""
    if len(statement.tokens) != 4:  # noqa: PLR2004 - SET SESSION AUTHORIZATION name
        raise syntax_error("SET SESSION AUTHORIZATION takes one user")
    token = statement.tokens[3]
    name = str(token.text)
    if token.token_type != TokenType.STRING and name.upper() == "DEFAULT":
        session.user = session.signed_in
        return Outcome("SET")
    wanted = name if name in {EMBEDDED_USER, session.signed_in} else name.lower()
    if session.signed_in != EMBEDDED_USER and not privileges.is_superuser(session, session.signed_in):
        raise StatementFailed("42501", "must be superuser to set session authorization")
    if wanted not in {EMBEDDED_USER, session.signed_in} and not privileges.user_exists(session, wanted):
        raise StatementFailed("42704", f'user "{name}" does not exist')
    session.user = wanted
    return Outcome("SET")
